#ifndef LATHE_VECTOR_MATH_H
#define LATHE_VECTOR_MATH_H

// Elementary functions on vectors, over any vector layer (include the layer first). All are branch-free, and a lane's value depends
// on that lane alone. Polynomials are minimax fits; the errors named are measured maxima.

LATHE_TARGET_BEGIN

// ---- Exponential and logarithm ----

// e^x, within 1 ulp (2 without a fused multiply-add). exp(0) is 1; overflow gives inf, underflow is gradual, NaN stays.
// x = n ln 2 + r; adding 1.5 * 2^23 rounds x / ln 2 to n and leaves n in the low bits at once.
LATHE_INLINE vf v_exp(vf x) {
    x = v_min(v_splat(89.0f), v_max(v_splat(-104.0f), x));
    vf shifted = v_fma(x, v_splat(0x1.715476p0f), v_splat(0x1.8p23f));
    vf n = shifted - 0x1.8p23f;
    vf r = v_fma(n, v_splat(-0x1.62e4p-1f), x);  // few bits, so that n times this is exact
    r = v_fma(n, v_splat(-0x1.7f7d1cp-20f), r);
    vf r2 = r * r;  // Estrin's order: a shorter chain than Horner's
    vf high = v_fma(v_splat(0.00138152507f), r2, v_fma(v_splat(0.00836878456f), r, v_splat(0.041668389f)));
    vf low = v_fma(v_splat(0.166665196f), r, v_splat(0.49999994f));
    vf p = v_fma(v_fma(high, r2, low), r2, r) + 1.0f;
    return v_scale_by_power(p, shifted);
}

// 2^x for x <= 0 within 4e-6 of the value; -inf gives 0, NaN stays. A polynomial (minimax, relative) in the distance from the nearest whole number.
LATHE_INLINE vf v_power_of_two_roughly(vf x) {
    x = v_max(v_splat(-150.0f), x);
    vf shifted = x + 0x1.8p23f;
    vf f = x - (shifted - 0x1.8p23f);
    vf p = v_fma(v_splat(0.009570102f), f, v_splat(0.055917863f));
    p = v_fma(p, f, v_splat(0.24024744f));
    p = v_fma(p, f, v_splat(0.6931218f));
    return v_scale_by_power(v_fma(p, f, v_splat(0.9999993f)), shifted);
}

// log x for positive normal numbers, within 1 ulp. x = 2^e m with m in [sqrt(1/2), sqrt(2)).
LATHE_INLINE vf v_log_of_normal(vf x) {
    vi bits = (vi)x;
    vi exponent = (bits - 0x3f3504f3) >> 23;
    vf f = (vf)(bits - (exponent << 23)) - 1.0f;
    vf e = v_from_int(exponent);
    vf f2 = f * f;
    vf p = v_fma(v_splat(0.0710520819f), f, v_splat(-0.11962112f));
    p = v_fma(p, f, v_splat(0.118863888f));
    p = v_fma(p, f, v_splat(-0.123589717f));
    p = v_fma(p, f, v_splat(0.142134458f));
    p = v_fma(p, f, v_splat(-0.166703492f));
    p = v_fma(p, f, v_splat(0.200025111f));
    p = v_fma(p, f, v_splat(-0.249999732f));
    p = v_fma(p, f, v_splat(0.333333075f));
    vf y = p * (f2 * f);
    y = v_fma(e, v_splat(0x1.7f7d1cp-20f), y);
    y = v_fma(f2, v_splat(-0.5f), y);
    return v_fma(e, v_splat(0x1.62e4p-1f), f + y);
}

// log x; -inf at 0, NaN below, inf at inf.
LATHE_INLINE vf v_log(vf x) {
    vi tiny = x < 0x1p-126f;
    vf y = v_log_of_normal(v_select(tiny, x * 0x1p24f, x)) - v_select(tiny, v_splat(24 * 0x1.62e43p-1f), v_splat(0.0f));
    y = v_select(x == 0.0f, v_splat(-__builtin_inff()), y);
    y = v_select(x < __builtin_inff(), y, x);  // inf and NaN as they are
    return v_select(x < 0.0f, v_splat(__builtin_nanf("")), y);
}

