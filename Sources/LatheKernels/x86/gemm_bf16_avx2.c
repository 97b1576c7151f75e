// bf16 matrix product for AVX2 and FMA: a 4 x 16 tile. A word's two values become f32 by a shift and a mask.

#if defined(__x86_64__)

#include "include/lathe_gemm.h"

#include <immintrin.h>

#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)

#define ROWS 4
#define VECTORS 2
#define LANES 8
#define DEPTH 2
#define BUSY 8

typedef __m256 sum_t;
/// The values at even and at odd k.
typedef struct pair {
    __m256 even, odd;
} pair, left_t, right_t;

#include "x86/gemm_sums_avx2.h"

static inline pair split(__m256i words) {
    return (pair){_mm256_castsi256_ps(_mm256_slli_epi32(words, 16)),
                  _mm256_castsi256_ps(_mm256_and_si256(words, _mm256_set1_epi32((int)0xffff0000)))};
}
static inline left_t broadcast(const void *word) { return split(_mm256_set1_epi32(word_at(word))); }
static inline right_t load(const void *words) { return split(_mm256_loadu_si256(words)); }
static inline sum_t multiply_add(sum_t sum, left_t a, right_t b) {
    return _mm256_fmadd_ps(a.odd, b.odd, _mm256_fmadd_ps(a.even, b.even, sum));
}

#define KEEP_LEFT(left) KEEP((left).even); KEEP((left).odd)

#include "gemm/tile_template.h"
#include "gemm/gather_template.h"
#include "gemm/peak_template.h"

#pragma clang attribute pop

const lathe_gemm_tile lathe_gemm_bf16_avx2 = {ROWS, COLUMNS, DEPTH, kernel, peak, NULL, gather, DEPTH};

#endif
