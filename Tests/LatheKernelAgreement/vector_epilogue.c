#include "vector_check.h"
#include "vector_families.h"

// Every combination of the epilogue's options against the formula in double.

typedef struct epilogue_case {
    lathe_gemm_epilogue block;
    const float *before;  // C before the call
    const void *sums;     // the sums before the call, which may share C's memory
} epilogue_case;

static double epilogue_value(const epilogue_case *given, int64_t r, int64_t c, double *kept) {
    const lathe_gemm_epilogue *e = &given->block;
    int64_t at = r * e->sums_stride + c;
    double v;
    if (e->integer) {
        int32_t sum = ((const int32_t *)given->sums)[at];
        if (e->a_zero) sum -= e->a_zero[r] * e->b_sums[c];
        v = (double)e->alpha * (e->a_scale ? e->a_scale[r] : 1) * (e->b_scale ? e->b_scale[c] : 1) * sum;
    } else {
        v = (double)e->alpha * ((const float *)given->sums)[at];
    }
    if (e->bias) v += e->bias[c];
    *kept = v;
    v = check_activation(e->activation, v);
    if (e->residual) v += e->residual[r * e->residual_stride + c];
    return v;
}

static bool epilogue_one(const lathe_kernels *kernels, const epilogue_case *given, char *message, size_t size) {
    const lathe_gemm_epilogue *e = &given->block;
    kernels->gemm_epilogue(e);
    for (int64_t r = 0; r < e->rows; r++) {
        for (int64_t c = 0; c < e->cols; c++) {
            double kept, expected = epilogue_value(given, r, c, &kept), got = 0;
            bool good = true;
            int64_t at = r * e->c_stride + c;
            if (e->preactivation) good = check_near(e->preactivation[r * e->preactivation_stride + c], kept, 1e-5, 1e-6);
            if (e->c_type == LATHE_F32) {
                if (e->accumulate) expected += given->before[at];
                got = ((const float *)e->c)[at];
                good &= check_near((float)got, expected, 1e-5, 1e-6);
            } else if (e->c_type == LATHE_BF16) {
                uint32_t bits = (uint32_t)((const uint16_t *)e->c)[at] << 16;
                float value;
                memcpy(&value, &bits, sizeof value);
                got = value;
                good &= check_near(value, expected, 1e-5, 0x1.01p-8);
            } else {
                got = ((const uint8_t *)e->c)[at];
                double q = fmin(fmax(expected / e->c_scale + e->c_zero, 0), 255);
                good &= fabs(got - q) <= 0.5 + 1e-3;
            }
            if (!good)
                return check_fail(message, size, "gemm_epilogue %s cols %d type %d activation %d at (%d, %d): expected %.9g, got %.9g",
                                  e->integer ? "s32" : "f32", (int)e->cols, (int)e->c_type, (int)e->activation, (int)r, (int)c, expected, got);
        }
    }
    return true;
}

