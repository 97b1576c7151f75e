// The serial kernels, one line each. Every line declares a field of `lathe_kernels` (lathe_dispatch.h), and every variant
// (portable, avx2, avx512, neon) implements all of them as `lathe_<name>_<variant>`.
//
// Rules for all of them:
// - float pointers need no alignment beyond that of float; counts are >= 0 and 0 does nothing (or gives the neutral value);
// - "rows x cols" matrices are row-major and contiguous unless a stride (in elements) is a parameter;
// - an output may be the same pointer as an input of the same type and shape in elementwise kernels and in row kernels that say
//   so; otherwise nothing overlaps;
// - a result element depends on its inputs only, never on where a run begins, so that a caller may split a run at any
//   multiple of 64 elements (elementwise) or at any row (row kernels) and get the same bits;
// - rounding to integers is to nearest, ties to even.
//
// LATHE_OP(name, result type, (parameters))

#ifndef LATHE_OP
#error "define LATHE_OP before including lathe_ops.h"
#endif

// ---- Elementwise ----

/// y[i] = f(x[i]). In place allowed.
LATHE_OP(unary, void, (lathe_unary kind, int64_t n, const float *x, float *y))
/// dx[i] = dy[i] * f'(x[i]); x is the *input* of f. f' is 0 at kinks (ABS, SIGN, RELU at 0) and 1 for ROUND (straight-through).
/// In place allowed on dy.
LATHE_OP(unary_backward, void, (lathe_unary kind, int64_t n, const float *x, const float *dy, float *dx))
/// y[i] = f(a[i * a_step], b[i * b_step]); steps are 0 (one value for all) or 1. MAXIMUM and MINIMUM give NaN if either is NaN.
LATHE_OP(binary, void, (lathe_binary kind, int64_t n, const float *a, int64_t a_step, const float *b, int64_t b_step, float *y))
/// y[i] = 1 where the comparison holds, else 0.
LATHE_OP(compare, void, (lathe_comparison kind, int64_t n, const float *a, int64_t a_step, const float *b, int64_t b_step, uint8_t *y))
/// y[i] = mask[i] ? a[i * a_step] : b[i * b_step].
LATHE_OP(select, void, (int64_t n, const uint8_t *mask, const float *a, int64_t a_step, const float *b, int64_t b_step, float *y))
/// y[i] = alpha * x[i] + beta * y[i]. With beta == 0, y is not read.
LATHE_OP(scale_add, void, (int64_t n, float alpha, const float *x, float beta, float *y))
/// y[c] += sum over rows of scales[r] * x[r * stride + c]; rows are added in order, with one rounding each.
LATHE_OP(add_scaled_rows, void, (int64_t rows, int64_t cols, const float *scales, const float *x, int64_t stride, float *y))
/// y[i] = a * x[i] + b * z[i] + c (one fused rounding each step is not promised). z may be NULL when b is 0.
LATHE_OP(affine, void, (int64_t n, float a, const float *x, float b, const float *z, float c, float *y))
/// y[i] = value.
LATHE_OP(fill, void, (int64_t n, float value, float *y))

// ---- Conversions ----

/// Round to nearest even; NaN stays NaN, overflow gives infinity, subnormals are kept.
LATHE_OP(f32_to_bf16, void, (int64_t n, const float *x, uint16_t *y))
LATHE_OP(bf16_to_f32, void, (int64_t n, const uint16_t *x, float *y))
LATHE_OP(f32_to_f16, void, (int64_t n, const float *x, uint16_t *y))
LATHE_OP(f16_to_f32, void, (int64_t n, const uint16_t *x, float *y))
LATHE_OP(s32_to_f32, void, (int64_t n, const int32_t *x, float *y))
LATHE_OP(u8_to_f32, void, (int64_t n, const uint8_t *x, float *y))

// ---- Reductions ----

/// The reduction of x[0..<n]. Sums use several partial sums in a fixed pattern that depends on n only.
LATHE_OP(reduce, float, (lathe_reduction kind, int64_t n, const float *x))
/// y[r] = reduction of row r.
LATHE_OP(reduce_rows, void, (lathe_reduction kind, int64_t rows, int64_t cols, const float *x, float *y))
/// y[c] += sum over rows of x[r * stride + c]; rows are added in order.
LATHE_OP(add_rows, void, (int64_t rows, int64_t cols, const float *x, int64_t stride, float *y))
/// Sum of a[i] * b[i].
LATHE_OP(dot, float, (int64_t n, const float *a, const float *b))
/// y[r] = index of the first largest value of row r; a NaN counts as largest.
LATHE_OP(argmax_rows, void, (int64_t rows, int64_t cols, const float *x, int32_t *y))

