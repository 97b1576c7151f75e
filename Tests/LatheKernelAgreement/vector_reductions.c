#include "vector_check.h"
#include "vector_families.h"

// Reductions against sums in double and plain scans.

static double reduction_value(lathe_reduction kind, int64_t n, const float *x, double *size) {
    double total = 0, extreme = kind == LATHE_MAX ? -INFINITY : kind == LATHE_MIN ? INFINITY : 0;
    *size = 0;
    for (int64_t i = 0; i < n; i++) {
        double v = (double)x[i], a = fabs(v);
        *size += kind == LATHE_SUM_SQUARES ? v * v : a;
        total += kind == LATHE_SUM ? v : kind == LATHE_SUM_SQUARES ? v * v : a;
        double candidate = kind == LATHE_MAX_ABS ? a : v;
        if (isnan(candidate) || isnan(extreme)) extreme = NAN;
        else if (kind == LATHE_MIN ? candidate < extreme : candidate > extreme) extreme = candidate;
    }
    return kind >= LATHE_MAX ? extreme : total;
}

static bool reduction_one(lathe_reduction kind, int64_t n, const float *x, float got, char *message, size_t size) {
    double scale, expected = reduction_value(kind, n, x, &scale);
    if (check_near(got, expected, kind >= LATHE_MAX ? 0 : 4e-7 * scale, 0)) return true;
    return check_fail(message, size, "reduce %d of %d values: expected %.9g, got %.9g", (int)kind, (int)n, expected, (double)got);
}

static bool reductions_all(const lathe_kernels *kernels, char *message, size_t size) {
    check_random random = {21};
    for (int s = 0; s < check_size_count; s++) {
        int64_t n = check_sizes[s];
        for (int special = 0; special < 4; special++) {
            check_pool pool = {0};
            float *x = check_filled(&pool, &random, n, -3, 3.5f), *z = check_filled(&pool, &random, n, -3, 3);
            // One NaN or infinity anywhere.
            if (special && n) x[check_next(&random) % (uint32_t)n] = special == 1 ? NAN : special == 2 ? INFINITY : -INFINITY;
            bool good = true;
            for (int kind = 0; kind < LATHE_REDUCTION_COUNT && good; kind++)
                good = reduction_one((lathe_reduction)kind, n, x, kernels->reduce((lathe_reduction)kind, n, x), message, size);
            double dot = 0, scale = 0;
            for (int64_t i = 0; i < n; i++) dot += (double)x[i] * z[i], scale += fabs((double)x[i] * z[i]);
            if (good && !special && !check_near(kernels->dot(n, x, z), dot, 4e-7 * scale, 0)) good = check_fail(message, size, "dot of %d values", (int)n);
            check_release(&pool);
            if (!good) return false;
        }
    }
    return true;
}

// Long runs of one sign, where a single running sum would lose digits.
static bool reductions_long(const lathe_kernels *kernels, char *message, size_t size) {
    check_random random = {22};
    check_pool pool = {0};
    float *x = check_filled(&pool, &random, 1000003, 0, 1);
    bool good = true;
    for (int kind = 0; kind < LATHE_REDUCTION_COUNT && good; kind++) {
        double scale, expected = reduction_value((lathe_reduction)kind, 1000003, x, &scale);
        float got = kernels->reduce((lathe_reduction)kind, 1000003, x);
        good = check_near(got, expected, 0, 2e-7) || check_fail(message, size, "reduce %d of 1000003: expected %.9g, got %.9g", kind, expected, (double)got);
    }
    check_release(&pool);
    return good;
}

static bool rows_all(const lathe_kernels *kernels, char *message, size_t size) {
    check_random random = {23};
    for (int s = 0; s < check_size_count; s++) {
        int64_t cols = check_sizes[s], rows = 1 + (int64_t)(check_next(&random) % 21), stride = cols + 5;
        check_pool pool = {0};
        float *x = check_filled(&pool, &random, rows * cols, -3, 3), *y = check_floats(&pool, rows);
        float *wide = check_filled(&pool, &random, rows * stride, -3, 3), *sums = check_filled(&pool, &random, cols, -1, 1);
        float *split = check_floats(&pool, cols);
        int32_t *largest = check_take(&pool, rows, 4);
        memcpy(split, sums, (size_t)cols * sizeof(float));
        bool good = true;
        for (int kind = 0; kind < LATHE_REDUCTION_COUNT && good; kind++) {
            kernels->reduce_rows((lathe_reduction)kind, rows, cols, x, y);
            for (int64_t r = 0; r < rows && good; r++) good = reduction_one((lathe_reduction)kind, cols, x + r * cols, y[r], message, size);
        }
        // add_rows adds in order, so that plain addition gives the same bits, and so does any split.
        for (int64_t c = 0; c < cols; c++) {
            y[0] = sums[c];
            for (int64_t r = 0; r < rows; r++) y[0] += wide[r * stride + c];
            split[c] = y[0];
        }
        int64_t first = rows / 3;
        kernels->add_rows(first, cols, wide, stride, sums);
        kernels->add_rows(rows - first, cols, wide + first * stride, stride, sums);
        if (good && check_first_difference(split, sums, cols) >= 0) good = check_fail(message, size, "add_rows %d x %d", (int)rows, (int)cols);
        // Ties (the values are few) and NaN.
        for (int64_t i = 0; i < rows * cols; i++) x[i] = (float)(check_next(&random) % 5);
        for (int64_t r = 0; r < rows && cols; r++) {
            if (r % 3 == 1) x[r * cols + (int64_t)(check_next(&random) % (uint32_t)cols)] = NAN;
            if (r % 3 == 2)
                for (int64_t c = 0; c < cols; c++) x[r * cols + c] = -INFINITY;
        }
        kernels->argmax_rows(rows, cols, x, largest);
        for (int64_t r = 0; r < rows && cols && good; r++) {
            int64_t best = 0;
            for (int64_t c = 1; c < cols; c++) {
                float v = x[r * cols + c], b = x[r * cols + best];
                if (!isnan(b) && (isnan(v) || v > b)) best = c;
            }
            if (largest[r] != best) good = check_fail(message, size, "argmax_rows cols %d row %d: expected %d, got %d", (int)cols, (int)r, (int)best, (int)largest[r]);
        }
        if (!check_release(&pool) && good) return check_fail(message, size, "a row reduction wrote behind an array, cols %d", (int)cols);
        if (!good) return false;
    }
    return true;
}

const lathe_agreement vector_reductions_checks[] = {
    {"reduce, dot: values, NaN, infinities", reductions_all},
    {"reduce: long runs", reductions_long},
    {"reduce_rows, add_rows, argmax_rows", rows_all},
};
const int vector_reductions_check_count = sizeof vector_reductions_checks / sizeof vector_reductions_checks[0];
