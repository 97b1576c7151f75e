// u8 x s8 matrix product for AVX-512 without VNNI instructions: a 4 x 64 tile. The codes at even and at odd places are widened to 16 bits,
// whose products and sums in pairs are exact (those of bytes, vpmaddubsw, saturate).

#if defined(__x86_64__)

#include "include/lathe_gemm.h"

#include <immintrin.h>

#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx2,fma"))), apply_to = function)

#define ROWS 4
#define VECTORS 4
#define LANES 16
#define DEPTH 4
#define INTEGER
#define BUSY 4

typedef __m512i sum_t;
/// 16-bit values at even and at odd k.
typedef struct pair {
    __m512i even, odd;
} left_t, right_t;

#include "x86/gemm_sums_avx512.h"

static inline left_t broadcast(const void *word) {
    const __m512i codes = _mm512_set1_epi32(word_at(word));
    return (left_t){_mm512_and_si512(codes, _mm512_set1_epi16(0xff)), _mm512_srli_epi16(codes, 8)};
}
static inline right_t load(const void *words) {
    const __m512i codes = _mm512_loadu_si512(words);
    return (right_t){_mm512_srai_epi16(_mm512_slli_epi16(codes, 8), 8), _mm512_srai_epi16(codes, 8)};
}
static inline sum_t multiply_add(sum_t sum, left_t a, right_t b) {
    return _mm512_add_epi32(sum, _mm512_add_epi32(_mm512_madd_epi16(a.even, b.even), _mm512_madd_epi16(a.odd, b.odd)));
}

#define KEEP_LEFT(left) KEEP((left).even); KEEP((left).odd)

#include "gemm/tile_template.h"
#include "gemm/gather_template.h"
#include "gemm/peak_template.h"

#pragma clang attribute pop

const lathe_gemm_tile lathe_gemm_int8_avx512 = {ROWS, COLUMNS, DEPTH, kernel, peak, NULL, gather, DEPTH};

#endif