// ---- Softmax and cross-entropy ----

/// y = softmax of each row of x (maximum subtracted first). A row that is all -inf gives zeros. In place allowed.
LATHE_OP(softmax, void, (int64_t rows, int64_t cols, const float *x, float *y))
/// softmax(scale * x), scale > 0, within 1e-5 of each value, in less time: for probabilities that become bf16, which rounds off 4e-3.
LATHE_OP(softmax_for_bf16, void, (int64_t rows, int64_t cols, float scale, const float *x, float *y))
/// dx = y * (dy - sum(dy * y)) per row; y is softmax's output. In place allowed on dy.
LATHE_OP(softmax_backward, void, (int64_t rows, int64_t cols, const float *y, const float *dy, float *dx))
/// y = x - log(sum(exp(x))) per row. In place allowed.
LATHE_OP(log_softmax, void, (int64_t rows, int64_t cols, const float *x, float *y))
/// dx = dy - exp(y) * sum(dy) per row; y is log_softmax's output. In place allowed on dy.
LATHE_OP(log_softmax_backward, void, (int64_t rows, int64_t cols, const float *y, const float *dy, float *dx))
/// loss[r] = -(1 - smoothing) * logp[label] - smoothing * mean(logp), logp = log_softmax(logits[r]); 0 where
/// label[r] == ignored. logsumexp[r] is written for the backward kernel. Labels are in 0..<cols (checked by the caller).
LATHE_OP(cross_entropy, void, (int64_t rows, int64_t cols, const float *logits, const int32_t *labels, int32_t ignored,
                              float smoothing, float *loss, float *logsumexp))
/// dx[r] = dloss[r] * (softmax(logits[r]) - target[r]), target = (1 - smoothing) * onehot + smoothing / cols; 0 where ignored.
/// In place allowed on logits.
LATHE_OP(cross_entropy_backward, void, (int64_t rows, int64_t cols, const float *logits, const int32_t *labels, int32_t ignored,
                                       float smoothing, const float *logsumexp, const float *dloss, float *dx))

// ---- Normalisation ----

/// y = (x - mean) * rstd * gamma + beta per row, rstd = 1 / sqrt(variance + epsilon), variance over cols (biased).
/// gamma and beta may be NULL (1 and 0); mean and rstd ([rows]) may be NULL. In place allowed.
LATHE_OP(layer_norm, void, (int64_t rows, int64_t cols, float epsilon, const float *x, const float *gamma, const float *beta,
                           float *y, float *mean, float *rstd))
/// dx per row; dgamma[c] and dbeta[c] are *added to*, rows in order (either may be NULL, as may gamma). In place allowed on dy.
LATHE_OP(layer_norm_backward, void, (int64_t rows, int64_t cols, const float *x, const float *gamma, const float *mean,
                                    const float *rstd, const float *dy, float *dx, float *dgamma, float *dbeta))
/// y = x * rstd * gamma per row, rstd = 1 / sqrt(mean(x^2) + epsilon). rstd may be NULL. In place allowed.
LATHE_OP(rms_norm, void, (int64_t rows, int64_t cols, float epsilon, const float *x, const float *gamma, float *y, float *rstd))
/// As layer_norm_backward, for rms_norm.
LATHE_OP(rms_norm_backward, void, (int64_t rows, int64_t cols, const float *x, const float *gamma, const float *rstd,
                                  const float *dy, float *dx, float *dgamma))
/// Mean and biased variance of one channel: `batch` runs of `count` values, `stride` elements apart (two passes).
LATHE_OP(channel_statistics, void, (int64_t batch, int64_t count, int64_t stride, const float *x, float *mean, float *variance))
/// sum_dy = sum of dy, sum_dy_x = sum of dy * (x - mean), over one channel laid out as in channel_statistics.
LATHE_OP(channel_gradient_sums, void, (int64_t batch, int64_t count, int64_t stride, const float *x, const float *dy, float mean,
                                      float *sum_dy, float *sum_dy_x))

// ---- Embeddings and layout ----

/// y[r] = table[ids[r]], rows of `width` values; ids are in range (checked by the caller).
LATHE_OP(gather_rows, void, (int64_t count, int64_t width, const int32_t *ids, const float *table, float *y))
/// table[ids[r]][0..<width] += dy[r * dy_stride ..], r in order; table rows are `table_stride` apart, so that a caller can
/// give each thread its own columns.
LATHE_OP(scatter_add_rows, void, (int64_t count, int64_t width, const int32_t *ids, const float *dy, int64_t dy_stride, float *table,
                                 int64_t table_stride))