// ---- Sigmoid and hyperbolic tangent ----

// 1 / (1 + e^-x), from the side on which the exponential does not overflow, so that small results keep their relative accuracy.
LATHE_INLINE vf v_sigmoid(vf x) {
    vf e = v_exp(-v_abs(x));
    return v_select(x < 0.0f, e, v_splat(1.0f)) / (1.0f + e);
}

// Within 2 ulp: a polynomial near 0, where 1 - 2 / (e^2x + 1) would cancel.
LATHE_INLINE vf v_tanh(vf x) {
    vf size = v_abs(x);
    vf x2 = x * x;
    vf p = v_fma(v_splat(-0.00570498686f), x2, v_splat(0.020639088f));
    p = v_fma(p, x2, v_splat(-0.0537397154f));
    p = v_fma(p, x2, v_splat(0.133314416f));
    p = v_fma(p, x2, v_splat(-0.333332807f));
    vf near = v_fma(p * x2, x, x);
    vf far = 1.0f - 2.0f / (v_exp(2.0f * size) + 1.0f);
    far = (vf)((vu)far | ((vu)x & 0x80000000u));
    return v_select(size < 0.625f, near, far);
}

// ---- Activations ----

// NaN stays NaN.
LATHE_INLINE vf v_relu(vf x) { return v_max(v_splat(0.0f), x); }

// x * sigmoid(x). The clamp makes -inf give -0 instead of NaN.
LATHE_INLINE vf v_silu(vf x) { return v_max(v_splat(-200.0f), x) * v_sigmoid(x); }

// Both GELUs are x S(x) with an S that rises from 0 to 1 and S(-x) = 1 - S(x), so that gelu(x) = relu(x) - t S(-t) with t = |x|. In single
// precision t S(-t) vanishes behind 5.5 already. Errors: below 4e-7 absolutely, and below 1e-6 of |x| near 0.
//
// v_gelu_erf is x Phi(x), Phi the normal distribution. v_gelu_tanh is GPT-2's 0.5 x (1 + tanh(w)), w = sqrt(2 / pi) (x + 0.044715 x^3).
#ifdef LATHE_HAS_LOOKUP

// S(-t) as fifteen polynomials of degree 4 in the distance from i / density, and zero behind them; coefficients are looked up in registers,
// which takes half the time of one long polynomial.
LATHE_INLINE vf v_gelu_lookup(vf x, const float c[5][16], float density) {
    vf t = v_min(v_splat(15 / density), v_abs(x));
    vf shifted = v_fma(t, v_splat(density), v_splat(0x1.8p23f));
    vf d = v_fma(t, v_splat(density), 0x1.8p23f - shifted);
    vi place = (vi)shifted;  // its low four bits are i
    vf d2 = d * d;
    vf low = v_fma(v_lookup(c[1], place), d, v_lookup(c[0], place));
    vf high = v_fma(v_lookup(c[3], place), d, v_lookup(c[2], place));
    high = v_fma(v_lookup(c[4], place), d2, high);
    return v_fma(-t, v_fma(high, d2, low), v_relu(x));
}

