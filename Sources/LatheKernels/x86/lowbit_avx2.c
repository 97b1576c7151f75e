// Few rows times a panel of few bits for AVX2: codes go from memory to the multipliers through registers. They are multiplied as u = code + h,
// without sign: four sums of two products of u < 16 and a byte fit into 16 bits, so that vpmaddubsw is exact. What h adds, h times the sum of A's codes,
// is taken away at the end.

#if defined(__x86_64__)

#include "include/lathe_gemm.h"

#include <immintrin.h>
#include <string.h>

#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)

#define INLINE static inline __attribute__((always_inline))
#define UNROLL _Pragma("clang loop unroll(full)")

enum {
    VECTORS = 2,         ///< a word of k of 16 columns
    WORDS = 4,           ///< of k in a chunk of 256 codes
    CHUNK_K = 4 * WORDS,
    AHEAD_BYTES = 4096,  ///< how far ahead of its use a panel is fetched into the first cache
};

/// 256 codes as u = code + h; those of 1 bit as u = (code + 1) / 2.
typedef struct chunk {
    __m256i vectors[WORDS * VECTORS];
} chunk;

INLINE __m256i at(const uint8_t *from, int vector) { return _mm256_loadu_si256((const __m256i *)(const void *)(from + 32 * vector)); }
INLINE __m256i bits_of(__m256i codes, int shift, int mask) {
    return _mm256_and_si256(shift < 0 ? _mm256_slli_epi16(codes, -shift) : _mm256_srli_epi16(codes, shift), _mm256_set1_epi8((char)mask));
}

INLINE chunk load(const int bits, const uint8_t *from) {
    chunk u;
    switch (bits) {
        case 4:
            UNROLL for (int v = 0; v < 8; v++) { u.vectors[v] = bits_of(at(from, v % 4), v / 4 * 4, 15); }
            break;
        case 3:
            UNROLL for (int v = 0; v < 8; v++) {
                u.vectors[v] = _mm256_or_si256(bits_of(at(from, v % 2), v / 2 * 2, 3), bits_of(at(from, 2), v - 2, 4));
            }
            break;
        case 2:
            UNROLL for (int v = 0; v < 8; v++) { u.vectors[v] = bits_of(at(from, v % 2), v / 2 * 2, 3); }
            break;
        default:
            UNROLL for (int v = 0; v < 8; v++) { u.vectors[v] = bits_of(at(from, 0), v, 1); }
            break;
    }
    return u;
}

INLINE void step(const int bits, const int rows, __m256i *sums, __m128i *added, const uint8_t *a, int64_t a_stride, const uint8_t *panel) {
    const chunk u = load(bits, panel);
    UNROLL for (int r = 0; r < rows; r++) {
        const __m128i codes = _mm_loadu_si128((const __m128i *)(const void *)(a + r * a_stride));
        added[r] = _mm_add_epi64(added[r], _mm_sad_epu8(codes, _mm_setzero_si128()));
        __m256i pairs[VECTORS] = {_mm256_setzero_si256(), _mm256_setzero_si256()};
        UNROLL for (int w = 0; w < WORDS; w++) {
            int word;
            memcpy(&word, a + r * a_stride + 4 * w, sizeof word);
            const __m256i left = _mm256_set1_epi32(word);
            UNROLL for (int v = 0; v < VECTORS; v++) { pairs[v] = _mm256_add_epi16(pairs[v], _mm256_maddubs_epi16(left, u.vectors[w * VECTORS + v])); }
        }
        UNROLL for (int v = 0; v < VECTORS; v++) {
            sums[r * VECTORS + v] = _mm256_add_epi32(sums[r * VECTORS + v], _mm256_madd_epi16(pairs[v], _mm256_set1_epi16(1)));
        }
    }
}

INLINE void multiply(const int bits, const int rows, int64_t k, const uint8_t *a, int64_t a_stride, const uint8_t *panel, int32_t *acc) {
    const int bytes = 32 * bits;
    __m256i sums[rows * VECTORS];
    __m128i added[rows];
    UNROLL for (int i = 0; i < rows * VECTORS; i++) { sums[i] = _mm256_setzero_si256(); }
    UNROLL for (int r = 0; r < rows; r++) { added[r] = _mm_setzero_si128(); }
    for (; k >= CHUNK_K; k -= CHUNK_K, a += CHUNK_K, panel += bytes) {
        UNROLL for (int offset = 0; offset < bytes; offset += 64) { __builtin_prefetch(panel + AHEAD_BYTES + offset, 0, 3); }
        step(bits, rows, sums, added, a, a_stride, panel);
    }
    if (k > 0) {
        uint8_t rest[4 * CHUNK_K] = {0};
        for (int r = 0; r < rows; r++) { memcpy(rest + r * CHUNK_K, a + r * a_stride, (size_t)k); }
        step(bits, rows, sums, added, rest, CHUNK_K, panel);
    }

    for (int r = 0; r < rows; r++) {
        const int sum = _mm_cvtsi128_si32(added[r]) + _mm_extract_epi32(added[r], 2);
        const __m256i surplus = _mm256_set1_epi32(sum << (bits - 1));
        for (int v = 0; v < VECTORS; v++) {
            const __m256i counted = bits == 1 ? _mm256_slli_epi32(sums[r * VECTORS + v], 1) : sums[r * VECTORS + v];
            _mm256_storeu_si256((__m256i *)(void *)(acc + (r * VECTORS + v) * 8), _mm256_sub_epi32(counted, surplus));
        }
    }
}

#include "x86/lowbit_rows.h"

void lathe_lowbit_rows_avx2(int bits, int rows, int64_t k, const uint8_t *a, int64_t a_stride, const uint8_t *panel, int32_t *acc) {
    multiply_rows(bits, rows, k, a, a_stride, panel, acc);
}

#pragma clang attribute pop

#endif
