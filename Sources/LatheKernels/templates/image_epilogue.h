// What happens to the sums of a convolution of images (lathe_image_epilogue.h). As in templates/epilogue.h, one body serves all options, and
// the combinations that models run are compiled with theirs as constants.

LATHE_TARGET_BEGIN

#pragma STDC FP_CONTRACT OFF

typedef struct image_options {
    bool integer, residual, half_residual, relu, values, codes, largest;
    lathe_type type;  // of the values
} image_options;

// A grid of codes with the numbers that vectors use.
typedef struct image_grid {
    float zero, scale, inverse;
    float low, high;  // of a code, before `first` is added
    int32_t first;
} image_grid;

LATHE_INLINE image_grid image_grid_of(const lathe_code_grid *grid) {
    return (image_grid){grid->zero, grid->scale, 1 / grid->scale, grid->low, grid->high, grid->first};
}

// x / scale, correctly rounded: the correction of a product with the correctly rounded inverse gives that (Markstein, Computation of
// elementary functions on the IBM RISC System/6000 processor, IBM J. Res. Dev. 34, 1990) in a fifth of a division's time.
LATHE_INLINE vf image_divide(vf x, image_grid grid) {
#ifdef LATHE_PORTABLE
    return x / grid.scale;
#else
    const vf quotient = x * grid.inverse, scale = v_splat(grid.scale);
    return v_fma(v_fma(-quotient, scale, x), v_splat(grid.inverse), quotient);
#endif
}

LATHE_INLINE vb image_clamp(vf code, image_grid grid) {
    return __builtin_convertvector(v_to_int(v_min(v_splat(grid.high), v_max(v_splat(grid.low), code))) + grid.first, vb);
}

LATHE_INLINE vb image_code(vf v, image_grid grid) { return image_clamp(image_divide(v - grid.zero, grid), grid); }

// What all rows share in one vector of columns.
typedef struct image_columns {
    vf scale, bias;
    vi correction;
} image_columns;

LATHE_INLINE image_columns image_columns_at(const lathe_image_epilogue *e, image_options o, image_grid grid, int64_t c, int64_t n, bool whole) {
    image_columns columns = {.bias = whole ? v_load(e->bias + c) : v_load_n(e->bias + c, n)};
    if (o.integer) {
        columns.scale = e->a_scale * (whole ? v_load(e->b_scale + c) : v_load_n(e->b_scale + c, n));
        columns.correction = e->a_zero * (whole ? vi_load(e->b_sums + c) : vi_load_n(e->b_sums + c, n));
    }
    if (o.integer && o.codes && !o.values && !o.residual) {
        // Sums become codes at once: next to a tie, a code may be the one beside.
        columns.scale *= grid.inverse;
        columns.bias = (columns.bias - grid.zero) * grid.inverse;
    }
    return columns;
}

LATHE_INLINE vf image_residual(const lathe_image_epilogue *e, image_options o, int64_t r, int64_t c, int64_t n, bool whole) {
    if (o.half_residual) {
        const uint16_t *residual = (const uint16_t *)e->residual + e->residual_places[r] + c;
        return v_from_half(whole ? vh_load(residual) : vh_load_n(residual, n));
    }
    const float *residual = (const float *)e->residual + e->residual_places[r] + c;
    return whole ? v_load(residual) : v_load_n(residual, n);
}

LATHE_INLINE void image_store(const lathe_image_epilogue *e, image_options o, int64_t r, int64_t c, int64_t n, vf v, bool whole) {
    if (o.type == LATHE_F32) {
        float *out = (float *)e->values + e->value_places[r] + c;
        if (whole) v_store(out, v);
        else v_store_n(out, v, n);
        return;
    }
    uint16_t *out = (uint16_t *)e->values + e->value_places[r] + c;
    const vh rounded = o.type == LATHE_F16 ? v_to_half(v) : v_to_bfloat(v);
    if (whole) vh_store(out, rounded);
    else vh_store_n(out, rounded, n);
}

LATHE_INLINE vu image_step(const lathe_image_epilogue *e, image_options o, image_grid grid, int64_t r, int64_t c, int64_t n,
                           image_columns columns, bool whole) {
    vf v;
    if (o.integer) {
        const int32_t *sums = (const int32_t *)e->sums + r * e->sums_stride + c;
        v = v_fma(v_from_int((whole ? vi_load(sums) : vi_load_n(sums, n)) - columns.correction), columns.scale, columns.bias);
    } else {
        const float *sums = (const float *)e->sums + r * e->sums_stride + c;
        v = (whole ? v_load(sums) : v_load_n(sums, n)) + columns.bias;
    }
    const bool direct = o.integer && o.codes && !o.values && !o.residual;
    if (o.residual) v += image_residual(e, o, r, c, n, whole);
    if (o.relu && !direct) v = v_relu(v);
    if (o.values) image_store(e, o, r, c, n, v, whole);
    if (o.codes) {
        uint8_t *out = e->codes + e->code_places[r] + c;
        const vb codes = direct ? image_clamp(v, grid) : image_code(v, grid);
        if (whole) vb_store(out, codes);
        else vb_store_n(out, codes, n);
    }
    return o.largest ? (vu)v_abs(v) : vu_splat(0);
}

enum { image_strip_vectors = 4 };

