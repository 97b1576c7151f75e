// What happens to a finished block of a matrix product's sums (lathe_gemm_epilogue in lathe_gemm.h).
//
// One body serves every combination of options. The combinations that models run are compiled with their options as constants, so that
// nothing is decided inside their loops; the rest share one compilation that decides as it goes.

LATHE_TARGET_BEGIN

typedef struct epilogue_options {
    bool integer;      // s32 sums with a_scale and b_scale
    bool zeros;        // integer, with a_zero and b_sums
    bool alpha;        // f32 sums with alpha != 1
    bool bias;
    bool keep;         // preactivation
    lathe_activation activation;
    bool residual;
    bool accumulate;
    lathe_type type;
} epilogue_options;

LATHE_INLINE vf epilogue_activation(lathe_activation activation, vf v) {
    switch (activation) {
    case LATHE_ACTIVATION_NONE: return v;
    case LATHE_ACTIVATION_RELU: return v_relu(v);
    case LATHE_ACTIVATION_GELU_ERF: return v_gelu_erf(v);
    case LATHE_ACTIVATION_GELU_TANH: return v_gelu_tanh(v);
    case LATHE_ACTIVATION_SILU: return v_silu(v);
    case LATHE_ACTIVATION_TANH: return v_tanh(v);
    }
    return v;
}

// round(v / scale) + zero, clamped to a byte; NaN gives 0. The bounds are applied before the conversion, where nothing can overflow.
LATHE_INLINE vb epilogue_code(vf v, float scale, int32_t zero) {
    vf q = v / scale, low = v_splat((float)-zero);
    q = v_select(q > low, q, low);
    q = v_min(v_splat((float)(255 - zero)), q);
    return __builtin_convertvector(v_to_int(q) + zero, vb);
}

// What all rows share in one vector of columns, which stays in registers down the rows.
typedef struct epilogue_columns {
    int64_t first, count;  // the columns; `count` is v_width unless they are the last ones
    vf b_scale, bias;
    vi b_sums, correction;  // `correction` is b_sums times the zero point of the last row
} epilogue_columns;

// `whole` means that `n` is v_width.
LATHE_INLINE epilogue_columns epilogue_columns_at(const lathe_gemm_epilogue *e, epilogue_options o, int64_t first, int64_t n, bool whole) {
    epilogue_columns columns = {first, n, v_splat(1.0f), v_splat(0.0f), vi_splat(0), vi_splat(0)};
    if (o.integer && e->b_scale) columns.b_scale = whole ? v_load(e->b_scale + first) : v_load_n(e->b_scale + first, n);
    if (o.bias) columns.bias = whole ? v_load(e->bias + first) : v_load_n(e->bias + first, n);
    if (o.zeros) columns.b_sums = whole ? vi_load(e->b_sums + first) : vi_load_n(e->b_sums + first, n);
    return columns;
}

LATHE_INLINE void epilogue_step(const lathe_gemm_epilogue *e, epilogue_options o, int64_t r, float row_scale, epilogue_columns columns, bool whole) {
    const int64_t c = columns.first, n = columns.count;
    vf v;
    if (o.integer) {
        const int32_t *sums = (const int32_t *)e->sums + r * e->sums_stride + c;
        vi sum = whole ? vi_load(sums) : vi_load_n(sums, n);
        if (o.zeros) sum -= columns.correction;
        v = v_from_int(sum) * (row_scale * columns.b_scale);
    } else {
        const float *sums = (const float *)e->sums + r * e->sums_stride + c;
        v = whole ? v_load(sums) : v_load_n(sums, n);
        if (o.alpha) v *= row_scale;
    }
    if (o.bias) v += columns.bias;
    if (o.keep) {
        float *kept = e->preactivation + r * e->preactivation_stride + c;
        if (whole) v_store(kept, v);
        else v_store_n(kept, v, n);
    }
    v = epilogue_activation(o.activation, v);
    if (o.residual) {
        const float *residual = e->residual + r * e->residual_stride + c;
        v += whole ? v_load(residual) : v_load_n(residual, n);
    }
    switch (o.type) {
    case LATHE_BF16: {
        uint16_t *out = (uint16_t *)e->c + r * e->c_stride + c;
        if (whole) vh_store(out, v_to_bfloat(v));
        else vh_store_n(out, v_to_bfloat(v), n);
        break;
    }
    case LATHE_U8: {
        uint8_t *out = (uint8_t *)e->c + r * e->c_stride + c;
        vb codes = epilogue_code(v, e->c_scale, e->c_zero);
        if (whole) vb_store(out, codes);
        else vb_store_n(out, codes, n);
        break;
    }
    default: {
        float *out = (float *)e->c + r * e->c_stride + c;
        if (o.accumulate) v += whole ? v_load(out) : v_load_n(out, n);
        if (whole) v_store(out, v);
        else v_store_n(out, v, n);
    }
    }
}

