// Weights of few bits: their codes unpacked to bytes, their codes as floats, and the sums of a group of k scaled.

LATHE_TARGET_BEGIN

#pragma STDC FP_CONTRACT OFF

// 256 codes as four runs of 64 bytes, or as eight of 32.
typedef uint8_t fewbit_run __attribute__((ext_vector_type(64)));
typedef uint8_t fewbit_short_run __attribute__((ext_vector_type(32)));

enum { fewbit_chunk = 256, fewbit_ahead = 2048 };

#define FEWBIT_LOAD(vector, from) ({ vector loaded_; memcpy(&loaded_, (from), sizeof loaded_); loaded_; })
#define FEWBIT_STORE(to, vector)                        \
    do {                                                \
        const __typeof__(vector) stored_ = (vector);    \
        memcpy((to), &stored_, sizeof stored_);         \
    } while (0)

LATHE_INLINE void fewbit_unpack_4(const uint8_t *packed, int8_t *codes) {
    for (int half = 0; half < 2; half++) {
        const fewbit_run both = FEWBIT_LOAD(fewbit_run, packed + 64 * half);
        FEWBIT_STORE(codes + 64 * half, (both & 15) - 8);
        FEWBIT_STORE(codes + 128 + 64 * half, (both >> 4) - 8);
    }
}

LATHE_INLINE void fewbit_unpack_2(const uint8_t *packed, int8_t *codes) {
    const fewbit_run all = FEWBIT_LOAD(fewbit_run, packed);
    FEWBIT_STORE(codes, (all & 3) - 2);
    FEWBIT_STORE(codes + 64, (all >> 2 & 3) - 2);
    FEWBIT_STORE(codes + 128, (all >> 4 & 3) - 2);
    FEWBIT_STORE(codes + 192, (all >> 6) - 2);
}

// Bit q of every byte; where it is set -1, else 0.
#define FEWBIT_PLANE(all, q) ((fewbit_short_run)(((all) & (uint8_t)(1 << (q))) != 0))

LATHE_INLINE void fewbit_unpack_1(const uint8_t *packed, int8_t *codes) {
    const fewbit_short_run all = FEWBIT_LOAD(fewbit_short_run, packed), one = (fewbit_short_run)(1);
    _Pragma("clang loop unroll(full)") for (int q = 0; q < 8; q++) FEWBIT_STORE(codes + 32 * q, ~FEWBIT_PLANE(all, q) | one);
}

// The two low bits as in 2 bits, then the plane of the high ones.
LATHE_INLINE void fewbit_unpack_3(const uint8_t *packed, int8_t *codes) {
    const fewbit_short_run high = FEWBIT_LOAD(fewbit_short_run, packed + 64);
    _Pragma("clang loop unroll(full)") for (int q = 0; q < 8; q++) {
        const fewbit_short_run low = FEWBIT_LOAD(fewbit_short_run, packed + 32 * (q & 1)) >> (uint8_t)(q / 2 * 2) & 3;
        FEWBIT_STORE(codes + 32 * q, low - 4 - (FEWBIT_PLANE(high, q) & 4) * (uint8_t)-1);
    }
}

#define FEWBIT_CHUNKS(bytes, unpack)                                                       \
    for (int64_t i = 0; i < chunks; i++, packed += (bytes), codes += fewbit_chunk) {       \
        for (int line = 0; line < (bytes); line += 64) __builtin_prefetch(packed + fewbit_ahead + line, 0, 3); \
        unpack(packed, codes);                                                             \
    }

void LATHE_VARIANT(unpack_codes)(int bits, int64_t chunks, const uint8_t *packed, int8_t *codes) {
    switch (bits) {
    case 4: FEWBIT_CHUNKS(128, fewbit_unpack_4) break;
    case 3: FEWBIT_CHUNKS(96, fewbit_unpack_3) break;
    case 2: FEWBIT_CHUNKS(64, fewbit_unpack_2) break;
    default: FEWBIT_CHUNKS(32, fewbit_unpack_1) break;
    }
}

// The value of byte j of every word.
#define FEWBIT_VALUE(word, j) fewbit_value((vi)((vu)(word) << (24 - 8 * (j))) >> 24, scale, base, lowest, shifted)