/// y[c * y_stride + r] = x[r * x_stride + c].
LATHE_OP(transpose, void, (int64_t rows, int64_t cols, const float *x, int64_t x_stride, float *y, int64_t y_stride))

// ---- Random numbers ----
//
// Philox4x32-10 (Salmon et al., SC 2011), key = seed (low word, high word). Values come in blocks of 64: value
// 64 * b + 16 * w + l is word w (0..3) of the counter (16 * b + l as 64 bits in words 0 and 1; 0; 0). `block` is the number b of the
// first block. A word u becomes a uniform number in [0, 1) as (u >> 8) * 2^-24.

/// low + (high - low) * uniform.
LATHE_OP(random_uniform, void, (int64_t n, uint64_t seed, uint64_t block, float low, float high, float *y))
/// mean + deviation * normal; Box-Muller on words (0, 1) and (2, 3) of one counter: r = sqrt(-2 log(1 - u0)), values r cos(2 pi u1), r sin(2 pi u1)
/// stand at the places of the two words.
LATHE_OP(random_normal, void, (int64_t n, uint64_t seed, uint64_t block, float mean, float deviation, float *y))
/// y[i] = uniform_i < keep ? x[i] / keep : 0. The same call on the gradient is its backward pass. In place allowed.
LATHE_OP(dropout, void, (int64_t n, uint64_t seed, uint64_t block, float keep, const float *x, float *y))

// ---- Optimizers ----

/// One AdamW (`decoupled`) or Adam update (Kingma & Ba; Loshchilov & Hutter), g scaled by gradient_scale first:
/// decoupled: p *= 1 - rate * decay; else g += decay * p. m = beta1 m + (1 - beta1) g; v = beta2 v + (1 - beta2) g^2;
/// p -= rate / correction1 * m / (sqrt(v / correction2) + epsilon), correction_i = 1 - beta_i^step (given by the caller).
LATHE_OP(adam, void, (int64_t n, float *p, float *m, float *v, const float *g, float gradient_scale, float rate, float beta1, float beta2,
                     float epsilon, float decay, bool decoupled, float correction1, float correction2))
/// SGD with momentum: g = gradient_scale * g + decay * p; velocity = momentum * velocity + g;
/// p -= rate * (nesterov ? g + momentum * velocity : velocity). velocity may be NULL when momentum is 0.
LATHE_OP(sgd, void, (int64_t n, float *p, float *velocity, const float *g, float gradient_scale, float rate, float momentum, float decay,
                    bool nesterov))

// ---- Quantisation ----

/// Dynamic quantisation, one scale per row, to unsigned codes in 0..<2^bits (bits 2...8): value = scale * (code - zero_point).
/// SYMMETRIC: scale = 2 max|x| / 2^bits, q = clamp(round(x / scale), -2^(bits-1), 2^(bits-1) - 1), code = q + zero_point, zero_point = 2^(bits-1).
/// ASYMMETRIC: scale = (max - min) / 2^bits, zero_point = -round(min / scale), code = clamp(round(x / scale) + zero_point, 0, 2^bits - 1).
/// Division is exact (correctly rounded), as upstream divides. An all-zero row (or a constant one, asymmetric) of value c gets
/// scale 1 for c = 0, else |c|, and codes that reproduce c. A non-finite input gives scale NaN for its row and codes = zero_point.
/// Source: DeepSpeed compression/utils.py, SymQuantizer and AsymQuantizer.
/// codes row r begins at codes + r * codes_stride; the bytes between cols and codes_stride are set to zero_point.
LATHE_OP(quantize_rows, void, (lathe_grid grid, int bits, int64_t rows, int64_t cols, const float *x, int64_t x_stride, uint8_t *codes,
                              int64_t codes_stride, float *scale, int32_t *zero_point))
/// Static quantisation: the codes of the points that fake_quantize (bits 3...8) gives for this range, with the same scale and zero point for
/// every row. A row with a NaN gets scale NaN, as do all rows of a range that is not finite.
LATHE_OP(quantize_rows_in_range, void, (lathe_grid grid, int bits, float low, float high, int64_t rows, int64_t cols, const float *x,
                                        int64_t x_stride, uint8_t *codes, int64_t codes_stride, float *scale, int32_t *zero_point))
/// The grid of those codes.
LATHE_OP(code_grid, lathe_code_grid, (lathe_grid grid, int bits, float low, float high))

