// Elementwise kernels of one and two arguments, comparisons, selection, linear combinations.

LATHE_TARGET_BEGIN

// ---- One argument ----

#define LATHE_UNARY_CASE(kind, expression)          \
    case kind:                                      \
        LATHE_EACH_VECTOR(n, {                      \
            vf v = READ(x + i);                     \
            WRITE(y + i, (expression));             \
        });                                         \
        break;

// 1, -1, 0; NaN stays.
LATHE_INLINE vf elementwise_sign(vf v) {
    vf one = (vf)((vu)v_splat(1.0f) | ((vu)v & 0x80000000u));
    return v_select((v > 0.0f) | (v < 0.0f), one, v_select(v == 0.0f, v_splat(0.0f), v));
}

void LATHE_VARIANT(unary)(lathe_unary kind, int64_t n, const float *x, float *y) {
    switch (kind) {
        LATHE_UNARY_CASE(LATHE_NEGATE, -v)
        LATHE_UNARY_CASE(LATHE_ABS, v_abs(v))
        LATHE_UNARY_CASE(LATHE_SIGN, elementwise_sign(v))
        LATHE_UNARY_CASE(LATHE_SQUARE, v * v)
        LATHE_UNARY_CASE(LATHE_SQRT, v_sqrt(v))
        LATHE_UNARY_CASE(LATHE_RECIPROCAL, 1.0f / v)
        LATHE_UNARY_CASE(LATHE_EXP, v_exp(v))
        LATHE_UNARY_CASE(LATHE_LOG, v_log(v))
        LATHE_UNARY_CASE(LATHE_RELU, v_relu(v))
        LATHE_UNARY_CASE(LATHE_GELU_ERF, v_gelu_erf(v))
        LATHE_UNARY_CASE(LATHE_GELU_TANH, v_gelu_tanh(v))
        LATHE_UNARY_CASE(LATHE_SILU, v_silu(v))
        LATHE_UNARY_CASE(LATHE_TANH, v_tanh(v))
        LATHE_UNARY_CASE(LATHE_SIGMOID, v_sigmoid(v))
        LATHE_UNARY_CASE(LATHE_ROUND, v_round(v))
    case LATHE_UNARY_COUNT: break;
    }
}

// ---- Two arguments ----
//
// A step of 0 means one value for all; the four combinations are four loops.

#define LATHE_PAIRS(...)                                                                                    \
    do {                                                                                                    \
        if (n <= 0) break;                                                                                  \
        vf a_all = v_splat(a[0]), b_all = v_splat(b[0]);                                                    \
        (void)a_all, (void)b_all;                                                                           \
        if (a_step && b_step) LATHE_EACH_VECTOR(n, { vf u = READ(a + i), v = READ(b + i); __VA_ARGS__ });   \
        else if (a_step) LATHE_EACH_VECTOR(n, { vf u = READ(a + i), v = b_all; __VA_ARGS__ });              \
        else if (b_step) LATHE_EACH_VECTOR(n, { vf u = a_all, v = READ(b + i); __VA_ARGS__ });              \
        else LATHE_EACH_VECTOR(n, { vf u = a_all, v = b_all; __VA_ARGS__ });                                \
    } while (0)

#define LATHE_BINARY_CASE(kind, expression) \
    case kind: LATHE_PAIRS(WRITE(y + i, (expression));); break;

// v_max and v_min keep a NaN on the right only.
void LATHE_VARIANT(binary)(lathe_binary kind, int64_t n, const float *a, int64_t a_step, const float *b, int64_t b_step, float *y) {
    switch (kind) {
        LATHE_BINARY_CASE(LATHE_ADD, u + v)
        LATHE_BINARY_CASE(LATHE_SUBTRACT, u - v)
        LATHE_BINARY_CASE(LATHE_MULTIPLY, u * v)
        LATHE_BINARY_CASE(LATHE_DIVIDE, u / v)
        LATHE_BINARY_CASE(LATHE_MAXIMUM, v_select(v_is_nan(u), u, v_max(u, v)))
        LATHE_BINARY_CASE(LATHE_MINIMUM, v_select(v_is_nan(u), u, v_min(u, v)))
    case LATHE_BINARY_COUNT: break;
    }
}

