#include "vector_check.h"
#include "vector_families.h"

// Functions of one and two arguments against double precision; special values; in place; split runs.

static const float special_values[] = {0.0f, -0.0f, INFINITY, -INFINITY, NAN, 1e-45f, -1e-45f, 1e-38f, -1e-38f, 1e-20f, -1e-20f, 0.5f, -0.5f,
                                       1.5f, 2.5f, -2.5f, 1, -1, 3, -3, 5.4f, -5.4f, 5.6f, -5.6f, 10, -10, 20, -20, 60, -60, 88.7f, 88.73f, -87.4f,
                                       -103.9f, -104.1f, 150, -150, 1e5f, -1e5f, 8388607.5f, -8388607.5f, 3e9f, 1e20f, -1e20f, 3.4e38f, -3.4e38f};
enum { special_count = sizeof special_values / sizeof special_values[0] };

static double unary_value(lathe_unary kind, double x) {
    switch (kind) {
    case LATHE_NEGATE: return -x;
    case LATHE_ABS: return fabs(x);
    case LATHE_SIGN: return x > 0 ? 1 : x < 0 ? -1 : x == 0 ? 0 : x;
    case LATHE_SQUARE: return x * x;
    case LATHE_SQRT: return sqrt(x);
    case LATHE_RECIPROCAL: return 1 / x;
    case LATHE_EXP: return exp(x);
    case LATHE_LOG: return log(x);
    case LATHE_RELU: return isnan(x) ? x : x > 0 ? x : 0;
    // The ends that inf * 0 would make NaN.
    case LATHE_GELU_ERF: return x == -INFINITY ? 0 : check_activation(LATHE_ACTIVATION_GELU_ERF, x);
    case LATHE_GELU_TANH: return x < -30 ? 0 : x > 30 ? x : check_activation(LATHE_ACTIVATION_GELU_TANH, x);
    case LATHE_SILU: return x == -INFINITY ? 0 : check_activation(LATHE_ACTIVATION_SILU, x);
    case LATHE_TANH: return tanh(x);
    case LATHE_SIGMOID: return 1 / (1 + exp(-x));
    case LATHE_ROUND: return nearbyint(x);
    case LATHE_UNARY_COUNT: break;
    }
    return 0;
}

// Units in the last place allowed.
static double unary_ulps(lathe_unary kind) {
    switch (kind) {
    case LATHE_EXP: case LATHE_LOG: return 2;
    case LATHE_TANH: case LATHE_SIGMOID: return 4;
    case LATHE_SILU: case LATHE_GELU_TANH: case LATHE_GELU_ERF: return 6;
    default: return 0.5001;
    }
}

static bool unary_good(lathe_unary kind, float x, float got, double *expected) {
    *expected = unary_value(kind, (double)x);
    double absolute = 1e-45;
    if (kind == LATHE_SILU) absolute = 1e-42;  // x times a subnormal sigmoid
    if (kind == LATHE_GELU_ERF || kind == LATHE_GELU_TANH) absolute = 4e-7 * fmin(1, fabs((double)x));
    return check_near(got, *expected, absolute + unary_ulps(kind) * 0x1p-149, unary_ulps(kind) * 0x1p-23);
}

static float unary_sample(check_random *random, int64_t i) {
    if (i % 3 == 0) return special_values[check_next(random) % special_count];
    if (i % 3 == 1) return check_uniform(random, -7, 7);
    return ldexpf(check_uniform(random, -2, 2), (int)(check_next(random) % 60) - 50);
}

static bool unary_all(const lathe_kernels *kernels, char *message, size_t size) {
    check_random random = {1};
    for (int kind = 0; kind < LATHE_UNARY_COUNT; kind++) {
        for (int s = 0; s < check_size_count; s++) {
            int64_t n = check_sizes[s];
            check_pool pool = {0};
            float *x = check_floats(&pool, n), *y = check_floats(&pool, n);
            for (int64_t i = 0; i < n; i++) x[i] = unary_sample(&random, i);
            kernels->unary((lathe_unary)kind, n, x, y);
            for (int64_t i = 0; i < n; i++) {
                double expected;
                if (unary_good((lathe_unary)kind, x[i], y[i], &expected)) continue;
                check_fail(message, size, "unary %d of %.9g: expected %.9g, got %.9g", kind, (double)x[i], expected, (double)y[i]);
                check_release(&pool);
                return false;
            }
            kernels->unary((lathe_unary)kind, n, x, x);
            bool same = check_first_difference(x, y, n) < 0;
            if (!check_release(&pool) || !same) return check_fail(message, size, "unary %d, n %d: in place differs, or wrote behind", kind, (int)n);
        }
    }
    return true;
}

