// Weights of few bits: their codes unpacked to bytes, their codes as floats, and the sums of a group of k scaled.

LATHE_TARGET_BEGIN

#pragma STDC FP_CONTRACT OFF

// 256 codes as four runs of 64 bytes, or as eight of 32.
typedef uint8_t lowbit_run __attribute__((ext_vector_type(64)));
typedef uint8_t lowbit_short_run __attribute__((ext_vector_type(32)));

enum { lowbit_chunk = 256, lowbit_ahead = 2048 };

#define LOWBIT_LOAD(vector, from) ({ vector loaded_; memcpy(&loaded_, (from), sizeof loaded_); loaded_; })
#define LOWBIT_STORE(to, vector)                        \
    do {                                                \
        const __typeof__(vector) stored_ = (vector);    \
        memcpy((to), &stored_, sizeof stored_);         \
    } while (0)

LATHE_INLINE void lowbit_unpack_4(const uint8_t *packed, int8_t *codes) {
    for (int half = 0; half < 2; half++) {
        const lowbit_run both = LOWBIT_LOAD(lowbit_run, packed + 64 * half);
        LOWBIT_STORE(codes + 64 * half, (both & 15) - 8);
        LOWBIT_STORE(codes + 128 + 64 * half, (both >> 4) - 8);
    }
}

LATHE_INLINE void lowbit_unpack_2(const uint8_t *packed, int8_t *codes) {
    const lowbit_run all = LOWBIT_LOAD(lowbit_run, packed);
    LOWBIT_STORE(codes, (all & 3) - 2);
    LOWBIT_STORE(codes + 64, (all >> 2 & 3) - 2);
    LOWBIT_STORE(codes + 128, (all >> 4 & 3) - 2);
    LOWBIT_STORE(codes + 192, (all >> 6) - 2);
}

// Bit q of every byte; where it is set -1, else 0.
#define LOWBIT_PLANE(all, q) ((lowbit_short_run)(((all) & (uint8_t)(1 << (q))) != 0))

LATHE_INLINE void lowbit_unpack_1(const uint8_t *packed, int8_t *codes) {
    const lowbit_short_run all = LOWBIT_LOAD(lowbit_short_run, packed), one = (lowbit_short_run)(1);
    _Pragma("clang loop unroll(full)") for (int q = 0; q < 8; q++) LOWBIT_STORE(codes + 32 * q, ~LOWBIT_PLANE(all, q) | one);
}

// The two low bits as in 2 bits, then the plane of the high ones.
LATHE_INLINE void lowbit_unpack_3(const uint8_t *packed, int8_t *codes) {
    const lowbit_short_run high = LOWBIT_LOAD(lowbit_short_run, packed + 64);
    _Pragma("clang loop unroll(full)") for (int q = 0; q < 8; q++) {
        const lowbit_short_run low = LOWBIT_LOAD(lowbit_short_run, packed + 32 * (q & 1)) >> (uint8_t)(q / 2 * 2) & 3;
        LOWBIT_STORE(codes + 32 * q, low - 4 - (LOWBIT_PLANE(high, q) & 4) * (uint8_t)-1);
    }
}

#define LOWBIT_CHUNKS(bytes, unpack)                                                       \
    for (int64_t i = 0; i < chunks; i++, packed += (bytes), codes += lowbit_chunk) {       \
        for (int line = 0; line < (bytes); line += 64) __builtin_prefetch(packed + lowbit_ahead + line, 0, 3); \
        unpack(packed, codes);                                                             \
    }

void LATHE_VARIANT(unpack_codes)(int bits, int64_t chunks, const uint8_t *packed, int8_t *codes) {
    switch (bits) {
    case 4: LOWBIT_CHUNKS(128, lowbit_unpack_4) break;
    case 3: LOWBIT_CHUNKS(96, lowbit_unpack_3) break;
    case 2: LOWBIT_CHUNKS(64, lowbit_unpack_2) break;
    default: LOWBIT_CHUNKS(32, lowbit_unpack_1) break;
    }
}