LATHE_INLINE vf fewbit_value(vi code, vf scale, vf base, vf lowest, bool shifted) {
    const vf value = v_from_int(code);
    return shifted ? (value - lowest) * scale + base : value * scale;
}

LATHE_INLINE vu fewbit_pair(vf even, vf odd) {
    return __builtin_convertvector(v_to_bfloat(even), vu) | __builtin_convertvector(v_to_bfloat(odd), vu) << 16;
}

LATHE_INLINE void fewbit_columns(bool bf16, bool shifted, int64_t words, int64_t cols, const int8_t *codes, vf scale, vf base, vf lowest,
                                 uint32_t *values) {
    for (int64_t w = 0; w < words; w++, codes += 4 * cols) {
        vi word;
        memcpy(&word, codes, sizeof word);
        const vf first = FEWBIT_VALUE(word, 0), second = FEWBIT_VALUE(word, 1), third = FEWBIT_VALUE(word, 2), fourth = FEWBIT_VALUE(word, 3);
        if (bf16) {
            vu_store(values, fewbit_pair(first, second)), values += cols;
            vu_store(values, fewbit_pair(third, fourth)), values += cols;
        } else {
            vu_store(values, (vu)first), values += cols;
            vu_store(values, (vu)second), values += cols;
            vu_store(values, (vu)third), values += cols;
            vu_store(values, (vu)fourth), values += cols;
        }
    }
}

void LATHE_VARIANT(dequantize_codes)(lathe_type type, int bits, int64_t words, int64_t cols, const int8_t *codes, const float *scale,
                                     const float *zero, void *values) {
    const vf lowest = v_splat(-(float)(1 << (bits - 1)));
    for (int64_t c = 0; c < cols; c += v_width) {
        const vf factor = v_load(scale + c), base = zero == NULL ? v_splat(0.0f) : factor * (lowest - v_load(zero + c));
        uint32_t *to = (uint32_t *)values + c;
        if (type == LATHE_BF16) fewbit_columns(true, zero != NULL, words, cols, codes + 4 * c, factor, base, lowest, to);
        else fewbit_columns(false, zero != NULL, words, cols, codes + 4 * c, factor, base, lowest, to);
    }
}

// One vector of columns down the rows: what belongs to the columns stays in registers.
LATHE_INLINE void fewbit_add(bool shifted, bool first, int64_t rows, int64_t cols, const int32_t *sums, const float *a_scale, const int32_t *a_zero,
                             vi b_sums, vf b_scale, vf b_zero, const float *a_sums, int64_t a_sums_stride, float *totals) {
    for (int64_t r = 0; r < rows; r++, sums += cols, totals += cols) {
        // Zero points far outside the codes, of ranges far from zero, could leave the integers.
        const int32_t a_zero_r = a_zero == NULL ? 0 : a_zero[r];
        const bool near = a_zero_r >= -1024 && a_zero_r <= 1024;
        vf v = near ? v_from_int(vi_load(sums) - b_sums * a_zero_r) : v_from_int(vi_load(sums)) - v_from_int(b_sums) * (float)a_zero_r;
        if (shifted) v -= b_zero * a_sums[r * a_sums_stride];
        v *= b_scale * (a_scale == NULL ? 1 : a_scale[r]);
        v_store(totals, first ? v : v_load(totals) + v);
    }
}

void LATHE_VARIANT(add_scaled_sums)(int64_t rows, int64_t cols, const int32_t *sums, const float *a_scale, const int32_t *a_zero,
                                    const int32_t *b_sums, const float *b_scale, const float *b_zero, const float *a_sums, int64_t a_sums_stride,
                                    bool first, float *totals) {
    for (int64_t c = 0; c < cols; c += v_width) {
        const vi code_sums = vi_load(b_sums + c);
        const vf scale = v_load(b_scale + c), zero = b_zero == NULL ? v_splat(0.0f) : v_load(b_zero + c);
#define FEWBIT_ADD(shifted, first) \
    fewbit_add(shifted, first, rows, cols, sums + c, a_scale, a_zero, code_sums, scale, zero, a_sums, a_sums_stride, totals + c)
        if (b_zero != NULL) FEWBIT_ADD(true, first);
        else if (first) FEWBIT_ADD(false, true);
        else FEWBIT_ADD(false, false);
#undef FEWBIT_ADD
    }
}

#pragma STDC FP_CONTRACT DEFAULT

LATHE_TARGET_END
