// f32 matrix product for AVX2 and FMA: a 6 x 16 tile, 12 of the 16 registers hold sums.

#if defined(__x86_64__)

#include "include/lathe_gemm.h"

#include <immintrin.h>

#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)

#define ROWS 6
#define VECTORS 2
#define LANES 8
#define DEPTH 1
#define BUSY 8

typedef __m256 sum_t, left_t, right_t;

#include "x86/gemm_sums_avx2.h"

static inline left_t broadcast(const void *word) { return _mm256_broadcast_ss(word); }
static inline right_t load(const void *words) { return _mm256_loadu_ps(words); }
static inline sum_t multiply_add(sum_t sum, left_t a, right_t b) { return _mm256_fmadd_ps(a, b, sum); }

#include "gemm/tile_template.h"
#include "gemm/gather_template.h"
#include "gemm/peak_template.h"

#pragma clang attribute pop

const lathe_gemm_tile lathe_gemm_f32_avx2 = {ROWS, COLUMNS, DEPTH, kernel, peak, NULL, gather, DEPTH};

#endif
