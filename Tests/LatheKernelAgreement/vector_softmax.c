#include "vector_check.h"
#include "vector_families.h"

// Softmax, log-softmax and cross-entropy against double precision.

typedef struct softmax_case {
    int64_t rows, cols;
    float *x, *dy, *y, *dx;
} softmax_case;

static softmax_case softmax_make(check_pool *pool, check_random *random, int64_t rows, int64_t cols) {
    softmax_case c = {rows, cols, NULL, NULL, NULL, NULL};
    c.x = check_filled(pool, random, rows * cols, -6, 6);
    c.dy = check_filled(pool, random, rows * cols, -2, 2);
    c.y = check_floats(pool, rows * cols);
    c.dx = check_floats(pool, rows * cols);
    for (int64_t r = 0; r < rows; r++) {
        float offset = r % 3 == 1 ? 1000 : r % 3 == 2 ? -1e6f : 0;  // a common offset changes nothing, up to the spacing of floats
        for (int64_t i = 0; i < cols; i++) {
            c.x[r * cols + i] += offset;
            if (r % 4 == 3 && i % 2) c.x[r * cols + i] = -INFINITY;
        }
    }
    return c;
}

static double softmax_logsumexp(int64_t n, const float *x) {
    double largest = -INFINITY, total = 0;
    for (int64_t i = 0; i < n; i++) largest = fmax(largest, (double)x[i]);
    for (int64_t i = 0; i < n; i++) total += exp((double)x[i] - largest);
    return largest + log(total);
}

static bool softmax_one(const lathe_kernels *kernels, softmax_case c, char *message, size_t size) {
    int64_t count = c.rows * c.cols;
    kernels->softmax(c.rows, c.cols, c.x, c.y);
    kernels->softmax_backward(c.rows, c.cols, c.y, c.dy, c.dx);
    for (int64_t r = 0; r < c.rows; r++) {
        const float *x = c.x + r * c.cols, *y = c.y + r * c.cols, *dy = c.dy + r * c.cols, *dx = c.dx + r * c.cols;
        double lse = softmax_logsumexp(c.cols, x), along = 0;
        for (int64_t i = 0; i < c.cols; i++) along += (double)y[i] * dy[i];
        for (int64_t i = 0; i < c.cols; i++) {
            if (!check_near(y[i], exp((double)x[i] - lse), 1e-7, 2e-6))
                return check_fail(message, size, "softmax cols %d at (%d, %d): expected %.9g, got %.9g", (int)c.cols, (int)r, (int)i, exp((double)x[i] - lse), (double)y[i]);
            if (!check_near(dx[i], (double)y[i] * ((double)dy[i] - along), 1e-6, 1e-6))
                return check_fail(message, size, "softmax_backward cols %d at (%d, %d)", (int)c.cols, (int)r, (int)i);
        }
    }
    kernels->softmax_backward(c.rows, c.cols, c.y, c.dy, c.dy);
    if (check_first_difference(c.dx, c.dy, count) >= 0) return check_fail(message, size, "softmax_backward in place differs, cols %d", (int)c.cols);
    kernels->softmax(c.rows, c.cols, c.x, c.x);
    if (check_first_difference(c.x, c.y, count) >= 0) return check_fail(message, size, "softmax in place differs, cols %d", (int)c.cols);
    return true;
}

static bool softmax_for_bf16_one(const lathe_kernels *kernels, softmax_case c, char *message, size_t size) {
    // Scaled by a power of two, x is exactly what it was.
    for (int64_t i = 0; i < c.rows * c.cols; i++) c.x[i] *= 8;
    kernels->softmax_for_bf16(c.rows, c.cols, 0.125f, c.x, c.y);
    for (int64_t i = 0; i < c.rows * c.cols; i++) c.x[i] *= 0.125f;
    for (int64_t r = 0; r < c.rows; r++) {
        const float *x = c.x + r * c.cols, *y = c.y + r * c.cols;
        const double lse = softmax_logsumexp(c.cols, x);
        for (int64_t i = 0; i < c.cols; i++) {
            if (!check_near(y[i], exp((double)x[i] - lse), 1e-9, 1e-5))
                return check_fail(message, size, "softmax_for_bf16 cols %d at (%d, %d): expected %.9g, got %.9g", (int)c.cols, (int)r, (int)i, exp((double)x[i] - lse), (double)y[i]);
        }
    }
    for (int64_t i = 0; i < c.rows * c.cols; i++) c.x[i] *= 8;
    kernels->softmax_for_bf16(c.rows, c.cols, 0.125f, c.x, c.x);
    if (check_first_difference(c.x, c.y, c.rows * c.cols) >= 0) return check_fail(message, size, "softmax_for_bf16 in place differs, cols %d", (int)c.cols);
    return true;
}

