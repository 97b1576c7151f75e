#include "vector_check.h"
#include "vector_families.h"

// Fake quantisation against the formulas of lathe_ops.h, bit for bit, and the statistics that it needs.

#pragma STDC FP_CONTRACT OFF

static float fake_formula(lathe_grid grid, int bits, float low, float high, float x, float noise) {
    if (bits == 1) return x > 0 ? high : x < 0 ? -high : high - high;
    if (bits == 2) return x > low ? high : x < -low ? -high : high - high;
    float levels = (float)(1 << bits), scale, zero = 0, first = -levels / 2, last = levels / 2 - 1;
    if (grid == LATHE_SYMMETRIC) {
        scale = fmaxf(fabsf(low), fabsf(high)) / (levels / 2);
    } else {
        scale = isfinite(high - low) ? (high - low) / levels : high / levels - low / levels;
        zero = low;
        if (scale != 0) zero = scale * nearbyintf(low / scale), first = 0, last = levels - 1;
    }
    if (scale == 0) return zero;
    float code = nearbyintf((x - zero) / scale + noise);
    return fminf(fmaxf(code, first), last) * scale + zero;
}

// Ranges that quantisers meet: ordinary, one-sided, tight, tiny, huge, of one value, empty.
static const float fake_ranges[][2] = {{-2, 2.5f}, {0.25f, 1.75f}, {-3, -0.5f}, {-0.4f, 0.3f}, {-1e-20f, 3e-20f}, {-3e38f, 3.2e38f}, {0.3f, 0.3f},
                                       {0, 0}, {-128, 127}, {1000, 1000.5f}, {-1e-44f, 1e-45f}};

static bool fake_one(const lathe_kernels *kernels, lathe_grid grid, int bits, const float *range, int64_t n, bool noisy, check_random *random, char *message, size_t size) {
    check_pool pool = {0};
    float extent = range[1] - range[0] < 3e38f ? range[1] - range[0] + fabsf(range[0]) : 3e38f, low = bits == 2 ? fabsf(range[0]) : range[0];
    float *x = check_filled(&pool, random, n, -1, 1), *noise = check_filled(&pool, random, n, -0.5f, 0.5f), *y = check_floats(&pool, n), *parts = check_floats(&pool, n);
    for (int64_t i = 0; i < n; i++) x[i] *= extent * 1.2f;
    if (n > 3) x[0] = 0, x[1] = -0.0f, x[2] = INFINITY, x[3] = -INFINITY;
    const float *added = noisy ? noise : NULL;
    kernels->fake_quantize(grid, bits, low, range[1], n, x, added, y);
    bool good = true;
    for (int64_t i = 0; i < n && good; i++) {
        float expected = fake_formula(grid, bits, low, range[1], x[i], noisy ? noise[i] : 0);
        if (y[i] != expected) good = check_fail(message, size, "fake_quantize grid %d bits %d range %g...%g: %.9g gave %.9g, expected %.9g", (int)grid, bits, (double)low, (double)range[1], (double)x[i], (double)y[i], (double)expected);
    }
    // In place, and in two parts.
    int64_t first = n / 128 * 64;
    memcpy(parts, x, (size_t)n * sizeof(float));
    kernels->fake_quantize(grid, bits, low, range[1], first, parts, added, parts);
    kernels->fake_quantize(grid, bits, low, range[1], n - first, parts + first, noisy ? noise + first : NULL, parts + first);
    if (good && check_first_difference(y, parts, n) >= 0) good = check_fail(message, size, "fake_quantize bits %d of %d values differs in two parts", bits, (int)n);
    if (!check_release(&pool) && good) return check_fail(message, size, "fake_quantize wrote behind an array of %d", (int)n);
    return good;
}

static bool fake_formulas(const lathe_kernels *kernels, char *message, size_t size) {
    check_random random = {81};
    for (int grid = 0; grid < 2; grid++)
        for (int bits = 1; bits <= 16; bits++)
            for (int range = 0; range < (int)(sizeof fake_ranges / sizeof *fake_ranges); range++)
                for (int s = 0; s < check_size_count; s++)
                    if (check_sizes[s] <= 65 || bits == 8)
                        if (!fake_one(kernels, (lathe_grid)grid, bits, fake_ranges[range], check_sizes[s], s % 2, &random, message, size)) return false;
    return true;
}

