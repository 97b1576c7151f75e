// Static quantisation of rows: codes on the one grid of a fixed range, the points that fake_quantize rounds to. The same bits in every variant:
// contraction is off, and division is division.

LATHE_TARGET_BEGIN

#pragma STDC FP_CONTRACT OFF

// The points of a fake_grid as codes: code = clamp(round((x - zero) / scale), low, high) + first.
typedef struct range_plan {
    fake_grid grid;
    int32_t first, zero_point;
    bool constant;  // all codes are `first`
} range_plan;

static range_plan range_plan_of(lathe_grid kind, int bits, float low, float high) {
    const bool symmetric = kind == LATHE_SYMMETRIC;
    range_plan plan = {.grid = symmetric ? fake_symmetric(bits, low, high) : fake_asymmetric(bits, low, high)};
    const int32_t half = 1 << (bits - 1);
    if (symmetric) plan.first = plan.zero_point = half;
    if (!(plan.grid.scale <= __FLT_MAX__) || !(v_abs(v_splat(plan.grid.zero))[0] <= __FLT_MAX__)) {
        plan.grid.scale = __builtin_nanf("");
        plan.constant = true;
        return plan;
    }
    if (symmetric) {
        plan.constant = plan.grid.low == plan.grid.high;
        return plan;
    }
    // A range of one point, or one so far from zero that its codes leave the integers.
    const float steps = low / plan.grid.scale;
    if (plan.grid.low == plan.grid.high || !(steps >= -0x1p30f && steps <= 0x1p30f)) {
        const quantize_plan point = quantize_constant(low);
        plan.grid.scale = point.scale;
        plan.zero_point = point.zero_point;
        plan.first = point.code;
        plan.constant = true;
        return plan;
    }
    plan.zero_point = -v_to_int(v_splat(steps))[0];
    return plan;
}

// Writes the codes of a row; whether it is free of NaN.
static bool range_row(range_plan plan, int64_t n, const float *x, uint8_t *codes) {
    const vf low = v_splat(plan.grid.low), high = v_splat(plan.grid.high);
    vi unknown = vi_splat(0);
    LATHE_EACH_VECTOR(n, {
        const vf v = READ(x + i);
        unknown |= v_is_nan(v);
        const vf code = v_min(high, v_max(low, v_round((v - plan.grid.zero) / plan.grid.scale)));
        const vb values = __builtin_convertvector(v_to_int(code) + plan.first, vb);
        if (whole_) vb_store(codes + i, values);
        else vb_store_n(codes + i, values, m);
    });
    return !v_any(unknown);
}

void LATHE_VARIANT(quantize_rows_in_range)(lathe_grid grid, int bits, float low, float high, int64_t rows, int64_t cols, const float *x,
                                           int64_t x_stride, uint8_t *codes, int64_t codes_stride, float *scale, int32_t *zero_point) {
    const range_plan plan = range_plan_of(grid, bits, low, high);
    const int32_t padding = plan.zero_point < 0 ? 0 : plan.zero_point > 255 ? 255 : plan.zero_point;
    for (int64_t r = 0; r < rows; r++, x += x_stride, codes += codes_stride) {
        const bool known = range_row(plan, cols, x, codes);
        scale[r] = known ? plan.grid.scale : __builtin_nanf("");
        zero_point[r] = plan.zero_point;
        if (plan.constant || !known) memset(codes, plan.first, (size_t)cols);
        if (codes_stride > cols) memset(codes + cols, padding, (size_t)(codes_stride - cols));
    }
}

#pragma STDC FP_CONTRACT DEFAULT

LATHE_TARGET_END