// f' by central differences of the double function.
static double unary_slope(lathe_unary kind, double x) {
    if (kind == LATHE_ROUND) return 1;
    if ((kind == LATHE_ABS || kind == LATHE_SIGN || kind == LATHE_RELU) && x == 0) return 0;
    if (kind == LATHE_SIGN) return 0;
    double h = 1e-5 * fmax(0.01, fabs(x));
    if (kind == LATHE_ABS || kind == LATHE_RELU) h = fabs(x) / 2;
    return (unary_value(kind, x + h) - unary_value(kind, x - h)) / (2 * h);
}

static bool unary_backward_all(const lathe_kernels *kernels, char *message, size_t size) {
    check_random random = {2};
    for (int kind = 0; kind < LATHE_UNARY_COUNT; kind++) {
        bool positive = kind == LATHE_SQRT || kind == LATHE_LOG || kind == LATHE_RECIPROCAL;
        for (int s = 0; s < check_size_count; s++) {
            int64_t n = check_sizes[s];
            check_pool pool = {0};
            float *x = check_filled(&pool, &random, n, positive ? 0.1f : -8, 8), *dy = check_filled(&pool, &random, n, -2, 2);
            float *dx = check_floats(&pool, n);
            for (int64_t i = 0; i < n && !positive; i += 5) x[i] = 0;
            kernels->unary_backward((lathe_unary)kind, n, x, dy, dx);
            int64_t wrong = -1;
            double expected = 0;
            for (int64_t i = 0; i < n && wrong < 0; i++) {
                expected = (double)dy[i] * unary_slope((lathe_unary)kind, (double)x[i]);
                if (!check_near(dx[i], expected, 2e-6, 1e-6)) wrong = i;
            }
            if (wrong >= 0) check_fail(message, size, "unary_backward %d at %.9g: expected %.9g, got %.9g", kind, (double)x[wrong], expected, (double)dx[wrong]);
            kernels->unary_backward((lathe_unary)kind, n, x, dy, dy);
            bool same = check_first_difference(dx, dy, n) < 0;
            bool intact = check_release(&pool);
            if (wrong >= 0) return false;
            if (!same || !intact) return check_fail(message, size, "unary_backward %d, n %d: in place differs, or wrote behind", kind, (int)n);
        }
    }
    return true;
}

// Far from zero the activations are flat or straight: gradients there are 0 or dy, never NaN.
static bool unary_backward_ends(const lathe_kernels *kernels, char *message, size_t size) {
    const lathe_unary kinds[] = {LATHE_GELU_ERF, LATHE_GELU_TANH, LATHE_SILU, LATHE_TANH, LATHE_SIGMOID, LATHE_RELU};
    const float x[] = {INFINITY, 1e20f, 200, -200, -1e20f, -INFINITY, NAN}, dy[] = {3, 3, 3, 3, 3, 3, 3};
    for (int k = 0; k < 6; k++) {
        float dx[7];
        kernels->unary_backward(kinds[k], 7, x, dy, dx);
        bool flat = kinds[k] == LATHE_TANH || kinds[k] == LATHE_SIGMOID;
        for (int i = 0; i < 6; i++)
            if (!check_near(dx[i], i < 3 && !flat ? 3 : 0, 1e-30, 0))
                return check_fail(message, size, "unary_backward %d at %g: got %.9g", (int)kinds[k], (double)x[i], (double)dx[i]);
        if (kinds[k] != LATHE_RELU && !isnan(dx[6])) return check_fail(message, size, "unary_backward %d loses NaN", (int)kinds[k]);
    }
    return true;
}

// ---- Two arguments ----

static float binary_value(lathe_binary kind, float a, float b) {
    switch (kind) {
    case LATHE_ADD: return a + b;
    case LATHE_SUBTRACT: return a - b;
    case LATHE_MULTIPLY: return a * b;
    case LATHE_DIVIDE: return a / b;
    case LATHE_MAXIMUM: return isnan(a) || isnan(b) ? NAN : a > b ? a : b;
    case LATHE_MINIMUM: return isnan(a) || isnan(b) ? NAN : a < b ? a : b;
    case LATHE_BINARY_COUNT: break;
    }
    return 0;
}

