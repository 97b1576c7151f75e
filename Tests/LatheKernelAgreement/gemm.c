// Matrix products against plain loops with double sums: shapes around the tiles, layouts, types, epilogues, threads.

#include "LatheKernelAgreement.h"

#include <math.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// ---- One product ----

/// What to multiply and how. Zero means the plain choice everywhere.
typedef struct product {
    lathe_compute compute;
    int64_t m, n, k;
    lathe_type a_type, b_type;
    bool a_transposed, b_transposed, packed;
    int64_t padding;  ///< extra elements between rows, everywhere
    bool zeros, scales;  ///< int8: zero points and scales
    float alpha;         ///< 0 means 1
    bool bias, preactivation, residual, residual_is_c, accumulate;
    lathe_activation activation;
    lathe_type c_type;
    bool nonfinite;  ///< puts infinities and a NaN into A and B
    bool extreme;    ///< int8: only the largest codes
} product;

/// A pointer to freshly allocated memory with a guard behind it.
typedef struct buffer {
    uint8_t *bytes;
    size_t size;
    void *base;
} buffer;

enum { GUARD = 64, GUARD_BYTE = 0xa5 };

static buffer make_buffer(size_t size) {
    buffer b = {.size = size, .base = malloc(size + GUARD + 64)};
    b.bytes = (uint8_t *)(((uintptr_t)b.base + 63) / 64 * 64);
    memset(b.bytes, GUARD_BYTE, size + GUARD);
    return b;
}

static bool guard_is_intact(const buffer *b) {
    for (size_t i = 0; i < GUARD; i++) {
        if (b->bytes[b->size + i] != GUARD_BYTE) { return false; }
    }
    return true;
}

static _Thread_local uint32_t random_state = 1;  // checks run side by side

static uint32_t random_word(void) {
    random_state = random_state * 1664525u + 1013904223u;
    return random_state >> 8;
}

static float random_float(void) {
    return (float)(random_word() % 20001) / 10000.0f - 1.0f;
}