static bool log_softmax_one(const lathe_kernels *kernels, softmax_case c, char *message, size_t size) {
    int64_t count = c.rows * c.cols;
    kernels->log_softmax(c.rows, c.cols, c.x, c.y);
    kernels->log_softmax_backward(c.rows, c.cols, c.y, c.dy, c.dx);
    for (int64_t r = 0; r < c.rows; r++) {
        const float *x = c.x + r * c.cols, *y = c.y + r * c.cols, *dy = c.dy + r * c.cols, *dx = c.dx + r * c.cols;
        double lse = softmax_logsumexp(c.cols, x), total = 0, sizes = 0;
        for (int64_t i = 0; i < c.cols; i++) total += (double)dy[i], sizes += fabs((double)dy[i]);
        for (int64_t i = 0; i < c.cols; i++) {
            if (!check_near(y[i], (double)x[i] - lse, 1e-6, 1e-6))
                return check_fail(message, size, "log_softmax cols %d at (%d, %d): expected %.9g, got %.9g", (int)c.cols, (int)r, (int)i, (double)x[i] - lse, (double)y[i]);
            if (!check_near(dx[i], (double)dy[i] - exp((double)y[i]) * total, 1e-6 + 5e-7 * sizes * exp((double)y[i]), 1e-6))
                return check_fail(message, size, "log_softmax_backward cols %d at (%d, %d)", (int)c.cols, (int)r, (int)i);
        }
    }
    kernels->log_softmax_backward(c.rows, c.cols, c.y, c.dy, c.dy);
    if (check_first_difference(c.dx, c.dy, count) >= 0) return check_fail(message, size, "log_softmax_backward in place differs, cols %d", (int)c.cols);
    kernels->log_softmax(c.rows, c.cols, c.x, c.x);
    if (check_first_difference(c.x, c.y, count) >= 0) return check_fail(message, size, "log_softmax in place differs, cols %d", (int)c.cols);
    return true;
}

static bool softmax_all(const lathe_kernels *kernels, char *message, size_t size) {
    bool (*const checks[])(const lathe_kernels *, softmax_case, char *, size_t) = {softmax_one, softmax_for_bf16_one, log_softmax_one};
    check_random random = {31};
    for (int s = 0; s < check_size_count; s++)
        for (int k = 0; k < 3; k++) {
            check_pool pool = {0};
            softmax_case c = softmax_make(&pool, &random, 5, check_sizes[s]);
            bool good = checks[k](kernels, c, message, size);
            if (!check_release(&pool) && good) return check_fail(message, size, "softmax wrote behind an array, cols %d", (int)check_sizes[s]);
            if (!good) return false;
        }
    return true;
}

static bool softmax_special(const lathe_kernels *kernels, char *message, size_t size) {
    float x[3 * 19], y[3 * 19];
    for (int i = 0; i < 19; i++) x[i] = -INFINITY, x[19 + i] = (float)i, x[38 + i] = i == 7 ? 3e38f : -3e38f;
    x[19 + 18] = NAN;
    for (int roughly = 0; roughly < 2; roughly++) {
        if (roughly) kernels->softmax_for_bf16(3, 19, 1, x, y);
        else kernels->softmax(3, 19, x, y);
        for (int i = 0; i < 19; i++) {
            if (y[i] != 0) return check_fail(message, size, "softmax of a row that is all -inf gives %g", (double)y[i]);
            if (!isnan(y[19 + i])) return check_fail(message, size, "softmax of a row with NaN gives %g", (double)y[19 + i]);
            if (y[38 + i] != (i == 7)) return check_fail(message, size, "softmax of one huge value gives %g at %d", (double)y[38 + i], i);
        }
    }
    return true;
}