static bool compare_value(lathe_comparison kind, float a, float b) {
    switch (kind) {
    case LATHE_EQUAL: return a == b;
    case LATHE_NOT_EQUAL: return a != b;
    case LATHE_LESS: return a < b;
    case LATHE_LESS_EQUAL: return a <= b;
    case LATHE_GREATER: return a > b;
    case LATHE_GREATER_EQUAL: return a >= b;
    case LATHE_COMPARISON_COUNT: break;
    }
    return false;
}

static bool pairs_one(const lathe_kernels *kernels, int64_t n, int64_t a_step, int64_t b_step, check_random *random, char *message, size_t size) {
    check_pool pool = {0};
    int64_t a_count = a_step ? n : 1, b_count = b_step ? n : 1;
    float *a = check_floats(&pool, a_count), *b = check_floats(&pool, b_count), *y = check_floats(&pool, n);
    uint8_t *mask = check_take(&pool, n, 1), *ones = check_take(&pool, n, 1);
    for (int64_t i = 0; i < a_count; i++) a[i] = check_next(random) % 8 ? check_uniform(random, -3, 3) : special_values[check_next(random) % special_count];
    for (int64_t i = 0; i < b_count; i++) b[i] = check_next(random) % 4 ? special_values[check_next(random) % special_count] : a[i * a_step];
    for (int64_t i = 0; i < n; i++) mask[i] = check_next(random) % 3 ? (uint8_t)check_next(random) : 0;
    bool good = true;
    for (int kind = 0; kind < LATHE_BINARY_COUNT && good; kind++) {
        kernels->binary((lathe_binary)kind, n, a, a_step, b, b_step, y);
        for (int64_t i = 0; i < n && good; i++) {
            float expected = binary_value((lathe_binary)kind, a[i * a_step], b[i * b_step]);
            good = y[i] == expected || (isnan(y[i]) && isnan(expected));
            if (!good) check_fail(message, size, "binary %d steps %d %d, n %d at %d: expected %.9g, got %.9g", kind, (int)a_step, (int)b_step, (int)n, (int)i, (double)expected, (double)y[i]);
        }
    }
    for (int kind = 0; kind < LATHE_COMPARISON_COUNT && good; kind++) {
        kernels->compare((lathe_comparison)kind, n, a, a_step, b, b_step, ones);
        for (int64_t i = 0; i < n && good; i++) {
            good = ones[i] == compare_value((lathe_comparison)kind, a[i * a_step], b[i * b_step]);
            if (!good) check_fail(message, size, "compare %d steps %d %d, n %d at %d: got %d", kind, (int)a_step, (int)b_step, (int)n, (int)i, ones[i]);
        }
    }
    kernels->select(n, mask, a, a_step, b, b_step, y);
    for (int64_t i = 0; i < n && good; i++) {
        good = memcmp(y + i, mask[i] ? a + i * a_step : b + i * b_step, sizeof(float)) == 0;
        if (!good) check_fail(message, size, "select steps %d %d, n %d at %d", (int)a_step, (int)b_step, (int)n, (int)i);
    }
    if (good && a_step) {
        kernels->binary(LATHE_SUBTRACT, n, a, a_step, b, b_step, y);
        kernels->binary(LATHE_SUBTRACT, n, a, a_step, b, b_step, a);
        good = check_first_difference(a, y, n) < 0 || check_fail(message, size, "binary in place differs, n %d", (int)n);
    }
    if (!check_release(&pool) && good) return check_fail(message, size, "binary, compare or select wrote behind an array, n %d", (int)n);
    return good;
}

static bool pairs_all(const lathe_kernels *kernels, char *message, size_t size) {
    check_random random = {3};
    for (int s = 0; s < check_size_count; s++)
        for (int steps = 0; steps < 4; steps++)
            if (!pairs_one(kernels, check_sizes[s], steps & 1, steps >> 1, &random, message, size)) return false;
    return true;
}

// ---- Linear combinations ----