// The value of byte j of every word.
#define LOWBIT_VALUE(word, j) lowbit_value((vi)((vu)(word) << (24 - 8 * (j))) >> 24, scale, base, lowest, shifted)

LATHE_INLINE vf lowbit_value(vi code, vf scale, vf base, vf lowest, bool shifted) {
    const vf value = v_from_int(code);
    return shifted ? (value - lowest) * scale + base : value * scale;
}

LATHE_INLINE vu lowbit_pair(vf even, vf odd) {
    return __builtin_convertvector(v_to_bfloat(even), vu) | __builtin_convertvector(v_to_bfloat(odd), vu) << 16;
}

LATHE_INLINE void lowbit_columns(bool bf16, bool shifted, int64_t words, int64_t cols, const int8_t *codes, vf scale, vf base, vf lowest,
                                 uint32_t *values) {
    for (int64_t w = 0; w < words; w++, codes += 4 * cols) {
        vi word;
        memcpy(&word, codes, sizeof word);
        const vf first = LOWBIT_VALUE(word, 0), second = LOWBIT_VALUE(word, 1), third = LOWBIT_VALUE(word, 2), fourth = LOWBIT_VALUE(word, 3);
        if (bf16) {
            vu_store(values, lowbit_pair(first, second)), values += cols;
            vu_store(values, lowbit_pair(third, fourth)), values += cols;
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
        if (type == LATHE_BF16) lowbit_columns(true, zero != NULL, words, cols, codes + 4 * c, factor, base, lowest, to);
        else lowbit_columns(false, zero != NULL, words, cols, codes + 4 * c, factor, base, lowest, to);
    }
}

// What belongs to one row of A.
typedef struct lowbit_row {
    float scale, sum;
    int32_t zero;
    bool near;  // zero points far outside the codes, of ranges far from zero, could leave the integers
} lowbit_row;

LATHE_INLINE void lowbit_add(bool near, bool shifted, bool first, lowbit_row row, int64_t cols, const int32_t *sums, const int32_t *b_sums,
                             const float *b_scale, const float *b_zero, float *totals) {
    for (int64_t c = 0; c < cols; c += v_width) {
        const vi sum = vi_load(sums + c), codes = vi_load(b_sums + c);
        vf v = near ? v_from_int(sum - codes * row.zero) : v_from_int(sum) - v_from_int(codes) * (float)row.zero;
        if (shifted) v -= v_load(b_zero + c) * row.sum;
        v *= v_load(b_scale + c) * row.scale;
        v_store(totals + c, first ? v : v_load(totals + c) + v);
    }
}

void LATHE_VARIANT(add_scaled_sums)(int64_t rows, int64_t cols, const int32_t *sums, const float *a_scale, const int32_t *a_zero,
                                    const int32_t *b_sums, const float *b_scale, const float *b_zero, const float *a_sums, int64_t a_sums_stride,
                                    bool first, float *totals) {
    const bool shifted = b_zero != NULL;
    for (int64_t r = 0; r < rows; r++, sums += cols, totals += cols) {
        lowbit_row row = {.scale = a_scale == NULL ? 1 : a_scale[r], .sum = shifted ? a_sums[r * a_sums_stride] : 0};
        row.zero = a_zero == NULL ? 0 : a_zero[r];
        row.near = row.zero >= -1024 && row.zero <= 1024;
        if (!row.near || shifted) lowbit_add(row.near, shifted, first, row, cols, sums, b_sums, b_scale, b_zero, totals);
        else if (first) lowbit_add(true, false, true, row, cols, sums, b_sums, b_scale, b_zero, totals);
        else lowbit_add(true, false, false, row, cols, sums, b_sums, b_scale, b_zero, totals);
    }
}

#pragma STDC FP_CONTRACT DEFAULT

LATHE_TARGET_END
