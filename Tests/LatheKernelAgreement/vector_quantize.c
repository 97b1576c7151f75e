#include "vector_check.h"
#include "vector_families.h"

// Row quantisation against the formulas, bit for bit, and against the portable variant.

#pragma STDC FP_CONTRACT OFF

// Rows in the classes that a quantiser meets.
enum { row_ordinary, row_zero, row_constant, row_negative_constant, row_positive, row_negative, row_tiny, row_subnormal, row_huge, row_widest,
       row_nan, row_infinite, row_far, row_ties, row_one_value, row_kinds };

static void quantize_fill(check_random *random, int kind, int64_t n, float *x) {
    for (int64_t i = 0; i < n; i++) {
        float u = check_uniform(random, -1, 1);
        x[i] = kind == row_zero ? (i % 2 ? 0.0f : -0.0f) : kind == row_constant ? 0.37f : kind == row_negative_constant ? -2.5f : kind == row_positive ? 3 + u
            : kind == row_negative ? -3 + u : kind == row_tiny ? u * 1e-36f : kind == row_subnormal ? u * 1e-43f : kind == row_huge ? u * 1e37f
            : kind == row_widest ? (u < 0 ? -3.4e38f : 3.4e38f) : kind == row_far ? 1e6f + (u < 0 ? 0.0625f : 0) : kind == row_ties ? (float)(int)(u * 255) * 0.5f : u * 5;
    }
    if (n == 0) return;
    int64_t at = (int64_t)(check_next(random) % (uint32_t)n);
    if (kind == row_nan) x[at] = NAN;
    if (kind == row_infinite) x[at] = check_next(random) % 2 ? INFINITY : -INFINITY;
    if (kind == row_ties) x[at] = -128;  // makes the symmetric scale of 8 bits exactly 1, so that every odd half is a tie
    if (kind == row_one_value) {
        for (int64_t i = 0; i < n; i++) x[i] = 0;
        x[at] = 1e-3f;
    }
}

// The formulas of lathe_ops.h for an ordinary row; false where the row is a special one.
static bool quantize_formula(lathe_grid grid, int bits, int64_t n, const float *x, float *scale, int32_t *zero, uint8_t *codes) {
    float low = INFINITY, high = -INFINITY;
    for (int64_t i = 0; i < n; i++) {
        if (!isfinite(x[i])) return false;
        low = fminf(low, x[i]), high = fmaxf(high, x[i]);
    }
    if (n == 0 || (low == high && grid == LATHE_ASYMMETRIC)) return false;
    int levels = 1 << bits;
    if (grid == LATHE_SYMMETRIC) {
        *scale = 2 * fmaxf(-low, high) / (float)levels;
        *zero = levels / 2;
    } else {
        *scale = (high - low) / (float)levels;
        float first = low / *scale;
        if (!(fabsf(first) < 1e9f)) return false;
        *zero = -(int32_t)nearbyintf(first);
    }
    if (*scale == 0 || isinf(*scale)) return false;
    for (int64_t i = 0; i < n; i++) {
        double code = (double)nearbyintf(x[i] / *scale) + *zero;
        codes[i] = (uint8_t)fmin(fmax(code, 0), levels - 1);
    }
    return true;
}

static bool quantize_special(lathe_grid grid, int bits, int64_t n, const float *x, float scale, int32_t zero, const uint8_t *codes, char *message, size_t size) {
    bool finite = true;
    float low = INFINITY, high = -INFINITY;
    for (int64_t i = 0; i < n; i++) finite &= (bool)isfinite(x[i]), low = fminf(low, x[i]), high = fmaxf(high, x[i]);
    for (int64_t i = 0; i < n; i++) {
        if (codes[i] >= 1 << bits) return check_fail(message, size, "quantize_rows: code %d of %d bits", codes[i], bits);
        if (!finite) {
            if (!isnan(scale) || codes[i] != zero) return check_fail(message, size, "quantize_rows of a row that is not finite: scale %g, code %d, zero %d", (double)scale, codes[i], zero);
        } else {
            double value = (double)scale * ((double)codes[i] - zero), bound = low == high && grid == LATHE_ASYMMETRIC ? 0 : fmax((double)scale, (double)high - (double)low);
            if (grid == LATHE_SYMMETRIC && scale == 1 && fabs((double)x[i]) < 1e-40) bound = 1e-40;
            if (grid == LATHE_SYMMETRIC) bound = fmax(bound, (double)scale);
            if (!(scale > 0) || !(fabs(value - (double)x[i]) <= bound * 1.001))
                return check_fail(message, size, "quantize_rows grid %d bits %d: %.9g became %.9g (scale %g)", (int)grid, bits, (double)x[i], value, (double)scale);
        }
    }
    return true;
}

