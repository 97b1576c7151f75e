// u8 x s8 matrix product for AVX2: a 4 x 16 tile. The codes at even and at odd places are widened to 16 bits, whose products and sums in
// pairs are exact (those of bytes, vpmaddubsw, saturate).

#if defined(__x86_64__)

#include "include/lathe_gemm.h"

#include <immintrin.h>

#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)

#define ROWS 4
#define VECTORS 2
#define LANES 8
#define DEPTH 4
#define INTEGER
#define BUSY 4

typedef __m256i sum_t;
/// 16-bit values at even and at odd k.
typedef struct pair {
    __m256i even, odd;
} left_t, right_t;

#include "x86/gemm_sums_avx2.h"

static inline left_t broadcast(const void *word) {
    const __m256i codes = _mm256_set1_epi32(word_at(word));
    return (left_t){_mm256_and_si256(codes, _mm256_set1_epi16(0xff)), _mm256_srli_epi16(codes, 8)};
}
static inline right_t load(const void *words) {
    const __m256i codes = _mm256_loadu_si256(words);
    return (right_t){_mm256_srai_epi16(_mm256_slli_epi16(codes, 8), 8), _mm256_srai_epi16(codes, 8)};
}
static inline sum_t multiply_add(sum_t sum, left_t a, right_t b) {
    return _mm256_add_epi32(sum, _mm256_add_epi32(_mm256_madd_epi16(a.even, b.even), _mm256_madd_epi16(a.odd, b.odd)));
}

#define KEEP_LEFT(left) KEEP((left).even); KEEP((left).odd)

#include "gemm/tile_template.h"
#include "gemm/gather_template.h"
#include "gemm/peak_template.h"

#pragma clang attribute pop

void lathe_lowbit_rows_avx2(int bits, int rows, int64_t k, const uint8_t *a, int64_t a_stride, const uint8_t *panel, int32_t *acc);

const lathe_gemm_tile lathe_gemm_int8_avx2 = {ROWS, COLUMNS, DEPTH, kernel, peak, lathe_lowbit_rows_avx2, gather, DEPTH};

#endif