static bool cross_entropy_one(const lathe_kernels *kernels, int64_t rows, int64_t cols, float smoothing, check_random *random, char *message, size_t size) {
    check_pool pool = {0};
    softmax_case c = softmax_make(&pool, random, rows, cols);
    float *loss = check_floats(&pool, rows), *lse = check_floats(&pool, rows), *dloss = check_filled(&pool, random, rows, -2, 2);
    int32_t *labels = check_take(&pool, rows, 4);
    for (int64_t i = 0; i < rows * cols; i++)
        if (isinf(c.x[i])) c.x[i] = -30;
    for (int64_t r = 0; r < rows; r++) labels[r] = r % 5 == 4 ? -100 : (int32_t)(check_next(random) % (uint32_t)cols);
    kernels->cross_entropy(rows, cols, c.x, labels, -100, smoothing, loss, lse);
    kernels->cross_entropy_backward(rows, cols, c.x, labels, -100, smoothing, lse, dloss, c.dx);
    bool good = true;
    for (int64_t r = 0; r < rows && good; r++) {
        const float *x = c.x + r * cols;
        double total = softmax_logsumexp(cols, x), mean = 0, expected = 0;
        for (int64_t i = 0; i < cols; i++) mean += ((double)x[i] - total) / (double)cols;
        if (labels[r] >= 0) expected = -(1 - (double)smoothing) * ((double)x[labels[r]] - total) - (double)smoothing * mean;
        good = check_near(loss[r], expected, 1e-6, 1e-6);
        if (!good) check_fail(message, size, "cross_entropy cols %d smoothing %g row %d: expected %.9g, got %.9g", (int)cols, (double)smoothing, (int)r, expected, (double)loss[r]);
        // logsumexp is a float: at an offset of 1e6 its spacing is 1/16, and the gradient can be no better than that.
        double blur = 2e-6 + 0x1p-23 * fabs(total);
        for (int64_t i = 0; i < cols && good; i++) {
            double target = (1 - (double)smoothing) * (i == labels[r]) + (double)smoothing / (double)cols;
            double gradient = labels[r] < 0 ? 0 : (double)dloss[r] * (exp((double)x[i] - total) - target);
            good = check_near(c.dx[r * cols + i], gradient, blur, 1e-6);
            if (!good) check_fail(message, size, "cross_entropy_backward cols %d smoothing %g at (%d, %d): expected %.9g, got %.9g", (int)cols, (double)smoothing, (int)r, (int)i, gradient, (double)c.dx[r * cols + i]);
        }
    }
    if (good) {
        kernels->cross_entropy_backward(rows, cols, c.x, labels, -100, smoothing, lse, dloss, c.x);
        good = check_first_difference(c.x, c.dx, rows * cols) < 0 || check_fail(message, size, "cross_entropy_backward in place differs, cols %d", (int)cols);
    }
    if (!check_release(&pool) && good) return check_fail(message, size, "cross_entropy wrote behind an array, cols %d", (int)cols);
    return good;
}

static bool cross_entropy_all(const lathe_kernels *kernels, char *message, size_t size) {
    check_random random = {32};
    for (int s = 1; s < check_size_count; s++)
        for (int smooth = 0; smooth < 2; smooth++)
            if (!cross_entropy_one(kernels, 6, check_sizes[s], smooth ? 0.1f : 0, &random, message, size)) return false;
    return true;
}

const lathe_agreement vector_softmax_checks[] = {
    {"softmax, log_softmax and gradients", softmax_all},
    {"softmax: masked rows, NaN, huge values", softmax_special},
    {"cross_entropy and gradient", cross_entropy_all},
};
const int vector_softmax_check_count = sizeof vector_softmax_checks / sizeof vector_softmax_checks[0];
