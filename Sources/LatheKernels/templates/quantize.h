// Dynamic quantisation of rows. Codes and scales are the same bits in every variant: contraction is off, and division is division.

LATHE_TARGET_BEGIN

#pragma STDC FP_CONTRACT OFF

typedef struct quantize_range {
    float low, high;
    bool finite;
} quantize_range;

typedef struct quantize_plan {
    float scale;
    int32_t zero_point;
    int32_t low, high;   // codes are clamp(round(x / scale) + zero_point, low, high)
    bool constant;       // all codes of the row are `code`
    int32_t code;
} quantize_plan;

// As whole numbers, sizes of floats order like the floats, with infinity and NaN on top: one maximum finds the largest value and
// anything that is not finite.
static quantize_range quantize_symmetric_range(int64_t n, const float *x) {
    vu sizes[4] = {0, 0, 0, 0};
    int64_t i = 0;
    for (; i + 4 * v_width <= n; i += 4 * v_width)
        for (int k = 0; k < 4; k++) sizes[k] = vu_max(sizes[k], (vu)v_abs(v_load(x + i + k * v_width)));
    for (; i + v_width <= n; i += v_width) sizes[0] = vu_max(sizes[0], (vu)v_abs(v_load(x + i)));
    if (i < n) sizes[1] = vu_max(sizes[1], (vu)v_abs(v_load_n(x + i, n - i)));
    vu all = vu_max(vu_max(sizes[0], sizes[1]), vu_max(sizes[2], sizes[3]));
    LATHE_FOLD(all, vu_max);
    uint32_t largest = all[0];
    quantize_range range = {.finite = largest < 0x7f800000u};
    memcpy(&range.high, &largest, sizeof largest);
    range.low = -range.high;
    return range;
}

typedef struct quantize_bounds {
    vf low, high;
    vu size;
} quantize_bounds;

LATHE_INLINE quantize_bounds quantize_widen(quantize_bounds b, vf v) {
    return (quantize_bounds){v_min(v, b.low), v_max(v, b.high), vu_max((vu)v_abs(v), b.size)};
}

static quantize_range quantize_asymmetric_range(int64_t n, const float *x) {
    const vf first = v_splat(x[0]);
    quantize_bounds a = {first, first, 0}, b = a;
    int64_t i = 0;
    for (; i + 2 * v_width <= n; i += 2 * v_width) {
        a = quantize_widen(a, v_load(x + i));
        b = quantize_widen(b, v_load(x + i + v_width));
    }
    for (; i + v_width <= n; i += v_width) a = quantize_widen(a, v_load(x + i));
    if (i < n) b = quantize_widen(b, v_select(vi_lanes_below(n - i), v_load_n(x + i, n - i), first));
    vf low = v_min(a.low, b.low), high = v_max(a.high, b.high);
    LATHE_FOLD(low, v_min);
    LATHE_FOLD(high, v_max);
    return (quantize_range){low[0], high[0], !v_any((vi)(vu_max(a.size, b.size) >= 0x7f800000u))};
}

// A row that one value c stands for: scale * (code - zero_point) = c.
static quantize_plan quantize_constant(float c) {
    if (c > 0) return (quantize_plan){.scale = c, .zero_point = 0, .constant = true, .code = 1};
    if (c < 0) return (quantize_plan){.scale = -c, .zero_point = 1, .constant = true, .code = 0};
    return (quantize_plan){.scale = 1, .zero_point = 0, .constant = true, .code = 0};
}

static quantize_plan quantize_plan_of(lathe_grid grid, int bits, quantize_range range) {
    const float part = 1.0f / (float)(1 << bits);  // a power of two: multiplying is dividing
    quantize_plan plan = {.low = 0, .high = (1 << bits) - 1};
    if (grid == LATHE_SYMMETRIC) {
        plan.zero_point = plan.code = 1 << (bits - 1);
        plan.scale = range.high * (2 * part);
        if (!range.finite) plan.scale = __builtin_nanf(""), plan.constant = true;
        else if (plan.scale == 0) plan.scale = 1, plan.constant = true;  // all zero, or too small for a scale
        return plan;
    }
    if (!range.finite) return (quantize_plan){.scale = __builtin_nanf(""), .constant = true};
    float width = range.high - range.low;
    plan.scale = width <= __FLT_MAX__ ? width * part : range.high * part - range.low * part;
    if (plan.scale == 0) return quantize_constant(range.low);
    // Where the values are so far from zero that their codes leave the integers, they differ in their last bits only.
    float first = range.low / plan.scale, last = range.high / plan.scale;
    if (!(first >= -0x1p30f && last <= 0x1p30f)) return quantize_constant(range.low);
    plan.zero_point = -v_to_int(v_splat(first))[0];
    return plan;
}

LATHE_INLINE vb quantize_codes(vf v, quantize_plan plan) {
    vi q = v_to_int(v / plan.scale) + plan.zero_point;
    q = vi_select(q < plan.low, vi_splat(plan.low), q);
    q = vi_select(q > plan.high, vi_splat(plan.high), q);
    return __builtin_convertvector(q, vb);
}

void LATHE_VARIANT(quantize_rows)(lathe_grid grid, int bits, int64_t rows, int64_t cols, const float *x, int64_t x_stride, uint8_t *codes,
                                  int64_t codes_stride, float *scale, int32_t *zero_point) {
    for (int64_t r = 0; r < rows; r++, x += x_stride, codes += codes_stride) {
        quantize_range range = {0, 0, true};
        if (cols > 0) range = grid == LATHE_SYMMETRIC ? quantize_symmetric_range(cols, x) : quantize_asymmetric_range(cols, x);
        const quantize_plan plan = quantize_plan_of(grid, bits, range);
        scale[r] = plan.scale;
        zero_point[r] = plan.zero_point;
        if (plan.constant) {
            memset(codes, plan.code, (size_t)cols);
        } else {
            LATHE_EACH_VECTOR(cols, {
                vb values = quantize_codes(READ(x + i), plan);
                if (whole_) vb_store(codes + i, values);
                else vb_store_n(codes + i, values, m);
            });
        }
        // Zero lies outside the grid where all values have one sign; the nearest code stands for it.
        int32_t padding = plan.zero_point < 0 ? 0 : plan.zero_point > 255 ? 255 : plan.zero_point;
        if (codes_stride > cols) memset(codes + cols, padding, (size_t)(codes_stride - cols));
    }
}

#pragma STDC FP_CONTRACT DEFAULT

LATHE_TARGET_END