static float from_bf16(uint16_t half) {
    const uint32_t bits = (uint32_t)half << 16;
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static uint16_t to_bf16(float value) {
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    if (value != value) { return (uint16_t)(bits >> 16 | 0x40); }
    return (uint16_t)((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
}

static float *random_floats(int64_t count) {
    float *values = malloc((size_t)(count + 1) * sizeof(float));
    for (int64_t i = 0; i < count; i++) { values[i] = random_float(); }
    return values;
}

static size_t type_size(lathe_type type) {
    return type == LATHE_F32 || type == LATHE_S32 ? 4 : type == LATHE_BF16 || type == LATHE_F16 ? 2 : 1;
}

/// Stores a [rows, cols] matrix of values with a row stride, transposed or not.
static buffer store(const lathe_kernels *kernels, const float *values, int64_t rows, int64_t cols, lathe_type type, int64_t stride, bool transposed) {
    const int64_t stored_rows = transposed ? cols : rows, stored_cols = transposed ? rows : cols;
    const int64_t count = stored_rows == 0 ? 0 : (stored_rows - 1) * stride + stored_cols;
    buffer b = make_buffer((size_t)count * type_size(type));
    for (int64_t r = 0; r < rows; r++) {
        for (int64_t c = 0; c < cols; c++) {
            const int64_t i = transposed ? c * stride + r : r * stride + c;
            const float v = values[r * cols + c];
            switch (type) {
                case LATHE_F32: ((float *)(void *)b.bytes)[i] = v; break;
                case LATHE_BF16: ((uint16_t *)(void *)b.bytes)[i] = to_bf16(v); break;
                case LATHE_F16: kernels->f32_to_f16(1, &v, (uint16_t *)(void *)b.bytes + i); break;
                case LATHE_U8: b.bytes[i] = (uint8_t)v; break;
                default: ((int8_t *)b.bytes)[i] = (int8_t)v; break;
            }
        }
    }
    return b;
}

/// The value that a 16-bit type keeps of `value`.
static float round_to(const lathe_kernels *kernels, lathe_type type, float value) {
    if (type == LATHE_BF16) { return from_bf16(to_bf16(value)); }
    uint16_t half;
    kernels->f32_to_f16(1, &value, &half);
    kernels->f16_to_f32(1, &half, &value);
    return value;
}

static double activate(lathe_activation activation, double v) {
    switch (activation) {
        case LATHE_ACTIVATION_NONE: return v;
        case LATHE_ACTIVATION_RELU: return v < 0 ? 0 : v;
        case LATHE_ACTIVATION_GELU_ERF: return 0.5 * v * (1 + erf(v * 0.7071067811865476));
        case LATHE_ACTIVATION_GELU_TANH: return 0.5 * v * (1 + tanh(0.7978845608028654 * (v + 0.044715 * v * v * v)));
        case LATHE_ACTIVATION_SILU: return v / (1 + exp(-v));
        case LATHE_ACTIVATION_TANH: return tanh(v);
    }
    return NAN;
}

static bool fail(char *message, size_t size, const product *p, const char *format, ...) __attribute__((format(printf, 4, 5)));

static bool fail(char *message, size_t size, const product *p, const char *format, ...) {
    static const char *const computes[] = {"f32", "bf16", "int8"};
    const int used = snprintf(message, size, "gemm %s m %lld n %lld k %lld (a type %d%s, b type %d%s%s, padding %lld, activation %d, c type %d): ",
                              computes[p->compute], (long long)p->m, (long long)p->n, (long long)p->k, p->a_type, p->a_transposed ? " transposed" : "",
                              p->b_type, p->b_transposed ? " transposed" : "", p->packed ? " packed" : "", (long long)p->padding, p->activation,
                              p->c_type);
    va_list arguments;
    va_start(arguments, format);
    if (used > 0 && (size_t)used < size) { vsnprintf(message + used, size - (size_t)used, format, arguments); }
    va_end(arguments);
    return false;
}

/// Whether `got` may stand for `want`, given how far rounding can move it.
static bool close_enough(double got, double want, double tolerance) {
    if (isnan(want)) { return isnan(got); }
    if (isinf(want)) { return got == want; }
    return fabs(got - want) <= tolerance;
}

static double read_c(const uint8_t *c, lathe_type type, int64_t i) {
    return type == LATHE_F32 ? ((const float *)(const void *)c)[i] : type == LATHE_BF16 ? from_bf16(((const uint16_t *)(const void *)c)[i]) : c[i];
}

/// Runs the product in parallel and serially, on buffers with guards, and compares both with plain loops.
static bool check_product(const lathe_kernels *kernels, const product *p, char *message, size_t message_size) {
    const int64_t m = p->m, n = p->n, k = p->k;
    const bool integer = p->compute == LATHE_COMPUTE_INT8;
    const lathe_type a_type = integer ? LATHE_U8 : p->a_type, b_type = integer ? LATHE_S8 : p->b_type;

    // Values, as they count after rounding to the compute type.
    float *a = random_floats(m * k), *b = random_floats(k * n);
    for (int64_t i = 0; i < m * k; i++) {
        if (integer) { a[i] = p->extreme ? 255 : (float)(random_word() % 256); }
    }
    for (int64_t i = 0; i < k * n; i++) {
        if (integer) { b[i] = p->extreme ? (i % 3 == 0 ? 127 : -128) : (float)(random_word() % 256) - 128; }
    }
    if (p->nonfinite && m > 2 && n > 2 && k > 2) { a[1 * k + 2] = INFINITY, a[2 * k + 1] = NAN, b[1 * n + 2] = -INFINITY, b[0] = 0, a[0] = 0; }
    const int64_t a_stride = (p->a_transposed ? m : k) + p->padding, b_stride = (p->b_transposed ? k : n) + p->padding;
    buffer a_stored = store(kernels, a, m, k, a_type, a_stride, p->a_transposed), b_stored = store(kernels, b, k, n, b_type, b_stride, p->b_transposed);
    if (p->compute == LATHE_COMPUTE_F32 && b_type != LATHE_F32) {
        for (int64_t i = 0; i < k * n; i++) { b[i] = round_to(kernels, b_type, b[i]); }
    }
    if (p->compute == LATHE_COMPUTE_BF16) {
        for (int64_t i = 0; i < m * k; i++) { a[i] = from_bf16(to_bf16(a[i])); }
        for (int64_t i = 0; i < k * n; i++) { b[i] = from_bf16(to_bf16(b[i])); }
    }

    float *a_scale = random_floats(m), *b_scale = random_floats(n), *bias = random_floats(n);
    int32_t *a_zero = malloc((size_t)(m + 1) * sizeof(int32_t));
    for (int64_t r = 0; r < m; r++) { a_zero[r] = (int32_t)(random_word() % 256), a_scale[r] = 0.01f + fabsf(a_scale[r]) * 0.01f; }
    const int64_t c_stride = n + p->padding, c_count = m == 0 ? 0 : (m - 1) * c_stride + n;
    float *residual = random_floats(c_count), *before = random_floats(c_count);
    const size_t c_size = (size_t)c_count * type_size(p->c_type);
    buffer c[2] = {make_buffer(c_size), make_buffer(c_size)};
    buffer preactivation = make_buffer((size_t)c_count * sizeof(float));
    for (int which = 0; which < 2; which++) {
        if (p->c_type == LATHE_F32 && (p->accumulate || p->residual_is_c)) { memcpy(c[which].bytes, before, c_size); }
    }

    lathe_gemm_args args = {
        .kernels = kernels, .compute = p->compute, .m = m, .n = n, .k = k,
        .a = a_stored.bytes, .a_type = a_type, .a_stride = a_stride, .a_transposed = p->a_transposed,
        .b = b_stored.bytes, .b_type = b_type, .b_stride = b_stride, .b_transposed = p->b_transposed,
        .alpha = p->alpha == 0 ? 1 : p->alpha, .activation = p->activation,
        .c_type = p->c_type, .c_stride = c_stride, .accumulate = p->accumulate, .c_scale = 0.05f, .c_zero = 117,
    };
    if (p->zeros) { args.a_zero = a_zero; }
    if (p->scales) { args.a_scale = a_scale, args.b_scale = b_scale; }
    if (p->bias) { args.bias = bias; }
    if (p->preactivation) { args.preactivation = (float *)(void *)preactivation.bytes, args.preactivation_stride = c_stride; }
    if (p->residual) { args.residual = residual, args.residual_stride = c_stride; }

    buffer packed = make_buffer(p->packed ? lathe_gemm_packed_size(kernels, p->compute, k, n) : 0);
    bool good = true;
    if (p->packed) {
        const lathe_status status = lathe_gemm_pack(kernels, p->compute, k, n, b_stored.bytes, b_type, b_stride, p->b_transposed, packed.bytes);
        if (status != LATHE_OK) { good = fail(message, message_size, p, "packing gives status %d", status); }
        if (!guard_is_intact(&packed)) { good = fail(message, message_size, p, "packing writes beyond its end"); }
        args.b_packed = packed.bytes, args.b = NULL;
    }
    const size_t workspace_size = lathe_gemm_workspace(&args);
    buffer workspace = make_buffer(workspace_size);
    for (int which = 0; which < 2 && good; which++) {
        args.c = c[which].bytes;
        if (p->residual_is_c) { args.residual = args.c, args.residual_stride = c_stride; }
        const lathe_status status = (which == 0 ? lathe_gemm : lathe_gemm_serial)(&args, workspace.bytes, workspace_size);
        if (status != LATHE_OK) { good = fail(message, message_size, p, "status %d", status); }
        if (!guard_is_intact(&c[which]) || !guard_is_intact(&workspace)) { good = fail(message, message_size, p, "writes beyond the end"); }
    }
    if (good && memcmp(c[0].bytes, c[1].bytes, c_size) != 0) { good = fail(message, message_size, p, "parallel and serial results differ"); }

    for (int64_t r = 0; r < m && good; r++) {
        for (int64_t j = 0; j < n && good; j++) {
            double sum = 0, magnitude = 0;
            for (int64_t i = 0; i < k; i++) {
                const double x = integer && p->zeros ? a[r * k + i] - a_zero[r] : a[r * k + i], term = x * b[i * n + j];
                sum += term, magnitude += fabs(term);
            }
            // Sums of f32 round at every step; those of s32 are exact until they become f32.
            const double unit = 1.0 / (1 << 23), scale = fabs((double)args.alpha) * (p->scales ? fabs((double)a_scale[r] * b_scale[j]) : 1);
            double tolerance = integer ? fabs(sum) * scale * 4 * unit : magnitude * scale * unit * (2 + sqrt((double)k));
            double v = sum * args.alpha * (p->scales ? (double)a_scale[r] * b_scale[j] : 1);
            if (integer && !p->scales && !p->bias && args.alpha == 1 && p->c_type == LATHE_F32) { v = (float)v, tolerance = 0; }
            if (p->bias) { v += bias[j], tolerance += 4 * unit * fabs(v); }
            if (p->preactivation) {
                const double got = ((const float *)(const void *)preactivation.bytes)[r * c_stride + j];
                if (!close_enough(got, v, tolerance)) {
                    good = fail(message, message_size, p, "preactivation [%lld, %lld]: expected %.9g, got %.9g", (long long)r, (long long)j, v, got);
                }
            }
            if (p->activation != LATHE_ACTIVATION_NONE) {
                v = activate(p->activation, v);
                tolerance = 1.2 * tolerance + 16 * unit * (1 + fabs(v));
            }
            const double beside = p->residual ? residual[r * c_stride + j] : p->residual_is_c || p->accumulate ? before[r * c_stride + j] : 0;
            if (beside != 0) { v += beside, tolerance += 4 * unit * (fabs(v) + fabs(beside)); }
            if (p->c_type == LATHE_BF16) { tolerance += fabs(v) / 256; }
            if (p->c_type == LATHE_U8) {
                v = v / args.c_scale + args.c_zero;
                v = v < 0 ? 0 : v > 255 ? 255 : v;
                tolerance = 0.5 + tolerance / args.c_scale + 256 * unit;
            }
            const double got = read_c(c[0].bytes, p->c_type, r * c_stride + j);
            if (!close_enough(got, v, tolerance)) {
                good = fail(message, message_size, p, "[%lld, %lld]: expected %.9g, got %.9g", (long long)r, (long long)j, v, got);
            }
        }
        // What lies between the rows of C stays as it was.
        if (good && r + 1 < m && p->c_type == LATHE_U8) {
            for (int64_t j = n; j < c_stride; j++) {
                if (c[0].bytes[r * c_stride + j] != GUARD_BYTE) { good = fail(message, message_size, p, "writes between rows"); }
            }
        }
    }

    free(a), free(b), free(a_scale), free(b_scale), free(bias), free(a_zero), free(residual), free(before);
    free(a_stored.base), free(b_stored.base), free(c[0].base), free(c[1].base), free(preactivation.base), free(packed.base), free(workspace.base);
    return good;
}

// ---- The register tiles alone ----

/// Every height and width of a tile: values, and that nothing beyond them is written.
static bool check_tile(const lathe_kernels *kernels, lathe_compute compute, char *message, size_t message_size) {
    const lathe_gemm_tile *tile = &kernels->gemm[compute];
    const int64_t stride = tile->columns + 5, ks[] = {0, 1, 2, 3, 5};
    for (int rows = 1; rows <= tile->rows; rows++) {
        for (int columns = 1; columns <= tile->columns; columns++) {
            for (int which = 0; which < 10; which++) {
                const bool accumulate = which % 2 != 0;
                const int64_t k = ks[which / 2] * tile->depth, a_stride = k + 4;
                const product p = {.compute = compute, .m = rows, .n = columns, .k = k};
                float a[32 * 32], panel[32 * 128];
                uint8_t a_codes[32 * 32 * 4] = {0}, panel_codes[32 * 128 * 4];
                const int64_t panel_count = k * tile->columns;
                if (rows * a_stride > 32 * 32 || rows * stride > 32 * 128 || panel_count > 32 * 128) { return fail(message, message_size, &p, "a tile too large for this check"); }
                for (int64_t i = 0; i < rows * a_stride; i++) {
                    a[i] = compute == LATHE_COMPUTE_INT8 ? (float)(random_word() % 256) : from_bf16(to_bf16(random_float()));
                    if (compute == LATHE_COMPUTE_F32) { memcpy(a_codes + 4 * i, &a[i], 4); }
                    if (compute == LATHE_COMPUTE_BF16) { const uint16_t h = to_bf16(a[i]); memcpy(a_codes + 2 * i, &h, 2); }
                    if (compute == LATHE_COMPUTE_INT8) { a_codes[i] = (uint8_t)a[i]; }
                }
                for (int64_t i = 0; i < panel_count; i++) {
                    panel[i] = compute == LATHE_COMPUTE_INT8 ? (float)(random_word() % 256) - 128 : from_bf16(to_bf16(random_float()));
                    if (compute == LATHE_COMPUTE_F32) { memcpy(panel_codes + 4 * i, &panel[i], 4); }
                    if (compute == LATHE_COMPUTE_BF16) { const uint16_t h = to_bf16(panel[i]); memcpy(panel_codes + 2 * i, &h, 2); }
                    if (compute == LATHE_COMPUTE_INT8) { panel_codes[i] = (uint8_t)(int8_t)panel[i]; }
                }
                int32_t acc[32 * 128];
                const float before = 3;
                for (int64_t i = 0; i < rows * stride; i++) {
                    if (compute == LATHE_COMPUTE_INT8) { acc[i] = 3; } else { memcpy(&acc[i], &before, sizeof before); }
                }
                tile->kernel(rows, columns, k, a_codes, a_stride, panel_codes, acc, stride, accumulate, accumulate ? panel_codes : NULL);
                for (int r = 0; r < rows; r++) {
                    for (int c = 0; c < stride; c++) {
                        double want = accumulate || c >= columns ? 3 : 0;
                        for (int64_t kk = 0; kk < k && c < columns; kk++) {
                            want += (double)a[r * a_stride + kk] * panel[(kk / tile->depth * tile->columns + c) * tile->depth + kk % tile->depth];
                        }
                        float value;
                        memcpy(&value, &acc[r * stride + c], sizeof value);
                        const double got = compute == LATHE_COMPUTE_INT8 ? acc[r * stride + c] : value;
                        if (fabs(got - want) > (compute == LATHE_COMPUTE_INT8 ? 0 : 1e-5)) {
                            return fail(message, message_size, &p, "tile [%d, %d], accumulate %d: expected %.9g, got %.9g", r, c, accumulate, want, got);
                        }
                    }
                }
            }
        }
    }
    return true;
}

static bool tiles(const lathe_kernels *kernels, char *message, size_t message_size) {
    return check_tile(kernels, LATHE_COMPUTE_F32, message, message_size) && check_tile(kernels, LATHE_COMPUTE_BF16, message, message_size) &&
           check_tile(kernels, LATHE_COMPUTE_INT8, message, message_size);
}

// ---- Families of products ----

/// Sizes below, at and above the tile, and sizes 0 and 1.
static bool check_shapes(const lathe_kernels *kernels, lathe_compute compute, char *message, size_t message_size) {
    const lathe_gemm_tile *tile = &kernels->gemm[compute];
    const int64_t ms[] = {0, 1, 2, tile->rows, tile->rows + 1, 2 * tile->rows + 1}, ns[] = {0, 1, tile->columns - 1, tile->columns, tile->columns + 3};
    const int64_t ks[] = {0, 1, 2, 3, 4, 31, 67};
    int turn = 0;
    for (int i = 0; i < 6; i++) {
        for (int j = 0; j < 5; j++) {
            for (int l = 0; l < 7; l++, turn++) {
                product p = {.compute = compute, .m = ms[i], .n = ns[j], .k = ks[l], .padding = turn % 3};
                // Each shape takes the next layout, so that every layout meets many shapes.
                p.b_transposed = turn & 1, p.packed = turn & 2, p.a_transposed = compute != LATHE_COMPUTE_INT8 && (turn & 4);
                if (compute == LATHE_COMPUTE_BF16) { p.a_type = turn & 8 ? LATHE_BF16 : LATHE_F32, p.b_type = turn & 16 ? LATHE_BF16 : LATHE_F32; }
                if (!check_product(kernels, &p, message, message_size)) { return false; }
            }
        }
    }
    return true;
}

/// Every layout and type at one awkward shape, and at one with several row blocks and blocks of k.
static bool check_layouts(const lathe_kernels *kernels, lathe_compute compute, char *message, size_t message_size) {
    for (int bits = 0; bits < 32; bits++) {
        const bool int8 = compute == LATHE_COMPUTE_INT8, bf16 = compute == LATHE_COMPUTE_BF16;
        product p = {.compute = compute, .m = 37, .n = 101, .k = 83, .padding = 3, .b_transposed = bits & 1, .packed = bits & 2, .a_transposed = bits & 4};
        p.a_type = bits & 8 ? LATHE_BF16 : LATHE_F32, p.b_type = bits & 16 ? LATHE_BF16 : LATHE_F32;
        if ((int8 && bits >= 4) || (!bf16 && bits >= 8)) { break; }
        if (!check_product(kernels, &p, message, message_size)) { return false; }
    }
    const product large = {.compute = compute, .m = 149, .n = 70, .k = 1543, .b_transposed = true};
    const product deep = {.compute = compute, .m = 17, .n = 33, .k = compute == LATHE_COMPUTE_INT8 ? 9001 : 4099, .padding = 1, .packed = true};
    return check_product(kernels, &large, message, message_size) && check_product(kernels, &deep, message, message_size);
}

/// B of every float type read where it is, and 16 bits refused where B goes into panels.
static bool check_few_rows(const lathe_kernels *kernels, char *message, size_t message_size) {
    const lathe_type types[] = {LATHE_F32, LATHE_BF16, LATHE_F16};
    const int64_t ks[] = {0, 1, 7, 1024, 1025, 2500}, ns[] = {1, 127, 128, 130};
    for (int type = 0; type < 3; type++) {
        for (int64_t m = 1; m <= lathe_gemm_few_rows_limit; m++) {
            for (int bits = 0; bits < 48; bits++) {
                const product p = {.compute = LATHE_COMPUTE_F32, .m = m, .n = ns[bits / 2 % 4], .k = ks[bits / 8], .b_type = types[type],
                                   .b_transposed = bits & 1, .padding = bits % 3, .bias = bits & 2};
                if (!check_product(kernels, &p, message, message_size)) { return false; }
            }
        }
        float a[5 * 8] = {0}, b[8 * 8] = {0}, c[5 * 8];
        const product p = {.compute = LATHE_COMPUTE_F32, .m = lathe_gemm_few_rows_limit + 1, .n = 8, .k = 8, .b_type = types[type]};
        const lathe_gemm_args args = {.kernels = kernels, .compute = p.compute, .m = p.m, .n = 8, .k = 8, .a = a, .a_stride = 8,
                                      .b = b, .b_type = p.b_type, .b_stride = 8, .alpha = 1, .c = c, .c_stride = 8};
        const size_t size = lathe_gemm_workspace(&args);
        buffer workspace = make_buffer(size);
        const lathe_status status = lathe_gemm(&args, workspace.bytes, size);
        free(workspace.base);
        if (status != (type == 0 ? LATHE_OK : LATHE_UNSUPPORTED)) { return fail(message, message_size, &p, "status %d", status); }
    }
    return true;
}

static bool f32(const lathe_kernels *kernels, char *message, size_t message_size) {
    return check_few_rows(kernels, message, message_size) && check_shapes(kernels, LATHE_COMPUTE_F32, message, message_size) && check_layouts(kernels, LATHE_COMPUTE_F32, message, message_size);
}

static bool bf16(const lathe_kernels *kernels, char *message, size_t message_size) {
    return check_shapes(kernels, LATHE_COMPUTE_BF16, message, message_size) && check_layouts(kernels, LATHE_COMPUTE_BF16, message, message_size);
}

static bool int8(const lathe_kernels *kernels, char *message, size_t message_size) {
    const product extreme = {.compute = LATHE_COMPUTE_INT8, .m = 13, .n = 67, .k = 3001, .extreme = true};
    const product zeros = {.compute = LATHE_COMPUTE_INT8, .m = 29, .n = 131, .k = 517, .zeros = true, .packed = true};
    return check_shapes(kernels, LATHE_COMPUTE_INT8, message, message_size) && check_layouts(kernels, LATHE_COMPUTE_INT8, message, message_size) &&
           check_product(kernels, &extreme, message, message_size) && check_product(kernels, &zeros, message, message_size);
}

static bool epilogues(const lathe_kernels *kernels, char *message, size_t message_size) {
    for (int compute = 0; compute < 3; compute++) {
        const lathe_type types[] = {LATHE_F32, LATHE_BF16, LATHE_U8};
        for (int type = 0; type < 3; type++) {
            for (int activation = LATHE_ACTIVATION_NONE; activation <= LATHE_ACTIVATION_TANH; activation++) {
                for (int bits = 0; bits < 8; bits++) {
                    product p = {.compute = (lathe_compute)compute, .m = 11, .n = 69, .k = 21, .padding = bits & 3, .packed = bits & 1};
                    p.c_type = types[type], p.activation = (lathe_activation)activation;
                    p.bias = bits & 1, p.preactivation = bits & 2, p.residual = bits & 4, p.alpha = bits & 4 ? 0.375f : 1;
                    p.zeros = bits & 1, p.scales = compute == LATHE_COMPUTE_INT8;
                    if (!check_product(kernels, &p, message, message_size)) { return false; }
                }
            }
        }
        // In place, with one block of k and with several.
        for (int bits = 0; bits < 16; bits++) {
            product p = {.compute = (lathe_compute)compute, .m = 13, .n = 66, .k = bits & 1 ? 2801 : 60, .padding = 2};
            p.scales = compute == LATHE_COMPUTE_INT8, p.accumulate = bits & 2, p.residual_is_c = !p.accumulate, p.bias = bits & 4, p.alpha = bits & 8 ? 0.5f : 1;
            if (!check_product(kernels, &p, message, message_size)) { return false; }
        }
    }
    return true;
}

/// Infinities and NaN go where plain loops put them; padding makes none.
static bool nonfinite(const lathe_kernels *kernels, char *message, size_t message_size) {
    for (int bits = 0; bits < 16; bits++) {
        const product p = {.compute = bits & 1 ? LATHE_COMPUTE_BF16 : LATHE_COMPUTE_F32, .m = 14, .n = 19, .k = 7, .nonfinite = true,
                           .a_transposed = bits & 2, .b_transposed = bits & 4, .packed = bits & 8};
        if (!check_product(kernels, &p, message, message_size)) { return false; }
    }
    return true;
}

/// The same bits on 1, 2, 3 and 7 threads (check_product compares each with the serial result, too).
static bool threads(const lathe_kernels *kernels, char *message, size_t message_size) {
    const int count = lathe_thread_count();
    bool good = true;
    for (int compute = 0; compute < 3 && good; compute++) {
        const product shapes[] = {
            {.compute = (lathe_compute)compute, .m = 1, .n = 1100, .k = 500},
            {.compute = (lathe_compute)compute, .m = 401, .n = 30, .k = 90, .bias = true, .activation = LATHE_ACTIVATION_GELU_TANH},
            {.compute = (lathe_compute)compute, .m = 31, .n = 270, .k = 130, .b_transposed = true},
        };
        const int counts[] = {1, 2, 3, 7};
        for (int s = 0; s < 3; s++) {
            for (int c = 0; c < 4 && good; c++) {
                lathe_set_thread_count(counts[c]);
                good = check_product(kernels, &shapes[s], message, message_size);
            }
        }
    }
    lathe_set_thread_count(count);
    return good;
}

// Tiles that this CPU passes over for better ones still have to be right.
#if defined(__x86_64__)
extern const lathe_gemm_tile lathe_gemm_bf16_avx512, lathe_gemm_int8_avx512;
#elif defined(__aarch64__)
extern const lathe_gemm_tile lathe_gemm_bf16_neon, lathe_gemm_int8_neon, lathe_gemm_int8_neon_dotprod;
#endif

static bool check_with(const lathe_kernels *kernels, lathe_compute compute, const lathe_gemm_tile *tile, char *message, size_t message_size) {
    lathe_kernels lesser = *kernels;
    lesser.gemm[compute] = *tile;
    return check_tile(&lesser, compute, message, message_size) && check_shapes(&lesser, compute, message, message_size);
}

static bool lesser_tiles(const lathe_kernels *kernels, char *message, size_t message_size) {
#if defined(__x86_64__)
    if (kernels->isa == LATHE_ISA_AVX512) {
        return check_with(kernels, LATHE_COMPUTE_BF16, &lathe_gemm_bf16_avx512, message, message_size) &&
               check_with(kernels, LATHE_COMPUTE_INT8, &lathe_gemm_int8_avx512, message, message_size);
    }
#elif defined(__aarch64__)
    if (kernels->isa == LATHE_ISA_NEON) {
        const bool dotprod = (lathe_cpu_features() & LATHE_FEATURE_DOTPROD) != 0;
        return check_with(kernels, LATHE_COMPUTE_BF16, &lathe_gemm_bf16_neon, message, message_size) &&
               check_with(kernels, LATHE_COMPUTE_INT8, &lathe_gemm_int8_neon, message, message_size) &&
               (!dotprod || check_with(kernels, LATHE_COMPUTE_INT8, &lathe_gemm_int8_neon_dotprod, message, message_size));
    }
#endif
    (void)kernels, (void)message, (void)message_size, (void)check_with;
    return true;  // the other variants have one tile of each type
}

/// What has no meaning gets a status, and C stays as it was.
static bool refusals(const lathe_kernels *kernels, char *message, size_t message_size) {
    float a[64] = {0}, b[64] = {0}, c[64] = {0};
    _Alignas(64) uint8_t workspace[1 << 16];
    const lathe_gemm_args plain = {.kernels = kernels, .m = 6, .n = 3, .k = 4, .a = a, .a_stride = 4, .b = b, .b_stride = 3, .alpha = 1, .c = c, .c_stride = 3};
    lathe_gemm_args negative = plain, no_a = plain, short_rows = plain, wrong_type = plain, codes = plain, added = plain;
    negative.m = -1, no_a.a = NULL, short_rows.a_stride = 3, wrong_type.a_type = LATHE_F16, codes.compute = LATHE_COMPUTE_INT8;
    added.accumulate = true, added.activation = LATHE_ACTIVATION_RELU;
    const struct {
        const lathe_gemm_args *args;
        size_t workspace_size;
        lathe_status want;
    } cases[] = {
        {&plain, sizeof workspace, LATHE_OK},
        {&plain, 0, LATHE_WORKSPACE_TOO_SMALL},
        {&negative, sizeof workspace, LATHE_INVALID_ARGUMENT},
        {&no_a, sizeof workspace, LATHE_INVALID_ARGUMENT},
        {&short_rows, sizeof workspace, LATHE_INVALID_ARGUMENT},
        {&added, sizeof workspace, LATHE_INVALID_ARGUMENT},
        {&wrong_type, sizeof workspace, LATHE_UNSUPPORTED},
        {&codes, sizeof workspace, LATHE_UNSUPPORTED},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const lathe_status got = lathe_gemm(cases[i].args, workspace, cases[i].workspace_size);
        if (got != cases[i].want) {
            snprintf(message, message_size, "gemm refusals, case %zu: expected status %d, got %d", i, cases[i].want, got);
            return false;
        }
    }
    return true;
}

const lathe_agreement *lathe_gemm_agreements(int *count) {
    static const lathe_agreement all[] = {
        {"gemm tiles", tiles},         {"gemm f32", f32},         {"gemm bf16", bf16},       {"gemm int8", int8},
        {"gemm epilogues", epilogues}, {"gemm nonfinite", nonfinite}, {"gemm threads", threads}, {"gemm refusals", refusals},
        {"gemm lesser tiles", lesser_tiles},
    };
    *count = sizeof all / sizeof all[0];
    return all;
}