static bool quantize_one(const lathe_kernels *kernels, lathe_grid grid, int bits, int64_t cols, check_random *random, char *message, size_t size) {
    const lathe_kernels *portable = lathe_kernels_for(LATHE_ISA_PORTABLE);
    int64_t rows = row_kinds, x_stride = cols + 2, stride = cols + 3;
    check_pool pool = {0};
    float *x = check_floats(&pool, rows * x_stride), *scale = check_floats(&pool, rows), *other_scale = check_floats(&pool, rows);
    int32_t *zero = check_take(&pool, rows, 4), *other_zero = check_take(&pool, rows, 4);
    uint8_t *codes = check_take(&pool, rows * stride, 1), *other = check_take(&pool, rows * stride, 1), *expected = check_take(&pool, cols, 1);
    for (int64_t i = 0; i < rows * x_stride; i++) x[i] = NAN;  // what lies between rows is not looked at
    for (int64_t r = 0; r < rows; r++) quantize_fill(random, (int)r, cols, x + r * x_stride);
    kernels->quantize_rows(grid, bits, rows, cols, x, x_stride, codes, stride, scale, zero);
    portable->quantize_rows(grid, bits, rows, cols, x, x_stride, other, stride, other_scale, other_zero);
    bool good = check_same_bits(codes, other, rows * stride, 1) && check_first_difference(scale, other_scale, rows) < 0 && check_same_bits(zero, other_zero, rows, 4);
    if (!good) check_fail(message, size, "quantize_rows grid %d bits %d cols %d differs from the portable variant", (int)grid, bits, (int)cols);
    for (int64_t r = 0; r < rows && good; r++) {
        const uint8_t *row = codes + r * stride;
        float formula_scale = 0;
        int32_t formula_zero = 0;
        if (quantize_formula(grid, bits, cols, x + r * x_stride, &formula_scale, &formula_zero, expected)) {
            good = formula_scale == scale[r] && formula_zero == zero[r] && check_same_bits(row, expected, cols, 1);
            if (!good) check_fail(message, size, "quantize_rows grid %d bits %d cols %d row kind %d: scale %.9g for %.9g, zero %d for %d, or codes", (int)grid, bits, (int)cols, (int)r, (double)scale[r], (double)formula_scale, zero[r], formula_zero);
        } else {
            good = quantize_special(grid, bits, cols, x + r * x_stride, scale[r], zero[r], row, message, size);
        }
        int padding = zero[r] < 0 ? 0 : zero[r] > 255 ? 255 : zero[r];
        for (int64_t i = cols; i < stride && good; i++)
            if (row[i] != padding) good = check_fail(message, size, "quantize_rows: padding %d, expected %d", row[i], padding);
    }
    if (!check_release(&pool) && good) return check_fail(message, size, "quantize_rows wrote behind an array, cols %d", (int)cols);
    return good;
}

static bool quantize_all(const lathe_kernels *kernels, char *message, size_t size) {
    check_random random = {71};
    for (int grid = 0; grid < 2; grid++)
        for (int bits = 2; bits <= 8; bits++)
            for (int s = 0; s < check_size_count; s++)
                if (check_sizes[s] <= 200 || bits == 4 || bits == 8)
                    if (!quantize_one(kernels, (lathe_grid)grid, bits, check_sizes[s], &random, message, size)) return false;
    return true;
}