static const float v_gelu_erf_table[5][16] __attribute__((aligned(64), unused)) = {
    {0.5f, 0.352228731f, 0.224039748f, 0.127574638f, 0.0646028742f, 0.0289435592f, 0.0114271306f, 0.00396339316f,
     0.00120474305f, 0.000320326595f, 7.43884302e-05f, 1.50696442e-05f, 2.66045936e-06f, 4.08991838e-07f, 5.47124799e-08f, 0},
    {-0.151322469f, -0.140818357f, -0.113484226f, -0.0792005286f, -0.0478668883f, -0.0250526834f, -0.0113548655f, -0.00445671193f,
     -0.00151477079f, -0.000445834361f, -0.000113628674f, -2.50774174e-05f, -4.79236451e-06f, -7.93012134e-07f, -1.13622029e-07f, 0},
    {-7.50321124e-06f, 0.0101298895f, 0.0163272992f, 0.0170922615f, 0.0137736779f, 0.0090112593f, 0.00490120845f, 0.00224437006f,
     0.000871834694f, 0.000288690877f, 8.17579494e-05f, 1.98494708e-05f, 4.13850466e-06f, 7.41964698e-07f, 1.14500835e-07f, 0},
    {0.00367079978f, 0.0028746163f, 0.0011558244f, -0.000546915573f, -0.00148028368f, -0.00155243825f, -0.0011372338f, -0.000649052789f,
     -0.000300827523f, -0.000115583534f, -3.72537725e-05f, -1.01487312e-05f, -2.34876916e-06f, -4.63487879e-07f, -7.81947165e-08f, 0},
    {-9.69039975e-05f, -0.000343461288f, -0.000470927014f, -0.000347832101f, -0.00011619689f, 6.26785477e-05f, 0.000126856889f, 0.000108649423f,
     6.50613147e-05f, 3.02051812e-05f, 1.1326103e-05f, 3.5028429e-06f, 9.04652438e-07f, 1.96676396e-07f, 3.61945922e-08f, 0}};
LATHE_INLINE vf v_gelu_erf(vf x) { return v_gelu_lookup(x, v_gelu_erf_table, 14.5f / 5.5f); }

static const float v_gelu_tanh_table[5][16] __attribute__((aligned(64), unused)) = {
    {0.5f, 0.365124404f, 0.245281935f, 0.150614515f, 0.0840688199f, 0.0424098894f, 0.019198427f, 0.007726287f,
     0.00273174699f, 0.000836690248f, 0.000218534638f, 4.78680195e-05f, 8.64281628e-06f, 1.26407292e-06f, 1.47159753e-07f, 0},
    {-0.137566f, -0.129590109f, -0.108363524f, -0.0805014074f, -0.0531852432f, -0.0312586129f, -0.0163113289f, -0.00751586352f,
     -0.00302930595f, -0.00105426367f, -0.000311929587f, -7.71410705e-05f, -1.56666738e-05f, -2.56680164e-06f, -3.33268986e-07f, 0},
    {-4.77944013e-06f, 0.00773647055f, 0.0129077043f, 0.0143297547f, 0.0125756906f, 0.00922711845f, 0.0058019096f, 0.00315616303f,
     0.0014838652f, 0.000597723061f, 0.000203469914f, 5.7574307e-05f, 1.33059411e-05f, 2.46729201e-06f, 3.60637245e-07f, 0},
    {0.00276658405f, 0.0022558358f, 0.00111144024f, -0.000120793025f, -0.000937768316f, -0.00119121443f, -0.00103608391f, -0.000716686656f,
     -0.000412080204f, -0.000198932961f, -8.01775604e-05f, -2.66296211e-05f, -7.17356352e-06f, -1.54147199e-06f, -2.5987589e-07f, 0},
    {-6.16411198e-05f, -0.00022255542f, -0.000323500281f, -0.000270687131f, -0.000132051922f, -2.09701739e-06f, 6.89439694e-05f, 8.32785227e-05f,
     6.60266523e-05f, 4.06129002e-05f, 2.00944069e-05f, 8.0096388e-06f, 2.54637075e-06f, 6.36921584e-07f, 1.23534747e-07f, 0}};
LATHE_INLINE vf v_gelu_tanh(vf x) { return v_gelu_lookup(x, v_gelu_tanh_table, 14.5f / 5.0f); }

#else