enum { epilogue_strip_vectors = 4 };

// All rows of `vectors` (1 ... 4) whole vectors of columns from `first` on, or of the last `n` columns.
LATHE_INLINE void epilogue_strip(const lathe_gemm_epilogue *e, epilogue_options o, const int vectors, int64_t first, int64_t n, bool whole) {
    epilogue_columns columns[epilogue_strip_vectors];
    for (int v = 0; v < vectors; v++) columns[v] = epilogue_columns_at(e, o, first + v * v_width, n, whole);
    int32_t zero = 0;
    for (int64_t r = 0; r < e->rows; r++) {
        const float scale = o.integer && e->a_scale ? e->alpha * e->a_scale[r] : e->alpha;
        // Symmetric inputs have one zero point for all rows, and multiplying whole numbers takes long.
        if (o.zeros && e->a_zero[r] != zero) {
            zero = e->a_zero[r];
            for (int v = 0; v < vectors; v++) columns[v].correction = columns[v].b_sums * zero;
        }
        for (int v = 0; v < vectors; v++) epilogue_step(e, o, r, scale, columns[v], whole);
    }
}

LATHE_INLINE void epilogue_block(const lathe_gemm_epilogue *block, epilogue_options o) {
    // A copy of the caller's fields, which stores into C cannot change: the loops keep them in registers.
    const lathe_gemm_epilogue e = *block;
    int64_t c = 0;
    for (; c + epilogue_strip_vectors * v_width <= e.cols; c += epilogue_strip_vectors * v_width)
        epilogue_strip(&e, o, epilogue_strip_vectors, c, v_width, true);
    for (; c + v_width <= e.cols; c += v_width) epilogue_strip(&e, o, 1, c, v_width, true);
    if (c < e.cols) epilogue_strip(&e, o, 1, c, e.cols - c, false);
}

static void epilogue_any(const lathe_gemm_epilogue *e, epilogue_options o) { epilogue_block(e, o); }

static void epilogue_copy(const lathe_gemm_epilogue *e) {
    if (e->sums == e->c && e->sums_stride == e->c_stride) return;
    for (int64_t r = 0; r < e->rows; r++)
        memmove((float *)e->c + r * e->c_stride, (const float *)e->sums + r * e->sums_stride, (size_t)e->cols * sizeof(float));
}

// The options as one number, to find a combination among those compiled with constants.
enum {
    epilogue_alpha = 1 << 4,
    epilogue_bias = 1 << 5,
    epilogue_keep = 1 << 6,
    epilogue_residual = 1 << 7,
    epilogue_accumulate = 1 << 8,
    epilogue_zeros = 1 << 9,
    epilogue_integer = 1 << 10,
    epilogue_bf16 = 1 << 11,
    epilogue_u8 = 1 << 12,
};