// Values as close to the halves between two codes as floats come, at many scales: where a reciprocal would tip over.
static bool quantize_halves(const lathe_kernels *kernels, char *message, size_t size) {
    check_random random = {72};
    for (int trial = 0; trial < 400; trial++) {
        enum { n = 255 };
        float x[n], scale;
        uint8_t codes[n], expected[n];
        int32_t zero, formula_zero;
        float largest = ldexpf(check_uniform(&random, 1, 2), (int)(check_next(&random) % 40) - 20), formula_scale;
        float step = 2 * largest / 256;
        for (int i = 0; i < n; i++) {
            float near = ((float)(i - 127) + 0.5f) * step;
            int nudge = (int)(check_next(&random) % 5) - 2;
            for (; nudge > 0; nudge--) near = nextafterf(near, INFINITY);
            for (; nudge < 0; nudge++) near = nextafterf(near, -INFINITY);
            x[i] = near;
        }
        x[trial % n] = -largest;
        kernels->quantize_rows(LATHE_SYMMETRIC, 8, 1, n, x, n, codes, n, &scale, &zero);
        quantize_formula(LATHE_SYMMETRIC, 8, n, x, &formula_scale, &formula_zero, expected);
        if (scale != formula_scale || memcmp(codes, expected, n) != 0) return check_fail(message, size, "quantize_rows close to halves, trial %d", trial);
    }
    return true;
}

// A static range gives the points of fake_quantize, in every variant the same bits.
static bool quantize_in_range(const lathe_kernels *kernels, char *message, size_t size) {
    static const float ranges[][2] = {{-2, 2.5f}, {0.25f, 1.75f}, {-3, -0.5f}, {0.3f, 0.3f}, {-0.7f, -0.7f}, {0, 0}, {-1e-20f, 3e-20f}, {-1e38f, 1.2e38f}, {1000, 1000.5f}};
    const lathe_kernels *portable = lathe_kernels_for(LATHE_ISA_PORTABLE);
    check_random random = {73};
    for (int grid = 0; grid < 2; grid++)
        for (int bits = 3; bits <= 8; bits++)
            for (int range = 0; range < (int)(sizeof ranges / sizeof *ranges); range++)
                for (int s = 0; s < check_size_count; s++) {
                    if (check_sizes[s] > 65) continue;
                    enum { rows = 3, most = 65 };
                    const int64_t cols = check_sizes[s], stride = cols + 2;
                    const float low = ranges[range][0], high = ranges[range][1];
                    float x[rows * (most + 2)], fake[most], scale[rows], other_scale[rows];
                    uint8_t codes[rows * (most + 2)], other[rows * (most + 2)];
                    int32_t zero[rows], other_zero[rows];
                    for (int64_t i = 0; i < rows * stride; i++) x[i] = low * 0.5f + high * 0.5f + (high * 0.5f - low * 0.5f + fabsf(low) * 0.1f) * check_uniform(&random, -1.2f, 1.2f);
                    if (cols > 1) x[2 * stride + 1] = NAN;
                    kernels->quantize_rows_in_range((lathe_grid)grid, bits, low, high, rows, cols, x, stride, codes, stride, scale, zero);
                    portable->quantize_rows_in_range((lathe_grid)grid, bits, low, high, rows, cols, x, stride, other, stride, other_scale, other_zero);
                    if (!check_same_bits(codes, other, rows * stride, 1) || check_first_difference(scale, other_scale, rows) >= 0 || !check_same_bits(zero, other_zero, rows, 4))
                        return check_fail(message, size, "quantize_rows_in_range grid %d bits %d range %d cols %d differs from the portable variant", grid, bits, range, (int)cols);
                    if (cols > 1 && !isnan(scale[2])) return check_fail(message, size, "quantize_rows_in_range: a row with a NaN has scale %g", (double)scale[2]);
                    for (int r = 0; r < 2; r++) {
                        kernels->fake_quantize((lathe_grid)grid, bits, low, high, cols, x + r * stride, NULL, fake);
                        for (int64_t i = 0; i < cols; i++) {
                            const double value = (double)scale[r] * ((double)codes[r * stride + i] - zero[r]);
                            if (codes[r * stride + i] >= 1 << bits || !check_near(fake[i], value, 0, 1e-6 * (1 << bits)))
                                return check_fail(message, size, "quantize_rows_in_range grid %d bits %d range %g...%g: %.9g gave %.9g, fake_quantize %.9g", grid, bits, (double)low, (double)high, (double)x[r * stride + i], value, (double)fake[i]);
                        }
                    }
                }
    return true;
}

const lathe_agreement vector_quantize_checks[] = {
    {"quantize_rows: formulas, special rows, portable variant", quantize_all},
    {"quantize_rows: close to halves", quantize_halves},
    {"quantize_rows_in_range: points of fake_quantize", quantize_in_range},
};
const int vector_quantize_check_count = sizeof vector_quantize_checks / sizeof vector_quantize_checks[0];