// Values as close to the halves between two points as floats come, where a reciprocal would tip over.
static bool fake_halves(const lathe_kernels *kernels, char *message, size_t size) {
    check_random random = {82};
    for (int trial = 0; trial < 400; trial++) {
        enum { n = 255 };
        float x[n], y[n], largest = ldexpf(check_uniform(&random, 1, 2), (int)(check_next(&random) % 40) - 20), step = 2 * largest / 256;
        for (int i = 0; i < n; i++) {
            x[i] = ((float)(i - 127) + 0.5f) * step;
            for (int nudge = (int)(check_next(&random) % 5) - 2; nudge != 0; nudge += nudge < 0 ? 1 : -1) x[i] = nextafterf(x[i], nudge > 0 ? INFINITY : -INFINITY);
        }
        kernels->fake_quantize(LATHE_SYMMETRIC, 8, -largest, largest, n, x, NULL, y);
        for (int i = 0; i < n; i++)
            if (y[i] != fake_formula(LATHE_SYMMETRIC, 8, -largest, largest, x[i], 0)) return check_fail(message, size, "fake_quantize close to halves, trial %d", trial);
    }
    return true;
}

// What is not finite is passed on.
static bool fake_not_finite(const lathe_kernels *kernels, char *message, size_t size) {
    const float limits[] = {NAN, INFINITY};
    for (int bits = 1; bits <= 8; bits++)
        for (int grid = 0; grid < 2; grid++)
            for (int limit = 0; limit < 2; limit++) {
                float x[19], y[19];
                for (int i = 0; i < 19; i++) x[i] = (float)(i - 9);
                kernels->fake_quantize((lathe_grid)grid, bits, bits > 2 ? -limits[limit] : 1, limits[limit], 19, x, NULL, y);
                for (int i = 0; i < 19; i++)
                    if (isfinite(y[i])) return check_fail(message, size, "fake_quantize bits %d: a range to %g gave %g", bits, (double)limits[limit], (double)y[i]);
                if (bits < 3) continue;
                x[17] = NAN;
                kernels->fake_quantize((lathe_grid)grid, bits, -9, 9, 19, x, NULL, y);
                for (int i = 0; i < 19; i++)
                    if (isnan(y[i]) != (i == 17)) return check_fail(message, size, "fake_quantize bits %d: one NaN, and value %d gave %g", bits, i, (double)y[i]);
            }
    return true;
}

static bool fake_statistics(const lathe_kernels *kernels, char *message, size_t size) {
    check_random random = {83};
    for (int s = 1; s < check_size_count; s++)
        for (int special = 0; special < 4; special++) {
            int64_t n = check_sizes[s];
            check_pool pool = {0};
            float *x = check_filled(&pool, &random, n, -3, 3.5f), low, high, sum, count;
            kernels->sum_beyond(1.25f, n, x, &sum, &count);
            double expected = 0, number = 0;
            float smallest = INFINITY, largest = -INFINITY;
            for (int64_t i = 0; i < n; i++)
                if (fabsf(x[i]) > 1.25f) expected += fabs((double)x[i]), number++;
            if (special) x[check_next(&random) % (uint32_t)n] = special == 1 ? NAN : special == 2 ? INFINITY : -INFINITY;
            for (int64_t i = 0; i < n; i++) smallest = fminf(smallest, x[i]), largest = fmaxf(largest, x[i]);
            kernels->extremes(n, x, &low, &high);
            bool good = special ? isnan(low) && isnan(high) : low == smallest && high == largest;
            check_release(&pool);
            if (!good) return check_fail(message, size, "extremes of %d values: %g and %g, expected %g and %g", (int)n, (double)low, (double)high, (double)smallest, (double)largest);
            if ((double)count != number || !check_near(sum, expected, 4e-7 * expected, 0)) return check_fail(message, size, "sum_beyond of %d values: %g and %g", (int)n, (double)sum, (double)count);
        }
    return true;
}

const lathe_agreement vector_fake_quantize_checks[] = {
    {"fake_quantize: formulas", fake_formulas},
    {"fake_quantize: close to halves", fake_halves},
    {"fake_quantize: NaN and infinities", fake_not_finite},
    {"extremes, sum_beyond", fake_statistics},
};
const int vector_fake_quantize_check_count = sizeof vector_fake_quantize_checks / sizeof vector_fake_quantize_checks[0];
