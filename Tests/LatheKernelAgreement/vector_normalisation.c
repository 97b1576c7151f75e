#include "vector_check.h"
#include "vector_families.h"

// Normalisation and its gradients against double precision.

typedef struct norm_case {
    int64_t rows, cols;
    bool rms;
    const float *x, *gamma, *beta, *dy;
} norm_case;

static void norm_row_statistics(norm_case c, int64_t r, double epsilon, double *mean, double *rstd) {
    const float *x = c.x + r * c.cols;
    double sum = 0, squares = 0;
    for (int64_t i = 0; i < c.cols && !c.rms; i++) sum += (double)x[i];
    *mean = sum / (double)c.cols;
    for (int64_t i = 0; i < c.cols; i++) squares += ((double)x[i] - *mean) * ((double)x[i] - *mean);
    *rstd = 1 / sqrt(squares / (double)c.cols + epsilon);
}

static bool norm_forward(norm_case c, const float *y, const float *mean, const float *rstd, char *message, size_t size) {
    for (int64_t r = 0; r < c.rows; r++) {
        double center, scale;
        norm_row_statistics(c, r, (double)1e-5f, &center, &scale);
        if (mean && !check_near(mean[r], center, 1e-6, 1e-6)) return check_fail(message, size, "norm mean cols %d: expected %.9g, got %.9g", (int)c.cols, center, (double)mean[r]);
        if (rstd && !check_near(rstd[r], scale, 0, 2e-6)) return check_fail(message, size, "norm rstd cols %d: expected %.9g, got %.9g", (int)c.cols, scale, (double)rstd[r]);
        for (int64_t i = 0; i < c.cols; i++) {
            double v = ((double)c.x[r * c.cols + i] - center) * scale;
            double expected = v * (c.gamma ? (double)c.gamma[i] : 1) + (c.beta ? (double)c.beta[i] : 0);
            // The mean, as a float, is off by up to half its last place.
            if (!check_near(y[r * c.cols + i], expected, 3e-6 + 0x1p-23 * fabs(center) * scale, 2e-6))
                return check_fail(message, size, "%s cols %d at (%d, %d): expected %.9g, got %.9g", c.rms ? "rms_norm" : "layer_norm", (int)c.cols, (int)r, (int)i, expected, (double)y[r * c.cols + i]);
        }
    }
    return true;
}

// From the same mean and rstd (floats) that the kernel is given.
static bool norm_backward(norm_case c, const float *mean, const float *rstd, const float *dx, const float *dgamma, const float *dbeta, float before,
                          char *message, size_t size) {
    for (int64_t r = 0; r < c.rows; r++) {
        double m = mean ? (double)mean[r] : 0, s = (double)rstd[r], sum = 0, sum_normal = 0;
        for (int64_t i = 0; i < c.cols; i++) {
            double g = (double)c.dy[r * c.cols + i] * (c.gamma ? (double)c.gamma[i] : 1);
            sum += c.rms ? 0 : g;
            sum_normal += g * ((double)c.x[r * c.cols + i] - m) * s;
        }
        for (int64_t i = 0; i < c.cols; i++) {
            double g = (double)c.dy[r * c.cols + i] * (c.gamma ? (double)c.gamma[i] : 1), v = ((double)c.x[r * c.cols + i] - m) * s;
            double expected = s * (g - sum / (double)c.cols - v * sum_normal / (double)c.cols);
            if (!check_near(dx[r * c.cols + i], expected, 4e-6 * fmax(1, s), 2e-6))
                return check_fail(message, size, "%s_backward cols %d at (%d, %d): expected %.9g, got %.9g", c.rms ? "rms_norm" : "layer_norm", (int)c.cols, (int)r, (int)i, expected, (double)dx[r * c.cols + i]);
        }
    }
    for (int64_t i = 0; i < c.cols; i++) {
        double weight = (double)before, bias = (double)before, scale = 1;
        for (int64_t r = 0; r < c.rows; r++) {
            double d = (double)c.dy[r * c.cols + i], v = ((double)c.x[r * c.cols + i] - (mean ? (double)mean[r] : 0)) * (double)rstd[r];
            weight += d * v, bias += d, scale += fabs(d * v) + fabs(d);
        }
        if (dgamma && !check_near(dgamma[i], weight, 1e-6 * scale, 0)) return check_fail(message, size, "norm dgamma cols %d at %d: expected %.9g, got %.9g", (int)c.cols, (int)i, weight, (double)dgamma[i]);
        if (dbeta && !check_near(dbeta[i], bias, 1e-6 * scale, 0)) return check_fail(message, size, "norm dbeta cols %d at %d: expected %.9g, got %.9g", (int)c.cols, (int)i, bias, (double)dbeta[i]);
    }
    return true;
}