#define LATHE_COMPARE_CASE(kind, operator)                                  \
    case kind: LATHE_PAIRS({                                                \
            vb ones = __builtin_convertvector((u operator v) & 1, vb);      \
            if (whole_) vb_store(y + i, ones);                              \
            else vb_store_n(y + i, ones, m);                                \
        });                                                                 \
        break;

void LATHE_VARIANT(compare)(lathe_comparison kind, int64_t n, const float *a, int64_t a_step, const float *b, int64_t b_step, uint8_t *y) {
    switch (kind) {
        LATHE_COMPARE_CASE(LATHE_EQUAL, ==)
        LATHE_COMPARE_CASE(LATHE_NOT_EQUAL, !=)
        LATHE_COMPARE_CASE(LATHE_LESS, <)
        LATHE_COMPARE_CASE(LATHE_LESS_EQUAL, <=)
        LATHE_COMPARE_CASE(LATHE_GREATER, >)
        LATHE_COMPARE_CASE(LATHE_GREATER_EQUAL, >=)
    case LATHE_COMPARISON_COUNT: break;
    }
}

void LATHE_VARIANT(select)(int64_t n, const uint8_t *mask, const float *a, int64_t a_step, const float *b, int64_t b_step, float *y) {
    LATHE_PAIRS({
        vi chosen = __builtin_convertvector(whole_ ? vb_load(mask + i) : vb_load_n(mask + i, m), vi) != 0;
        WRITE(y + i, v_select(chosen, u, v));
    });
}

// ---- Linear combinations ----

void LATHE_VARIANT(scale_add)(int64_t n, float alpha, const float *x, float beta, float *y) {
    if (beta == 0.0f) LATHE_EACH_VECTOR(n, { WRITE(y + i, READ(x + i) * alpha); });
    else if (beta == 1.0f) LATHE_EACH_VECTOR(n, { WRITE(y + i, v_fma(READ(x + i), v_splat(alpha), READ(y + i))); });
    else LATHE_EACH_VECTOR(n, { WRITE(y + i, v_fma(READ(x + i), v_splat(alpha), READ(y + i) * beta)); });
}

void LATHE_VARIANT(add_scaled_rows)(int64_t rows, int64_t cols, const float *scales, const float *x, int64_t stride, float *y) {
    // Eight rows at a time: y is read and written once for them, and memory is read as eight streams.
    int64_t r = 0;
    for (; r + 8 <= rows; r += 8) {
        const float *p = x + r * stride, *a = scales + r;
        LATHE_EACH_VECTOR(cols, {
            vf sum = READ(y + i);
            sum = v_fma(READ(p + i), v_splat(a[0]), sum), sum = v_fma(READ(p + stride + i), v_splat(a[1]), sum);
            sum = v_fma(READ(p + 2 * stride + i), v_splat(a[2]), sum), sum = v_fma(READ(p + 3 * stride + i), v_splat(a[3]), sum);
            sum = v_fma(READ(p + 4 * stride + i), v_splat(a[4]), sum), sum = v_fma(READ(p + 5 * stride + i), v_splat(a[5]), sum);
            sum = v_fma(READ(p + 6 * stride + i), v_splat(a[6]), sum), sum = v_fma(READ(p + 7 * stride + i), v_splat(a[7]), sum);
            WRITE(y + i, sum);
        });
    }
    for (; r < rows; r++) LATHE_VARIANT(scale_add)(cols, scales[r], x + r * stride, 1, y);
}

void LATHE_VARIANT(affine)(int64_t n, float a, const float *x, float b, const float *z, float c, float *y) {
    if (z) LATHE_EACH_VECTOR(n, { WRITE(y + i, v_fma(READ(x + i), v_splat(a), v_fma(READ(z + i), v_splat(b), v_splat(c)))); });
    else LATHE_EACH_VECTOR(n, { WRITE(y + i, v_fma(READ(x + i), v_splat(a), v_splat(c))); });
}

void LATHE_VARIANT(fill)(int64_t n, float value, float *y) {
    LATHE_EACH_VECTOR(n, { WRITE(y + i, v_splat(value)); });
}

#undef LATHE_UNARY_CASE
#undef LATHE_PAIRS
#undef LATHE_BINARY_CASE
#undef LATHE_COMPARE_CASE

LATHE_TARGET_END
