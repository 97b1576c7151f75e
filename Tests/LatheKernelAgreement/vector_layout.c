#include "vector_check.h"
#include "vector_families.h"

// Embedding rows, transposition, parameter updates.

static bool embedding_all(const lathe_kernels *kernels, char *message, size_t size) {
    check_random random = {51};
    for (int s = 0; s < check_size_count; s++) {
        int64_t width = check_sizes[s], count = 12, vocabulary = 5, table_stride = width + 3, dy_stride = width + 1;
        check_pool pool = {0};
        float *table = check_filled(&pool, &random, vocabulary * width, -1, 1), *y = check_floats(&pool, count * width);
        float *dy = check_filled(&pool, &random, count * dy_stride, -1, 1);
        float *sums = check_filled(&pool, &random, vocabulary * table_stride, -1, 1), *plain = check_floats(&pool, vocabulary * table_stride);
        int32_t *ids = check_take(&pool, count, 4);
        for (int64_t r = 0; r < count; r++) ids[r] = (int32_t)(check_next(&random) % 5);
        memcpy(plain, sums, (size_t)(vocabulary * table_stride) * sizeof(float));
        kernels->gather_rows(count, width, ids, table, y);
        kernels->scatter_add_rows(count, width, ids, dy, dy_stride, sums, table_stride);
        bool good = true;
        for (int64_t r = 0; r < count; r++)
            for (int64_t i = 0; i < width; i++) {
                good &= y[r * width + i] == table[ids[r] * width + i];
                plain[ids[r] * table_stride + i] += dy[r * dy_stride + i];
            }
        good &= check_first_difference(plain, sums, vocabulary * table_stride) < 0;
        if (!check_release(&pool) || !good) return check_fail(message, size, "gather_rows or scatter_add_rows, width %d", (int)width);
    }
    return true;
}

static bool transpose_all(const lathe_kernels *kernels, char *message, size_t size) {
    check_random random = {52};
    static const int64_t sides[] = {0, 1, 2, 3, 4, 5, 7, 8, 15, 16, 17, 31, 33, 64, 67};
    for (int a = 0; a < 15; a++)
        for (int b = 0; b < 15; b++) {
            int64_t rows = sides[a], cols = sides[b], x_stride = cols + a % 3, y_stride = rows + b % 3;
            check_pool pool = {0};
            float *x = check_filled(&pool, &random, rows * x_stride, -1, 1), *y = check_filled(&pool, &random, cols * y_stride, 7, 8);
            float *before = check_floats(&pool, cols * y_stride);
            memcpy(before, y, (size_t)(cols * y_stride) * sizeof(float));
            kernels->transpose(rows, cols, x, x_stride, y, y_stride);
            bool good = true;
            for (int64_t c = 0; c < cols; c++)
                for (int64_t r = 0; r < y_stride; r++) good &= y[c * y_stride + r] == (r < rows ? x[r * x_stride + c] : before[c * y_stride + r]);
            if (!check_release(&pool) || !good) return check_fail(message, size, "transpose %d x %d", (int)rows, (int)cols);
        }
    return true;
}

// ---- Optimizers ----