static bool epilogue_shape(const lathe_kernels *kernels, int64_t rows, int64_t cols, int options, lathe_activation activation, int kind,
                           check_random *random, char *message, size_t size) {
    check_pool pool = {0};
    int64_t stride = cols + 3;
    bool integer = kind >= 2;
    float *floats = check_filled(&pool, random, rows * stride, -4, 4);
    int32_t *integers = check_take(&pool, rows * stride, 4);
    int32_t *zeros = check_take(&pool, rows, 4), *column_sums = check_take(&pool, cols, 4);
    for (int64_t i = 0; i < rows * stride; i++) integers[i] = (int32_t)(check_next(random) % 4000) - 2000;
    for (int64_t i = 0; i < rows; i++) zeros[i] = (int32_t)(check_next(random) % 256);
    for (int64_t i = 0; i < cols; i++) column_sums[i] = (int32_t)(check_next(random) % 20) - 10;

    epilogue_case given = {.sums = integer ? (const void *)integers : floats};
    lathe_gemm_epilogue *e = &given.block;
    *e = (lathe_gemm_epilogue){.rows = rows, .cols = cols, .sums = given.sums, .integer = integer, .sums_stride = stride, .alpha = 1};
    if (kind == 1) e->alpha = 0.75f;
    if (integer) e->a_scale = check_filled(&pool, random, rows, 0.001f, 0.002f);
    if (kind >= 3) e->b_scale = check_filled(&pool, random, cols, 0.5f, 1.5f);
    if (kind == 4) e->a_zero = zeros, e->b_sums = column_sums;
    if (options & 1) e->bias = check_filled(&pool, random, cols, -1, 1);
    if (options & 2) e->preactivation = check_floats(&pool, rows * cols), e->preactivation_stride = cols;
    if (options & 4) e->residual = check_filled(&pool, random, rows * stride, -1, 1), e->residual_stride = stride;
    e->activation = activation;
    int out = options >> 3;  // f32, f32 in place, f32 accumulated, bf16, u8
    e->c_type = out == 3 ? LATHE_BF16 : out == 4 ? LATHE_U8 : LATHE_F32;
    e->c_stride = cols + 1;
    e->c_scale = 0.03f;
    e->c_zero = 77;
    e->accumulate = out == 2;
    float *before = check_filled(&pool, random, rows * e->c_stride, -1, 1);
    given.before = before;
    if (out == 1 && !integer) {
        float *copy = check_floats(&pool, rows * stride);
        memcpy(copy, floats, (size_t)(rows * stride) * sizeof(float));
        e->c = floats;
        e->c_stride = stride;
        given.sums = copy;
    } else {
        e->c = check_take(&pool, rows * e->c_stride, e->c_type == LATHE_F32 ? 4 : e->c_type == LATHE_BF16 ? 2 : 1);
        if (e->accumulate) memcpy(e->c, before, (size_t)(rows * e->c_stride) * sizeof(float));
    }
    bool good = epilogue_one(kernels, &given, message, size);
    return check_release(&pool) ? good : check_fail(message, size, "gemm_epilogue wrote behind an array, cols %d", (int)cols);
}

static bool epilogue_all(const lathe_kernels *kernels, char *message, size_t size) {
    static const int64_t widths[] = {0, 1, 13, 16, 37};
    check_random random = {7};
    for (int kind = 0; kind < 5; kind++)
        for (int activation = 0; activation <= LATHE_ACTIVATION_TANH; activation++)
            for (int options = 0; options < 40; options++) {
                if (options >> 3 == 2 && activation != LATHE_ACTIVATION_NONE) continue;  // accumulate takes no activation
                for (int w = 0; w < 5; w++)
                    if (!epilogue_shape(kernels, w == 1 ? 1 : 2, widths[w], options, (lathe_activation)activation, kind, &random, message, size))
                        return false;
            }
    return true;
}

// Codes at and beyond the ends of a byte, for infinities and NaN too; ties go to even.
static bool epilogue_codes(const lathe_kernels *kernels, char *message, size_t size) {
    const float sums[] = {0.5f, 1.5f, -0.5f, 2.5f, -200, 1e9f, -1e9f, 3e38f, -3e38f, INFINITY, -INFINITY, NAN, 117.4f, 117.5f, 118, -10.5f, -9.5f};
    const uint8_t expected[] = {10, 12, 10, 12, 0, 255, 0, 255, 0, 255, 0, 0, 127, 128, 128, 0, 0};
    uint8_t codes[17];
    lathe_gemm_epilogue e = {.rows = 1, .cols = 17, .sums = sums, .sums_stride = 17, .alpha = 1, .c = codes, .c_type = LATHE_U8,
                             .c_stride = 17, .c_scale = 1, .c_zero = 10};
    kernels->gemm_epilogue(&e);
    for (int i = 0; i < 17; i++)
        if (codes[i] != expected[i])
            return check_fail(message, size, "gemm_epilogue u8 of %g: expected %d, got %d", (double)sums[i], expected[i], codes[i]);
    return true;
}

const lathe_agreement vector_epilogue_checks[] = {
    {"epilogue: every combination of options", epilogue_all},
    {"epilogue: ends and ties of u8 codes", epilogue_codes},
};
const int vector_epilogue_check_count = sizeof vector_epilogue_checks / sizeof vector_epilogue_checks[0];
