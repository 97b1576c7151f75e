// Reductions of runs and rows.

LATHE_TARGET_BEGIN

// ---- Sums ----

#define LATHE_ROW_SUM(term)               \
    float total;                          \
    LATHE_SUM_VECTORS(n, total, term);    \
    return total

static float row_sum(int64_t n, const float *x) { LATHE_ROW_SUM(READ(x + i)); }
static float row_sum_squares(int64_t n, const float *x) { LATHE_ROW_SUM(v_square(READ(x + i))); }
static float row_sum_abs(int64_t n, const float *x) { LATHE_ROW_SUM(v_abs(READ(x + i))); }
static float row_dot(int64_t n, const float *a, const float *b) { LATHE_ROW_SUM(READ(a + i) * READ(b + i)); }

// ---- Extremes ----

// A NaN in x replaces the extreme so far, and one there stays: v_max and v_min keep the right-hand NaN.
LATHE_INLINE vf extreme_step(lathe_reduction kind, vf x, vf extreme) {
    if (kind == LATHE_MAX_ABS) return (vf)vu_max((vu)x & 0x7fffffffu, (vu)extreme);  // as whole numbers, NaN is above infinity
    return v_select(v_is_nan(x), x, kind == LATHE_MAX ? v_max(x, extreme) : v_min(x, extreme));
}

LATHE_INLINE float row_extreme(lathe_reduction kind, int64_t n, const float *x) {
    const float start = kind == LATHE_MAX ? -__builtin_inff() : kind == LATHE_MIN ? __builtin_inff() : 0.0f;
    vf extremes[4] = {v_splat(start), v_splat(start), v_splat(start), v_splat(start)};
    int64_t i = 0;
    for (; i + 4 * v_width <= n; i += 4 * v_width)
        for (int k = 0; k < 4; k++) extremes[k] = extreme_step(kind, v_load(x + i + k * v_width), extremes[k]);
    for (; i + v_width <= n; i += v_width) extremes[0] = extreme_step(kind, v_load(x + i), extremes[0]);
    if (i < n) {
        vf last = v_select(vi_lanes_below(n - i), v_load_n(x + i, n - i), v_splat(start));
        extremes[0] = extreme_step(kind, last, extremes[0]);
    }
    vf all = extreme_step(kind, extreme_step(kind, extremes[0], extremes[1]), extreme_step(kind, extremes[2], extremes[3]));
#define EXTREME(a, b) extreme_step(kind, a, b)
    LATHE_FOLD(all, EXTREME);
#undef EXTREME
    return all[0];
}

static float row_max(int64_t n, const float *x) { return row_extreme(LATHE_MAX, n, x); }

LATHE_INLINE float reduce_one(lathe_reduction kind, int64_t n, const float *x) {
    switch (kind) {
    case LATHE_SUM: return row_sum(n, x);
    case LATHE_SUM_SQUARES: return row_sum_squares(n, x);
    case LATHE_SUM_ABS: return row_sum_abs(n, x);
    case LATHE_MAX: return row_max(n, x);
    case LATHE_MIN: return row_extreme(LATHE_MIN, n, x);
    case LATHE_MAX_ABS: return row_extreme(LATHE_MAX_ABS, n, x);
    case LATHE_REDUCTION_COUNT: break;
    }
    return 0;
}

float LATHE_VARIANT(reduce)(lathe_reduction kind, int64_t n, const float *x) { return reduce_one(kind, n, x); }

void LATHE_VARIANT(reduce_rows)(lathe_reduction kind, int64_t rows, int64_t cols, const float *x, float *y) {
    for (int64_t r = 0; r < rows; r++) y[r] = LATHE_VARIANT(reduce)(kind, cols, x + r * cols);
}

float LATHE_VARIANT(dot)(int64_t n, const float *a, const float *b) { return row_dot(n, a, b); }

// ---- Sums of columns ----

// Eight rows at a time: y is read and written once for eight reads of x, and eight streams keep memory busy. Where y is one vector, it
// stays in a register.
void LATHE_VARIANT(add_rows)(int64_t rows, int64_t cols, const float *x, int64_t stride, float *y) {
    int64_t r = 0;
    if (cols <= v_width) {
        LATHE_EACH_VECTOR(cols, {
            vf sum = READ(y + i);
            for (; r < rows; r++) sum += READ(x + r * stride + i);
            WRITE(y + i, sum);
        });
        return;
    }
    for (; r + 8 <= rows; r += 8) {
        const float *p = x + r * stride;
        LATHE_EACH_VECTOR(cols, {
            vf sum = READ(y + i);
            for (int k = 0; k < 8; k++) sum += READ(p + k * stride + i);
            WRITE(y + i, sum);
        });
    }
    for (; r < rows; r++) LATHE_EACH_VECTOR(cols, { WRITE(y + i, READ(y + i) + READ(x + r * stride + i)); });
}

// ---- Largest element ----

void LATHE_VARIANT(argmax_rows)(int64_t rows, int64_t cols, const float *x, int32_t *y) {
    for (int64_t r = 0; r < rows; r++) {
        const float *row = x + r * cols;
        float largest = row_max(cols, row);
        bool nan = largest != largest;
        int64_t found = 0;
        LATHE_EACH_VECTOR(cols, {
            vf v = READ(row + i);
            vi hit = nan ? v_is_nan(v) : v == largest;
            if (!whole_) hit &= vi_lanes_below(m);
            uint32_t bits = v_bits(hit);
            if (bits) {
                found = i + __builtin_ctz(bits);
                goto next;
            }
        });
    next:
        y[r] = (int32_t)found;
    }
}

#undef LATHE_ROW_SUM

LATHE_TARGET_END