static bool adam_one(const lathe_kernels *kernels, int64_t n, bool decoupled, check_random *random, char *message, size_t size) {
    check_pool pool = {0};
    float *p = check_filled(&pool, random, n, -1, 1), *m = check_filled(&pool, random, n, -0.1f, 0.1f), *v = check_filled(&pool, random, n, 0, 0.01f);
    float *g = check_filled(&pool, random, n, -1, 1), *p0 = check_floats(&pool, n), *m0 = check_floats(&pool, n), *v0 = check_floats(&pool, n);
    for (int64_t i = 0; i < n; i += 7) g[i] = m[i] = v[i] = 0;
    memcpy(p0, p, (size_t)n * 4), memcpy(m0, m, (size_t)n * 4), memcpy(v0, v, (size_t)n * 4);
    const double scale = 0.5, rate = 0.01, b1 = (double)0.9f, b2 = (double)0.999f, decay = (double)0.1f, c1 = (double)0.271f, c2 = (double)0.003f;
    kernels->adam(n, p, m, v, g, 0.5f, 0.01f, 0.9f, 0.999f, 1e-8f, 0.1f, decoupled, 0.271f, 0.003f);
    bool good = true;
    for (int64_t i = 0; i < n && good; i++) {
        double gradient = scale * (double)g[i], parameter = (double)p0[i];
        if (decoupled) parameter *= 1 - rate * decay;
        else gradient += decay * parameter;
        double first = b1 * (double)m0[i] + (1 - b1) * gradient, second = b2 * (double)v0[i] + (1 - b2) * gradient * gradient;
        parameter -= rate / c1 * first / (sqrt(second / c2) + 1e-8);
        good = check_near(p[i], parameter, 1e-6, 1e-6) && check_near(m[i], first, 1e-7, 1e-6) && check_near(v[i], second, 1e-9, 1e-6);
        if (!good) check_fail(message, size, "adam n %d at %d: expected %.9g, got %.9g", (int)n, (int)i, parameter, (double)p[i]);
    }
    // Two runs of 64 and the rest give what one run gives.
    if (good && n > 64) {
        kernels->adam(64, p0, m0, v0, g, 0.5f, 0.01f, 0.9f, 0.999f, 1e-8f, 0.1f, decoupled, 0.271f, 0.003f);
        kernels->adam(n - 64, p0 + 64, m0 + 64, v0 + 64, g + 64, 0.5f, 0.01f, 0.9f, 0.999f, 1e-8f, 0.1f, decoupled, 0.271f, 0.003f);
        good = check_same_bits(p, p0, n, 4) && check_same_bits(m, m0, n, 4) && check_same_bits(v, v0, n, 4);
        if (!good) check_fail(message, size, "adam n %d: a split run differs", (int)n);
    }
    if (!check_release(&pool) && good) return check_fail(message, size, "adam wrote behind an array, n %d", (int)n);
    return good;
}

static bool sgd_one(const lathe_kernels *kernels, int64_t n, int options, check_random *random, char *message, size_t size) {
    check_pool pool = {0};
    bool nesterov = options & 1, with_velocity = options < 2;
    float *p = check_filled(&pool, random, n, -1, 1), *velocity = check_filled(&pool, random, n, -1, 1), *g = check_filled(&pool, random, n, -1, 1);
    float *p0 = check_floats(&pool, n), *velocity0 = check_floats(&pool, n);
    memcpy(p0, p, (size_t)n * 4), memcpy(velocity0, velocity, (size_t)n * 4);
    double momentum = with_velocity ? (double)0.9f : 0;
    kernels->sgd(n, p, with_velocity ? velocity : NULL, g, 0.5f, 0.01f, (float)momentum, 0.1f, nesterov);
    bool good = true;
    for (int64_t i = 0; i < n && good; i++) {
        double gradient = 0.5 * (double)g[i] + (double)0.1f * (double)p0[i], speed = momentum * (double)velocity0[i] + gradient;
        double expected = (double)p0[i] - (double)0.01f * (nesterov ? gradient + momentum * speed : speed);
        good = check_near(p[i], expected, 1e-7, 1e-6) && check_near(velocity[i], with_velocity ? speed : (double)velocity0[i], 1e-6, 1e-6);
        if (!good) check_fail(message, size, "sgd options %d n %d at %d: expected %.9g, got %.9g", options, (int)n, (int)i, expected, (double)p[i]);
    }
    if (!check_release(&pool) && good) return check_fail(message, size, "sgd wrote behind an array, n %d", (int)n);
    return good;
}

static bool optimizers_all(const lathe_kernels *kernels, char *message, size_t size) {
    check_random random = {53};
    for (int s = 0; s < check_size_count; s++) {
        for (int decoupled = 0; decoupled < 2; decoupled++)
            if (!adam_one(kernels, check_sizes[s], decoupled, &random, message, size)) return false;
        for (int options = 0; options < 4; options++)
            if (!sgd_one(kernels, check_sizes[s], options, &random, message, size)) return false;
    }
    return true;
}

const lathe_agreement vector_layout_checks[] = {
    {"gather_rows, scatter_add_rows", embedding_all},
    {"transpose", transpose_all},
    {"adam, sgd", optimizers_all},
};
const int vector_layout_check_count = sizeof vector_layout_checks / sizeof vector_layout_checks[0];
