// Rounding f32 operands to bf16 and rearranging them in one pass, with the BF16 instructions of AVX-512. Those take subnormal numbers as
// zero, as does the register tile that reads the result.

#if defined(__x86_64__)

#include "gemm/operands.h"

#include <immintrin.h>

#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx512bf16,avx2,fma"))), apply_to = function)

#define INLINE static inline __attribute__((always_inline))
#define UNROLL _Pragma("clang loop unroll(full)")

/// 16 words: the bf16 of even[i] in the low half, of odd[i] in the high half.
INLINE __m512i pair(const float *even, const float *odd) {
    const __m512i halves = (__m512i)_mm512_cvtne2ps_pbh(_mm512_loadu_ps(odd), _mm512_loadu_ps(even));
    const __m512i order = _mm512_set_epi16(31, 15, 30, 14, 29, 13, 28, 12, 27, 11, 26, 10, 25, 9, 24, 8, 23, 7, 22, 6, 21, 5, 20, 4, 19, 3, 18, 2,
                                           17, 1, 16, 0);
    return _mm512_permutexvar_epi16(order, halves);
}

/// Transposes 16 x 16 words in registers and stores the rows.
INLINE void turn(__m512i rows[16], uint16_t *to, int64_t stride) {
    __m512i t[16];
    UNROLL for (int i = 0; i < 16; i += 4) {  // 4 x 4 blocks within 128-bit lanes
        const __m512i a = _mm512_unpacklo_epi32(rows[i], rows[i + 1]), b = _mm512_unpackhi_epi32(rows[i], rows[i + 1]);
        const __m512i c = _mm512_unpacklo_epi32(rows[i + 2], rows[i + 3]), d = _mm512_unpackhi_epi32(rows[i + 2], rows[i + 3]);
        t[i] = _mm512_unpacklo_epi64(a, c), t[i + 1] = _mm512_unpackhi_epi64(a, c);
        t[i + 2] = _mm512_unpacklo_epi64(b, d), t[i + 3] = _mm512_unpackhi_epi64(b, d);
    }
    UNROLL for (int i = 0; i < 4; i++) {  // the lanes themselves; t[i + 4 j] holds columns i, i + 4, i + 8, i + 12 of rows 4 j ... 4 j + 3
        const __m512i a = _mm512_shuffle_i32x4(t[i], t[i + 4], 0x88), b = _mm512_shuffle_i32x4(t[i + 8], t[i + 12], 0x88);
        const __m512i c = _mm512_shuffle_i32x4(t[i], t[i + 4], 0xdd), d = _mm512_shuffle_i32x4(t[i + 8], t[i + 12], 0xdd);
        _mm512_storeu_si512(to + (i + 0) * stride, _mm512_shuffle_i32x4(a, b, 0x88));
        _mm512_storeu_si512(to + (i + 8) * stride, _mm512_shuffle_i32x4(a, b, 0xdd));
        _mm512_storeu_si512(to + (i + 4) * stride, _mm512_shuffle_i32x4(c, d, 0x88));
        _mm512_storeu_si512(to + (i + 12) * stride, _mm512_shuffle_i32x4(c, d, 0xdd));
    }
}

static void round_numbers(int64_t n, const float *from, uint16_t *to) {
    int64_t i = 0;
    for (; i + 32 <= n; i += 32) {
        _mm512_storeu_si512(to + i, (__m512i)_mm512_cvtne2ps_pbh(_mm512_loadu_ps(from + i + 16), _mm512_loadu_ps(from + i)));
    }
    for (; i < n; i += 16) {
        const __mmask16 lanes = (__mmask16)(n - i < 16 ? 0xffff >> (16 - (n - i)) : 0xffff);
        _mm256_mask_storeu_epi16(to + i, lanes, (__m256i)_mm512_cvtneps_pbh(_mm512_maskz_loadu_ps(lanes, from + i)));
    }
}

static void interleave(const float *even, const float *odd, int columns, uint16_t *to) {
    for (int c = 0; c < columns; c += 16) { _mm512_storeu_si512(to + 2 * c, pair(even + c, odd + c)); }
}

static void turn_columns(const float *from, int64_t from_stride, uint16_t *to, int64_t to_stride) {
    __m512i rows[16];
    UNROLL for (int c = 0; c < 16; c++) {
        const float *column = from + c * from_stride;
        rows[c] = (__m512i)_mm512_cvtne2ps_pbh(_mm512_loadu_ps(column + 16), _mm512_loadu_ps(column));
    }
    turn(rows, to, to_stride);
}

static void turn_rows(const float *from, int64_t from_stride, uint16_t *to, int64_t to_stride) {
    __m512i rows[16];
    UNROLL for (int i = 0; i < 16; i++) { rows[i] = pair(from + 2 * i * from_stride, from + (2 * i + 1) * from_stride); }
    turn(rows, to, to_stride);
}

#pragma clang attribute pop

const lathe_bf16_layout lathe_bf16_layout_avx512 = {round_numbers, interleave, turn_columns, turn_rows};

#endif