static bool linear_all(const lathe_kernels *kernels, char *message, size_t size) {
    check_random random = {4};
    static const float factors[][2] = {{1, 0}, {-0.7f, 0}, {0.3f, 1}, {1, 1}, {0.3f, -1.5f}, {0, 0.5f}};
    for (int s = 0; s < check_size_count; s++) {
        int64_t n = check_sizes[s];
        check_pool pool = {0};
        float *x = check_filled(&pool, &random, n, -3, 3), *z = check_filled(&pool, &random, n, -3, 3), *y = check_floats(&pool, n);
        bool good = true;
        for (int f = 0; f < 6 && good; f++) {
            float alpha = factors[f][0], beta = factors[f][1];
            for (int64_t i = 0; i < n; i++) y[i] = beta == 0 ? NAN : z[i];
            kernels->scale_add(n, alpha, x, beta, y);
            for (int64_t i = 0; i < n; i++) good &= check_near(y[i], (double)alpha * x[i] + (beta == 0 ? 0 : (double)beta * z[i]), 1e-6, 0);
            kernels->affine(n, alpha, x, beta, beta == 0 ? NULL : z, 0.25f, y);
            for (int64_t i = 0; i < n; i++) good &= check_near(y[i], (double)alpha * x[i] + (double)beta * z[i] + 0.25, 2e-6, 0);
            kernels->fill(n, alpha, y);
            for (int64_t i = 0; i < n; i++) good &= y[i] == alpha;
        }
        if (!check_release(&pool) || !good) return check_fail(message, size, "scale_add, affine or fill, n %d", (int)n);
    }
    return true;
}

static bool scaled_rows_all(const lathe_kernels *kernels, char *message, size_t size) {
    check_random random = {6};
    for (int s = 0; s < check_size_count; s++) {
        for (int64_t rows = 0; rows <= 17; rows++) {
            const int64_t n = check_sizes[s], stride = n + rows % 3;
            check_pool pool = {0};
            float *x = check_filled(&pool, &random, rows * stride, -3, 3), *scales = check_filled(&pool, &random, rows, -2, 2);
            float *before = check_filled(&pool, &random, n, -1, 1), *y = check_floats(&pool, n);
            for (int64_t i = 0; i < n; i++) y[i] = before[i];
            kernels->add_scaled_rows(rows, n, scales, x, stride, y);
            bool good = true;
            for (int64_t i = 0; i < n; i++) {
                double sum = before[i];
                for (int64_t r = 0; r < rows; r++) sum += (double)scales[r] * x[r * stride + i];
                good &= check_near(y[i], sum, 1e-5, 0);
            }
            if (!check_release(&pool) || !good) return check_fail(message, size, "add_scaled_rows, %d rows of n %d", (int)rows, (int)n);
        }
    }
    return true;
}

// [0, n) in one run equals [0, k) and [k, n) for k = 64, 128, 192.
static bool elementwise_split(const lathe_kernels *kernels, char *message, size_t size) {
    check_random random = {5};
    for (int64_t n = 190; n < 220; n++) {
        check_pool pool = {0};
        float *x = check_filled(&pool, &random, n, -6, 6), *dy = check_filled(&pool, &random, n, -6, 6);
        float *whole = check_floats(&pool, n), *parts = check_floats(&pool, n);
        for (int64_t k = 64; k <= 192; k += 64) {
            if (k > n) continue;
            for (int kind = 0; kind < LATHE_UNARY_COUNT; kind++) {
                kernels->unary((lathe_unary)kind, n, x, whole);
                kernels->unary((lathe_unary)kind, k, x, parts);
                kernels->unary((lathe_unary)kind, n - k, x + k, parts + k);
                bool same = check_first_difference(whole, parts, n) < 0;
                kernels->unary_backward((lathe_unary)kind, n, x, dy, whole);
                kernels->unary_backward((lathe_unary)kind, k, x, dy, parts);
                kernels->unary_backward((lathe_unary)kind, n - k, x + k, dy + k, parts + k);
                same &= check_first_difference(whole, parts, n) < 0;
                if (same) continue;
                check_release(&pool);
                return check_fail(message, size, "unary %d: a run of %d split at %d differs", kind, (int)n, (int)k);
            }
        }
        check_release(&pool);
    }
    return true;
}

const lathe_agreement vector_elementwise_checks[] = {
    {"unary: values, special values, in place", unary_all},
    {"unary_backward: central differences", unary_backward_all},
    {"unary_backward: infinities and NaN", unary_backward_ends},
    {"binary, compare, select", pairs_all},
    {"scale_add, affine, fill", linear_all},
    {"add_scaled_rows", scaled_rows_all},
    {"unary: split runs", elementwise_split},
};
const int vector_elementwise_check_count = sizeof vector_elementwise_checks / sizeof vector_elementwise_checks[0];
