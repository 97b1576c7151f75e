// Static quantisation of rows: codes on the one grid of a fixed range, the points that fake_quantize rounds to. The same bits in every variant:
// contraction is off, and division is division.

LATHE_TARGET_BEGIN

#pragma STDC FP_CONTRACT OFF

lathe_code_grid LATHE_VARIANT(code_grid)(lathe_grid kind, int bits, float low, float high) {
    const bool symmetric = kind == LATHE_SYMMETRIC;
    const fake_grid points = symmetric ? fake_symmetric(bits, low, high) : fake_asymmetric(bits, low, high);
    lathe_code_grid grid = {.scale = points.scale, .zero = points.zero, .low = points.low, .high = points.high};
    const int32_t half = 1 << (bits - 1);
    if (symmetric) grid.first = grid.zero_point = half;
    if (!(grid.scale <= __FLT_MAX__) || !(v_abs(v_splat(grid.zero))[0] <= __FLT_MAX__)) {
        grid.scale = __builtin_nanf("");
        grid.constant = true;
        return grid;
    }
    if (symmetric) {
        grid.constant = grid.low == grid.high;
        return grid;
    }
    // A range of one point, or one so far from zero that its codes leave the integers.
    const float steps = low / grid.scale;
    if (grid.low == grid.high || !(steps >= -0x1p30f && steps <= 0x1p30f)) {
        const quantize_plan point = quantize_constant(low);
        grid.scale = point.scale;
        grid.zero_point = point.zero_point;
        grid.first = point.code;
        grid.constant = true;
        return grid;
    }
    grid.zero_point = -v_to_int(v_splat(steps))[0];
    return grid;
}

// Writes the codes of a row; whether it is free of NaN.
static bool range_row(lathe_code_grid grid, int64_t n, const float *x, uint8_t *codes) {
    const vf low = v_splat(grid.low), high = v_splat(grid.high);
    vi unknown = vi_splat(0);
    LATHE_EACH_VECTOR(n, {
        const vf v = READ(x + i);
        unknown |= v_is_nan(v);
        const vf code = v_min(high, v_max(low, v_round((v - grid.zero) / grid.scale)));
        const vb values = __builtin_convertvector(v_to_int(code) + grid.first, vb);
        if (whole_) vb_store(codes + i, values);
        else vb_store_n(codes + i, values, m);
    });
    return !v_any(unknown);
}

void LATHE_VARIANT(quantize_rows_in_range)(lathe_grid grid, int bits, float low, float high, int64_t rows, int64_t cols, const float *x,
                                           int64_t x_stride, uint8_t *codes, int64_t codes_stride, float *scale, int32_t *zero_point) {
    const lathe_code_grid points = LATHE_VARIANT(code_grid)(grid, bits, low, high);
    const int32_t padding = points.zero_point < 0 ? 0 : points.zero_point > 255 ? 255 : points.zero_point;
    for (int64_t r = 0; r < rows; r++, x += x_stride, codes += codes_stride) {
        const bool known = range_row(points, cols, x, codes);
        scale[r] = known ? points.scale : __builtin_nanf("");
        zero_point[r] = points.zero_point;
        if (points.constant || !known) memset(codes, points.first, (size_t)cols);
        if (codes_stride > cols) memset(codes + cols, padding, (size_t)(codes_stride - cols));
    }
}

#pragma STDC FP_CONTRACT DEFAULT

LATHE_TARGET_END