// A polynomial in u = 2 t / 5.5 - 1.
LATHE_INLINE vf v_gelu_erf(vf x) {
    vf t = v_min(v_splat(5.5f), v_abs(x));
    vf u = v_fma(t, v_splat(2.0f / 5.5f), v_splat(-1.0f));
    vf u2 = u * u;  // even and odd powers apart: two short chains instead of a long one
    vf even = v_fma(v_splat(0.00223586452f), u2, v_splat(-0.0114622563f));
    vf odd = v_fma(v_splat(-3.42359317e-06f), u2, v_splat(0.0052160644f));
    even = v_fma(even, u2, v_splat(0.0234650299f));
    odd = v_fma(odd, u2, v_splat(-0.0259029139f));
    even = v_fma(even, u2, v_splat(-0.0132911112f));
    odd = v_fma(odd, u2, v_splat(0.046485249f));
    even = v_fma(even, u2, v_splat(-0.0329792947f));
    odd = v_fma(odd, u2, v_splat(-0.0144119766f));
    even = v_fma(even, u2, v_splat(0.0500291586f));
    odd = v_fma(odd, u2, v_splat(-0.0488258675f));
    even = v_fma(even, u2, v_splat(0.0263749026f));
    odd = v_fma(odd, u2, v_splat(-0.00801035296f));
    even = v_fma(even, u2, v_splat(0.00108355109f));
    vf p = v_fma(odd, u, even);
    return v_fma(t * (t - 5.5f), p, v_relu(x));
}

// x * sigmoid(2 w).
LATHE_INLINE vf v_gelu_tanh(vf x) {
    vf bounded = v_min(v_splat(20.0f), v_max(v_splat(-20.0f), x));  // keeps -inf from giving NaN
    vf w2 = bounded * v_fma(bounded * bounded, v_splat(0.0713548162726f), v_splat(1.59576912160573f));
    return v_max(v_splat(-20.0f), x) * v_sigmoid(w2);
}

#endif

// ---- Normal distribution ----

// Phi(-t) for t >= 0, given e^(-t^2 / 2), within 1e-7 absolutely.
LATHE_INLINE vf v_normal_tail(vf t, vf density) {
    vf k = 1.0f / v_fma(t, v_splat(0.3f), v_splat(1.0f));
    vf p = v_fma(v_splat(-0.0622120649f), k, v_splat(0.153430298f));
    p = v_fma(p, k, v_splat(0.0860197768f));
    p = v_fma(p, k, v_splat(0.0613454953f));
    p = v_fma(p, k, v_splat(0.14638786f));
    p = v_fma(p, k, v_splat(0.115028597f));
    return p * k * density;
}

// ---- Circular functions ----

// Sine and cosine of 2 pi turns, turns in [0, 1] with at most 24 bits behind the point. The quarter is taken off exactly.
LATHE_INLINE void v_sin_cos_turns(vf turns, vf *sine, vf *cosine) {
    vf shifted = turns * 4.0f + 0x1.8p23f;
    vi quarter = (vi)shifted;
    vf f = turns - (shifted - 0x1.8p23f) * 0.25f;
    vf f2 = f * f;
    vf s = v_fma(v_splat(-75.3935776f), f2, v_splat(81.5923538f));
    s = v_fma(s, f2, v_splat(-41.3416634f));
    s = v_fma(s, f2, v_splat(6.28318548f)) * f;
    vf c = v_fma(v_splat(59.2459641f), f2, v_splat(-85.4437408f));
    c = v_fma(c, f2, v_splat(64.9393234f));
    c = v_fma(c, f2, v_splat(-19.7392082f));
    c = v_fma(c, f2, v_splat(1.0f));
    vi swapped = (quarter & 1) != 0;
    vu sine_sign = ((vu)quarter & 2u) << 30;
    vu cosine_sign = ((vu)(quarter + 1) & 2u) << 30;
    *sine = (vf)((vu)v_select(swapped, c, s) ^ sine_sign);
    *cosine = (vf)((vu)v_select(swapped, s, c) ^ cosine_sign);
}

LATHE_TARGET_END

#endif
