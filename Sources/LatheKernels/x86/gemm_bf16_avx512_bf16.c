// bf16 matrix product for AVX-512 with BF16 instructions, which multiply and sum the two values of a word at once: a 6 x 64 tile.

#if defined(__x86_64__)

#include "include/lathe_gemm.h"

#include <immintrin.h>

#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx512bf16,avx2,fma"))), apply_to = function)

#define ROWS 6
#define VECTORS 4
#define LANES 16
#define DEPTH 2
#define BUSY 12

typedef __m512 sum_t;
typedef __m512bh left_t, right_t;

#include "x86/gemm_sums_avx512.h"

static inline left_t broadcast(const void *word) { return (__m512bh)_mm512_set1_epi32(word_at(word)); }
static inline right_t load(const void *words) { return (__m512bh)_mm512_loadu_si512(words); }
static inline sum_t multiply_add(sum_t sum, left_t a, right_t b) { return _mm512_dpbf16_ps(sum, a, b); }

#include "gemm/tile_template.h"
#include "gemm/gather_template.h"
#include "gemm/peak_template.h"

#pragma clang attribute pop

const lathe_gemm_tile lathe_gemm_bf16_avx512_bf16 = {ROWS, COLUMNS, DEPTH, kernel, peak, NULL, gather, DEPTH};

#endif
