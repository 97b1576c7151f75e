// Gradients of the elementwise functions of one argument, from the function's input.

LATHE_TARGET_BEGIN

LATHE_INLINE vf derivative_tanh(vf x) {
    // 4 e / (1 + e)^2 with e = e^(-2 |x|), which does not cancel where tanh is close to 1.
    vf e = v_exp(-2.0f * v_abs(x));
    vf d = 1.0f + e;
    return 4.0f * e / (d * d);
}

LATHE_INLINE vf derivative_sigmoid(vf x) {
    vf e = v_exp(-v_abs(x));
    vf d = 1.0f + e;
    return e / (d * d);
}

// s + x s (1 - s). Both ends are flat behind 100, and the bound keeps infinities from giving NaN.
LATHE_INLINE vf derivative_silu(vf x) {
    x = v_min(v_splat(100.0f), v_max(v_splat(-100.0f), x));
    vf s = v_sigmoid(x);
    return v_fma(x, derivative_sigmoid(x), s);
}

// Phi(x) + x phi(x).
LATHE_INLINE vf derivative_gelu_erf(vf x) {
    x = v_min(v_splat(15.0f), v_max(v_splat(-15.0f), x));
    vf density = v_exp(x * x * -0.5f);
    vf tail = v_normal_tail(v_abs(x), density);
    vf phi = v_select(x < 0.0f, tail, 1.0f - tail);
    return v_fma(x * 0.398942280401433f, density, phi);
}

// With s = sigmoid(2 w(x)): s + x s (1 - s) 2 w'(x).
LATHE_INLINE vf derivative_gelu_tanh(vf x) {
    x = v_min(v_splat(15.0f), v_max(v_splat(-15.0f), x));
    vf x2 = x * x;
    vf w2 = x * v_fma(x2, v_splat(0.0713548162726f), v_splat(1.59576912160573f));
    vf slope = v_fma(x2, v_splat(3 * 0.0713548162726f), v_splat(1.59576912160573f));
    return v_fma(x * slope, derivative_sigmoid(w2), v_sigmoid(w2));
}

#define LATHE_BACKWARD_CASE(kind, expression)               \
    case kind:                                              \
        LATHE_EACH_VECTOR(n, {                              \
            vf v = READ(x + i), g = READ(dy + i);           \
            WRITE(dx + i, (expression));                    \
        });                                                 \
        break;

void LATHE_VARIANT(unary_backward)(lathe_unary kind, int64_t n, const float *x, const float *dy, float *dx) {
    const vf zero = v_splat(0.0f);
    switch (kind) {
    case LATHE_NEGATE: LATHE_EACH_VECTOR(n, { WRITE(dx + i, -READ(dy + i)); }); break;
    case LATHE_SIGN: LATHE_EACH_VECTOR(n, { WRITE(dx + i, zero); }); break;
    case LATHE_ROUND: LATHE_EACH_VECTOR(n, { WRITE(dx + i, READ(dy + i)); }); break;
        LATHE_BACKWARD_CASE(LATHE_ABS, v_select(v == 0.0f, zero, (vf)((vu)g ^ ((vu)v & 0x80000000u))))
        LATHE_BACKWARD_CASE(LATHE_SQUARE, 2.0f * v * g)
        LATHE_BACKWARD_CASE(LATHE_SQRT, 0.5f * g / v_sqrt(v))
        LATHE_BACKWARD_CASE(LATHE_RECIPROCAL, -g / (v * v))
        LATHE_BACKWARD_CASE(LATHE_EXP, g * v_exp(v))
        LATHE_BACKWARD_CASE(LATHE_LOG, g / v)
        LATHE_BACKWARD_CASE(LATHE_RELU, v_select(v > 0.0f, g, zero))
        LATHE_BACKWARD_CASE(LATHE_GELU_ERF, g * derivative_gelu_erf(v))
        LATHE_BACKWARD_CASE(LATHE_GELU_TANH, g * derivative_gelu_tanh(v))
        LATHE_BACKWARD_CASE(LATHE_SILU, g * derivative_silu(v))
        LATHE_BACKWARD_CASE(LATHE_TANH, g * derivative_tanh(v))
        LATHE_BACKWARD_CASE(LATHE_SIGMOID, g * derivative_sigmoid(v))
    case LATHE_UNARY_COUNT: break;
    }
}

#undef LATHE_BACKWARD_CASE

LATHE_TARGET_END