static bool norm_one(const lathe_kernels *kernels, bool rms, int64_t rows, int64_t cols, int nulls, float offset, check_random *random, char *message, size_t size) {
    check_pool pool = {0};
    float *x = check_filled(&pool, random, rows * cols, offset - 2, offset + 2), *dy = check_filled(&pool, random, rows * cols, -2, 2);
    float *y = check_floats(&pool, rows * cols), *dx = check_floats(&pool, rows * cols);
    float *gamma = check_filled(&pool, random, cols, 0.5f, 1.5f), *beta = check_filled(&pool, random, cols, -1, 1);
    float *dgamma = check_floats(&pool, cols), *dbeta = check_floats(&pool, cols);
    float *mean = check_floats(&pool, rows), *rstd = check_floats(&pool, rows);
    for (int64_t i = 0; i < cols; i++) dgamma[i] = dbeta[i] = 0.5f;
    norm_case c = {rows, cols, rms, x, nulls & 1 ? NULL : gamma, nulls & 2 || rms ? NULL : beta, dy};
    float *dgamma_or = nulls & 4 ? NULL : dgamma, *dbeta_or = nulls & 2 || rms ? NULL : dbeta;
    bool good;
    if (rms) {
        kernels->rms_norm(rows, cols, 1e-5f, x, c.gamma, y, rstd);
        kernels->rms_norm_backward(rows, cols, x, c.gamma, rstd, dy, dx, dgamma_or);
    } else {
        kernels->layer_norm(rows, cols, 1e-5f, x, c.gamma, c.beta, y, mean, rstd);
        kernels->layer_norm_backward(rows, cols, x, c.gamma, mean, rstd, dy, dx, dgamma_or, dbeta_or);
    }
    good = norm_forward(c, y, rms ? NULL : mean, rstd, message, size)
        && norm_backward(c, rms ? NULL : mean, rstd, dx, dgamma_or, dbeta_or, 0.5f, message, size);
    if (good) {
        if (rms) kernels->rms_norm_backward(rows, cols, x, c.gamma, rstd, dy, dy, NULL), kernels->rms_norm(rows, cols, 1e-5f, x, c.gamma, x, NULL);
        else kernels->layer_norm_backward(rows, cols, x, c.gamma, mean, rstd, dy, dy, NULL, NULL), kernels->layer_norm(rows, cols, 1e-5f, x, c.gamma, c.beta, x, NULL, NULL);
        good = (check_first_difference(dx, dy, rows * cols) < 0 && check_first_difference(x, y, rows * cols) < 0) || check_fail(message, size, "norm in place differs, cols %d", (int)cols);
    }
    if (!check_release(&pool) && good) return check_fail(message, size, "a norm wrote behind an array, cols %d", (int)cols);
    return good;
}

static bool norm_all(const lathe_kernels *kernels, char *message, size_t size) {
    check_random random = {41};
    for (int s = 1; s < check_size_count; s++)
        for (int nulls = 0; nulls < 8; nulls++)
            for (int rms = 0; rms < 2; rms++)
                if (!norm_one(kernels, rms, 1 + nulls, check_sizes[s], nulls, 0, &random, message, size)) return false;
    return true;
}

// A mean a thousand times the deviation: a one-pass variance would be noise.
static bool norm_offset(const lathe_kernels *kernels, char *message, size_t size) {
    check_random random = {42};
    return norm_one(kernels, false, 3, 768, 0, 2000, &random, message, size);
}

static bool channels_all(const lathe_kernels *kernels, char *message, size_t size) {
    check_random random = {43};
    for (int s = 0; s < check_size_count; s++) {
        int64_t count = check_sizes[s], batch = 3, stride = 2 * count + 1;
        check_pool pool = {0};
        float *x = check_filled(&pool, &random, batch * stride, 98, 102), *dy = check_filled(&pool, &random, batch * stride, -1, 1);
        double n = (double)(batch * count), sum = 0, squares = 0, sum_dy = 0, sum_dy_x = 0;
        for (int64_t b = 0; b < batch; b++)
            for (int64_t i = 0; i < count; i++) sum += (double)x[b * stride + i];
        double center = n > 0 ? sum / n : 0;
        float mean, variance, got_dy, got_dy_x;
        kernels->channel_statistics(batch, count, stride, x, &mean, &variance);
        kernels->channel_gradient_sums(batch, count, stride, x, dy, mean, &got_dy, &got_dy_x);
        for (int64_t b = 0; b < batch; b++)
            for (int64_t i = 0; i < count; i++) {
                double v = (double)x[b * stride + i], d = (double)dy[b * stride + i];
                squares += (v - center) * (v - center), sum_dy += d, sum_dy_x += d * (v - (double)mean);
            }
        check_release(&pool);
        if (!check_near(mean, center, 0, 1e-6) || !check_near(variance, n > 0 ? squares / n : 0, 1e-9, 2e-5))
            return check_fail(message, size, "channel_statistics count %d: expected %.9g %.9g, got %.9g %.9g", (int)count, center, squares / n, (double)mean, (double)variance);
        if (!check_near(got_dy, sum_dy, 1e-6 * (1 + n), 0) || !check_near(got_dy_x, sum_dy_x, 2e-6 * (1 + n), 0))
            return check_fail(message, size, "channel_gradient_sums count %d", (int)count);
    }
    return true;
}

const lathe_agreement vector_normalisation_checks[] = {
    {"layer_norm, rms_norm and gradients", norm_all},
    {"layer_norm: large mean", norm_offset},
    {"channel_statistics, channel_gradient_sums", channels_all},
};
const int vector_normalisation_check_count = sizeof vector_normalisation_checks / sizeof vector_normalisation_checks[0];
