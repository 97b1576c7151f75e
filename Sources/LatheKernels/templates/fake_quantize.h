// Fake quantisation: values moved to the points of a grid, and the statistics that grids are made from. The same bits in every variant: contraction is
// off, and division is division.

LATHE_TARGET_BEGIN

#pragma STDC FP_CONTRACT OFF

// y = scale * clamp(round((x - zero) / scale), low, high) + zero
typedef struct fake_grid {
    float scale, zero, low, high;
} fake_grid;

// The grid of one point c: whatever x is, its code is clamped to 0. A NaN stays.
static fake_grid fake_point(float c) { return (fake_grid){.scale = 1, .zero = c, .low = 0, .high = 0}; }

static fake_grid fake_symmetric(int bits, float low, float high) {
    const float half = (float)(1 << (bits - 1)), left = __builtin_fabsf(low), right = __builtin_fabsf(high);
    const float scale = (left > right || left != left ? left : right) / half;  // half is a power of two
    return scale == 0 ? fake_point(0) : (fake_grid){.scale = scale, .zero = 0, .low = -half, .high = half - 1};
}

static fake_grid fake_asymmetric(int bits, float low, float high) {
    const float levels = (float)(1 << bits), width = high - low;
    const float scale = width <= __FLT_MAX__ ? width / levels : high / levels - low / levels;
    if (scale == 0) return fake_point(low);
    return (fake_grid){.scale = scale, .zero = scale * v_round(v_splat(low / scale))[0], .low = 0, .high = levels - 1};
}

// v_max and v_min keep a NaN that stands on the right.
LATHE_INLINE vf fake_value(vf x, vf noise, fake_grid grid) {
    vf code = v_round((x - grid.zero) / grid.scale + noise);
    code = v_min(v_splat(grid.high), v_max(v_splat(grid.low), code));
    return code * grid.scale + grid.zero;
}

// Zeros are made from `size`, so that a size that is not finite marks all values.
static void fake_ternary(float threshold, float size, int64_t n, const float *x, float *y) {
    const vf plus = v_splat(size), minus = -plus, zero = plus - plus;
    LATHE_EACH_VECTOR(n, {
        vf v = READ(x + i);
        WRITE(y + i, v_select(v > threshold, plus, v_select(v < -threshold, minus, zero)));
    });
}

void LATHE_VARIANT(fake_quantize)(lathe_grid kind, int bits, float low, float high, int64_t n, const float *x, const float *noise, float *y) {
    if (bits == 1) { fake_ternary(0, high, n, x, y); return; }
    if (bits == 2) { fake_ternary(low, high, n, x, y); return; }
    const fake_grid grid = kind == LATHE_SYMMETRIC ? fake_symmetric(bits, low, high) : fake_asymmetric(bits, low, high);
    if (noise == NULL) {
        const vf none = v_splat(0.0f);
        LATHE_EACH_VECTOR(n, { WRITE(y + i, fake_value(READ(x + i), none, grid)); });
    } else {
        LATHE_EACH_VECTOR(n, { WRITE(y + i, fake_value(READ(x + i), READ(noise + i), grid)); });
    }
}

void LATHE_VARIANT(extremes)(int64_t n, const float *x, float *low, float *high) {
    const quantize_range range = quantize_asymmetric_range(n, x);
    *low = range.finite ? range.low : __builtin_nanf("");
    *high = range.finite ? range.high : __builtin_nanf("");
}

LATHE_INLINE vf fake_beyond(vf x, float threshold, vf counted) { return v_select(v_abs(x) > threshold, counted, v_splat(0.0f)); }

void LATHE_VARIANT(sum_beyond)(float threshold, int64_t n, const float *x, float *sum, float *count) {
    const vf one = v_splat(1.0f);
    LATHE_SUM_VECTORS(n, *sum, fake_beyond(READ(x + i), threshold, v_abs(READ(x + i))));
    LATHE_SUM_VECTORS(n, *count, fake_beyond(READ(x + i), threshold, one));
}

#pragma STDC FP_CONTRACT DEFAULT

LATHE_TARGET_END