/// Fake quantisation: y[i] = the point nearest to x[i] on a grid that `low` and `high` lay down.
/// bits 3...16, SYMMETRIC: scale = 2 max(|low|, |high|) / 2^bits, y = scale * clamp(round(x / scale), -2^(bits-1), 2^(bits-1) - 1);
/// bits 3...16, ASYMMETRIC: scale = (high - low) / 2^bits, zero = scale * round(low / scale),
///     y = scale * clamp(round((x - zero) / scale), 0, 2^bits - 1) + zero;
/// bits 2, ternary: y = high where x > low, -high where x < -low, else 0;
/// bits 1, binary: y = high where x > 0, -high where x < 0, else 0 (the grid's kind means nothing at 1 and 2 bits).
/// Division is exact. A scale of 0 gives 0, or low when ASYMMETRIC; low or high that is not finite gives NaN (1 and 2 bits: -high, NaN, high), and so
/// does a NaN in x at 3 bits and more. noise[i] is added before rounding (stochastic rounding: uniform in [-0.5, 0.5)); NULL is none; 1 and 2
/// bits do not round. In place allowed.
/// Source: DeepSpeed compression/utils.py, SymQuantizer, AsymQuantizer, TernaryQuantizer, BinaryQuantizer.
LATHE_OP(fake_quantize, void, (lathe_grid grid, int bits, float low, float high, int64_t n, const float *x, const float *noise, float *y))
/// The smallest and the largest of n >= 1 values; both NaN where a value is not finite.
LATHE_OP(extremes, void, (int64_t n, const float *x, float *low, float *high))
/// The sum of |x[i]| over those larger than threshold >= 0, and how many they are (exact up to 2^24).
LATHE_OP(sum_beyond, void, (float threshold, int64_t n, const float *x, float *sum, float *count))

// ---- Low-bit weights (lathe_lowbit.h) ----

/// `chunks` chunks of 256 codes of 4, 3, 2 or 1 bits as bytes. With u = code + 2^(bits-1), or (code + 1) / 2 for 1 bit, byte j of a chunk holds
/// 4 bits: u[j] and, in its high half, u[j + 128] (128 bytes); 2 bits: u[j + 64 q] at bit 2 q (64 bytes); 1 bit: u[j + 32 q] at bit q (32 bytes);
/// 3 bits: the low two bits of u as 2 bits, then the high ones as 1 bit (96 bytes).
LATHE_OP(unpack_codes, void, (int bits, int64_t chunks, const uint8_t *packed, int8_t *codes))
/// Codes of a panel, [words, cols, 4] along k, as floats in the order of the matrix product of that type: F32 [4 words, cols], BF16
/// [2 words, cols, 2]. value = scale[c] * code; with zero points (else NULL) scale[c] * (code - lowest) + scale[c] * (lowest - zero[c]),
/// lowest = -2^(bits-1), every step rounded. cols is a multiple of 4 and of the widest vector of the variant's tiles.
LATHE_OP(dequantize_codes, void, (lathe_type type, int bits, int64_t words, int64_t cols, const int8_t *codes, const float *scale,
                                  const float *zero, void *values))
/// A group's exact sums [rows, cols] scaled: totals = (first ? 0 : totals)
/// + (a_scale[r] * b_scale[c]) * (sums - a_zero[r] * b_sums[c] - b_zero[c] * a_sums[r * a_sums_stride]). a_scale NULL means 1, a_zero and b_zero
/// NULL mean 0. cols as above.
LATHE_OP(add_scaled_sums, void, (int64_t rows, int64_t cols, const int32_t *sums, const float *a_scale, const int32_t *a_zero,
                                 const int32_t *b_sums, const float *b_scale, const float *b_zero, const float *a_sums, int64_t a_sums_stride,
                                 bool first, float *totals))

// ---- Matrix product epilogue ----

/// Finishes a block of sums as lathe_gemm_epilogue says.
LATHE_OP(gemm_epilogue, void, (const lathe_gemm_epilogue *block))

// ---- Images, channels last (lathe_image_network.h) ----

/// Finishes sums as lathe_image_epilogue says. Returns the bits of the largest |v|, which infinity and NaN are above, if `finds_largest`, else 0.
LATHE_OP(image_epilogue, uint32_t, (const lathe_image_epilogue *block))
/// codes[i] = the code of x[i], f32 or f16, which is finite.
LATHE_OP(image_quantize, void, (const lathe_code_grid *grid, lathe_type type, int64_t n, const void *x, uint8_t *codes))
/// y[p * y_step + c] = the largest of x[p * x_step + taps[t] + c] over the taps (at least one), all f32 or all f16; NaN if one is NaN. Returns the
/// bits of the largest |y|.
LATHE_OP(image_max_pool, uint32_t, (lathe_type type, int64_t pixels, int64_t channels, int64_t tap_count, const int64_t *taps, const void *x,
                                    int64_t x_step, void *y, int64_t y_step))

#undef LATHE_OP
