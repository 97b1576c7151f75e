// Few rows times a panel of few bits for AVX-512 with VNNI: codes go from memory to the multipliers through registers. They are multiplied as
// u = code + h, without sign, and what that adds, h times the sum of A's codes, is taken away at the end.

#if defined(__x86_64__)

#include "include/lathe_gemm.h"

#include <immintrin.h>

#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx512vnni,avx2,fma"))), apply_to = function)

#define INLINE static inline __attribute__((always_inline))
#define UNROLL _Pragma("clang loop unroll(full)")

enum {
    VECTORS = 4,
    AHEAD_BYTES = 4096,  ///< how far ahead of its use a panel is fetched into the first cache
    GROUP = 4,           ///< words of k that share the fetching
};

/// 256 codes: a word of k of 64 columns, as u = code + h.
typedef struct chunk {
    __m512i vectors[VECTORS];
} chunk;

INLINE __m512i at(const uint8_t *from, int vector) { return _mm512_loadu_si512(from + 64 * vector); }
INLINE __m512i low_bits(__m512i codes, int shift, int bits) {
    return _mm512_and_si512(shift == 0 ? codes : _mm512_srli_epi16(codes, (unsigned)shift), _mm512_set1_epi8((char)((1 << bits) - 1)));
}

INLINE chunk load_4(const uint8_t *from) {
    const __m512i first = at(from, 0), second = at(from, 1);
    return (chunk){{low_bits(first, 0, 4), low_bits(second, 0, 4), low_bits(first, 4, 4), low_bits(second, 4, 4)}};
}

INLINE chunk load_2(const uint8_t *from) {
    const __m512i all = at(from, 0);
    return (chunk){{low_bits(all, 0, 2), low_bits(all, 2, 2), low_bits(all, 4, 2), low_bits(all, 6, 2)}};
}

/// `value` where bit 2 v of the lower 32 bytes or bit 2 v + 1 of the upper ones is set, else 0.
INLINE __m512i plane(__m512i twice, int v, char value) {
    const __m512i bit = _mm512_inserti64x4(_mm512_set1_epi8((char)(1 << (2 * v))), _mm256_set1_epi8((char)(2 << (2 * v))), 1);
    return _mm512_maskz_mov_epi8(_mm512_test_epi8_mask(twice, bit), _mm512_set1_epi8(value));
}
INLINE __m512i twice(const uint8_t *from) { return _mm512_broadcast_i64x4(_mm256_loadu_si256((const __m256i *)(const void *)from)); }

/// 1 bit counts twice: code = 2 u - 1.
INLINE chunk load_1(const uint8_t *from) {
    const __m512i all = twice(from);
    return (chunk){{plane(all, 0, 2), plane(all, 1, 2), plane(all, 2, 2), plane(all, 3, 2)}};
}

INLINE chunk load_3(const uint8_t *from) {
    chunk u = load_2(from);
    const __m512i high = twice(from + 64);
    UNROLL for (int v = 0; v < VECTORS; v++) { u.vectors[v] = _mm512_or_si512(u.vectors[v], plane(high, v, 4)); }
    return u;
}

INLINE chunk load(const int bits, const uint8_t *from) {
    return bits == 4 ? load_4(from) : bits == 3 ? load_3(from) : bits == 2 ? load_2(from) : load_1(from);
}

INLINE __m512i word(const uint8_t *a) {
    int value;
    __builtin_memcpy(&value, a, sizeof value);
    return _mm512_set1_epi32(value);
}

INLINE void step(const int bits, const int rows, __m512i *sums, __m512i *added, const uint8_t *a, int64_t a_stride, const uint8_t *panel) {
    const chunk u = load(bits, panel);
    const __m512i one = _mm512_set1_epi8(1);
    UNROLL for (int r = 0; r < rows; r++) {
        const __m512i left = word(a + r * a_stride);
        added[r] = _mm512_dpbusd_epi32(added[r], left, one);
        UNROLL for (int v = 0; v < VECTORS; v++) { sums[r * VECTORS + v] = _mm512_dpbusd_epi32(sums[r * VECTORS + v], left, u.vectors[v]); }
    }
}

INLINE void multiply(const int bits, const int rows, int64_t words, const uint8_t *a, int64_t a_stride, const uint8_t *panel, int32_t *acc) {
    const int bytes = 32 * bits;
    __m512i sums[rows * VECTORS], added[rows];
    UNROLL for (int i = 0; i < rows * VECTORS; i++) { sums[i] = _mm512_setzero_si512(); }
    UNROLL for (int r = 0; r < rows; r++) { added[r] = _mm512_setzero_si512(); }
    for (; words >= GROUP; words -= GROUP) {
        UNROLL for (int offset = 0; offset < GROUP * bytes; offset += 64) { __builtin_prefetch(panel + AHEAD_BYTES + offset, 0, 3); }
        UNROLL for (int i = 0; i < GROUP; i++) { step(bits, rows, sums, added, a + 4 * i, a_stride, panel + i * bytes); }
        a += 4 * GROUP, panel += GROUP * bytes;
    }
    for (; words > 0; words--, a += 4, panel += bytes) { step(bits, rows, sums, added, a, a_stride, panel); }

    const int h = 1 << (bits - 1);
    UNROLL for (int r = 0; r < rows; r++) {
        const __m512i surplus = _mm512_mullo_epi32(added[r], _mm512_set1_epi32(h));
        UNROLL for (int v = 0; v < VECTORS; v++) {
            int32_t *to = acc + (r * VECTORS + v) * 16;
            _mm512_storeu_si512(to, _mm512_sub_epi32(sums[r * VECTORS + v], surplus));
        }
    }
}

#include "x86/lowbit_rows.h"

void lathe_lowbit_rows_avx512_vnni(int bits, int rows, int64_t k, const uint8_t *a, int64_t a_stride, const uint8_t *panel, int32_t *acc) {
    multiply_rows(bits, rows, k / 4, a, a_stride, panel, acc);
}

#pragma clang attribute pop

#endif