// All rows of `vectors` whole vectors of columns from `c` on, or of the last `n` columns. The largest sizes, as whole numbers.
LATHE_INLINE vu image_strip(const lathe_image_epilogue *e, image_options o, image_grid grid, const int vectors, int64_t c, int64_t n,
                            bool whole, vu largest) {
    image_columns columns[image_strip_vectors];
    for (int v = 0; v < vectors; v++) columns[v] = image_columns_at(e, o, grid, c + v * v_width, n, whole);
    for (int64_t r = 0; r < e->rows; r++) {
        for (int v = 0; v < vectors; v++) {
            vu size = image_step(e, o, grid, r, c + v * v_width, n, columns[v], whole);
            if (!o.largest) continue;
            if (!whole) size = (vu)vi_select(vi_lanes_below(n), (vi)size, vi_splat(0));
            largest = vu_max(largest, size);
        }
    }
    return largest;
}

LATHE_INLINE uint32_t image_block(const lathe_image_epilogue *block, image_options o) {
    const lathe_image_epilogue e = *block;
    image_grid grid = {0};
    if (o.codes) grid = image_grid_of(&e.grid);
    if (o.codes && o.relu) {
        // Not below the code of zero.
        const float least = v_round(v_splat(-grid.zero * grid.inverse))[0];
        if (grid.low < least) grid.low = least;
    }
    vu largest = vu_splat(0);
    int64_t c = 0;
    for (; c + image_strip_vectors * v_width <= e.cols; c += image_strip_vectors * v_width)
        largest = image_strip(&e, o, grid, image_strip_vectors, c, v_width, true, largest);
    for (; c + v_width <= e.cols; c += v_width) largest = image_strip(&e, o, grid, 1, c, v_width, true, largest);
    if (c < e.cols) largest = image_strip(&e, o, grid, 1, c, e.cols - c, false, largest);
    LATHE_FOLD(largest, vu_max);
    return largest[0];
}

static uint32_t image_any(const lathe_image_epilogue *e, image_options o) { return image_block(e, o); }

uint32_t LATHE_VARIANT(image_epilogue)(const lathe_image_epilogue *e) {
    const image_options o = {
        .integer = e->integer, .residual = e->residual != NULL, .half_residual = e->residual != NULL && e->residual_type == LATHE_F16,
        .relu = e->activation == LATHE_ACTIVATION_RELU, .values = e->values != NULL, .codes = e->codes != NULL && !e->grid.constant,
        .largest = e->finds_largest, .type = e->values != NULL ? e->value_type : LATHE_F32,
    };
#ifndef LATHE_PORTABLE  // the portable variant stays small
#define LATHE_IMAGE_CASE(integer_, residual_, relu_, values_, codes_, largest_, type_)                                                  \
    if (o.integer == integer_ && o.residual == residual_ && o.half_residual == (residual_ && integer_) && o.relu == relu_ &&            \
        o.values == values_ && o.codes == codes_ && o.largest == largest_ && o.type == (values_ ? type_ : LATHE_F32))                   \
        return image_block(e, (image_options){integer_, residual_, residual_ && integer_, relu_, values_, codes_, largest_, type_});
#define LATHE_IMAGE_CASES(integer, values, codes, largest, type)          \
    LATHE_IMAGE_CASE(integer, false, true, values, codes, largest, type)  \
    LATHE_IMAGE_CASE(integer, true, true, values, codes, largest, type)   \
    LATHE_IMAGE_CASE(integer, false, false, values, codes, largest, type)
    LATHE_IMAGE_CASES(true, true, false, true, LATHE_F16)   // 8 bits, a range for each image
    LATHE_IMAGE_CASES(true, true, false, false, LATHE_F16)
    LATHE_IMAGE_CASES(false, true, false, true, LATHE_F16)  // a first layer in floats
    LATHE_IMAGE_CASES(true, true, false, false, LATHE_F32)  // the last one, before the mean
    LATHE_IMAGE_CASES(true, false, true, false, LATHE_F16)  // 8 bits, static ranges
    LATHE_IMAGE_CASES(true, true, true, false, LATHE_F16)
    LATHE_IMAGE_CASES(false, true, false, false, LATHE_F32)  // floats
#undef LATHE_IMAGE_CASES
#undef LATHE_IMAGE_CASE
#endif
    return image_any(e, o);
}

void LATHE_VARIANT(image_quantize)(const lathe_code_grid *grid, lathe_type type, int64_t n, const void *x, uint8_t *codes) {
    const lathe_code_grid g = *grid;
    if (g.constant) {
        memset(codes, g.first, (size_t)n);
        return;
    }
    const image_grid points = image_grid_of(&g);
    if (type == LATHE_F16) {
        LATHE_EACH_VECTOR(n, {
            const uint16_t *half = (const uint16_t *)x + i;
            const vb values = image_code(v_from_half(whole_ ? vh_load(half) : vh_load_n(half, m)), points);
            if (whole_) vb_store(codes + i, values);
            else vb_store_n(codes + i, values, m);
        });
        return;
    }
    LATHE_EACH_VECTOR(n, {
        const vb values = image_code(READ((const float *)x + i), points);
        if (whole_) vb_store(codes + i, values);
        else vb_store_n(codes + i, values, m);
    });
}

#pragma STDC FP_CONTRACT DEFAULT

LATHE_TARGET_END