LATHE_INLINE epilogue_options epilogue_options_of(int key) {
    return (epilogue_options){
        .integer = key & epilogue_integer,
        .zeros = key & epilogue_zeros,
        .alpha = key & epilogue_alpha,
        .bias = key & epilogue_bias,
        .keep = key & epilogue_keep,
        .activation = (lathe_activation)(key & 15),
        .residual = key & epilogue_residual,
        .accumulate = key & epilogue_accumulate,
        .type = key & epilogue_u8 ? LATHE_U8 : key & epilogue_bf16 ? LATHE_BF16 : LATHE_F32,
    };
}

static int epilogue_key(const lathe_gemm_epilogue *e) {
    int key = (int)e->activation;
    if (e->integer) key |= epilogue_integer | (e->a_zero && e->b_sums ? epilogue_zeros : 0);
    else if (e->alpha != 1.0f) key |= epilogue_alpha;
    if (e->bias) key |= epilogue_bias;
    if (e->preactivation) key |= epilogue_keep;
    if (e->residual) key |= epilogue_residual;
    if (e->c_type == LATHE_BF16) key |= epilogue_bf16;
    else if (e->c_type == LATHE_U8) key |= epilogue_u8;
    else if (e->accumulate) key |= epilogue_accumulate;
    return key;
}

#define LATHE_EPILOGUE(key) \
    case (key): epilogue_block(e, epilogue_options_of(key)); return;
#define LATHE_EPILOGUE_ACTIVATIONS(key)                \
    LATHE_EPILOGUE((key))                              \
    LATHE_EPILOGUE((key) | LATHE_ACTIVATION_RELU)      \
    LATHE_EPILOGUE((key) | LATHE_ACTIVATION_GELU_ERF)  \
    LATHE_EPILOGUE((key) | LATHE_ACTIVATION_GELU_TANH)

void LATHE_VARIANT(gemm_epilogue)(const lathe_gemm_epilogue *e) {
    int key = epilogue_key(e);
    if (key == 0) {
        epilogue_copy(e);
        return;
    }
#ifndef LATHE_PORTABLE  // the portable variant stays small
    if (!e->integer || e->b_scale) {
        switch (key) {
            // Training: products with gradients, layers that keep what their activation's gradient needs.
            LATHE_EPILOGUE(epilogue_accumulate)
            LATHE_EPILOGUE(epilogue_alpha)
            LATHE_EPILOGUE(epilogue_alpha | epilogue_accumulate)
            LATHE_EPILOGUE(epilogue_bf16)
            LATHE_EPILOGUE_ACTIVATIONS(epilogue_bias | epilogue_keep)
            // Layers in f32 or bf16.
            LATHE_EPILOGUE(epilogue_residual)
            LATHE_EPILOGUE(epilogue_bias | epilogue_residual)
            LATHE_EPILOGUE(epilogue_bias | LATHE_ACTIVATION_TANH)
            LATHE_EPILOGUE_ACTIVATIONS(epilogue_bias)
            LATHE_EPILOGUE_ACTIVATIONS(epilogue_bias | epilogue_bf16)
            // Integer layers with activations quantised per token: asymmetric ones have zero points, symmetric ones do too (their codes are
            // unsigned), so only weights alone go without.
            LATHE_EPILOGUE(epilogue_integer)
            LATHE_EPILOGUE(epilogue_integer | epilogue_bias)
            LATHE_EPILOGUE(epilogue_integer | epilogue_zeros)
            LATHE_EPILOGUE(epilogue_integer | epilogue_zeros | epilogue_bias | epilogue_residual)
            LATHE_EPILOGUE(epilogue_integer | epilogue_zeros | epilogue_bias | LATHE_ACTIVATION_TANH)
            LATHE_EPILOGUE_ACTIVATIONS(epilogue_integer | epilogue_zeros | epilogue_bias)
            LATHE_EPILOGUE_ACTIVATIONS(epilogue_integer | epilogue_zeros | epilogue_bias | epilogue_u8)
        }
    }
#endif
    epilogue_any(e, epilogue_options_of(key));
}

#undef LATHE_EPILOGUE
#undef LATHE_EPILOGUE_ACTIVATIONS

LATHE_TARGET_END
