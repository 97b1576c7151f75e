// f32 matrix product for AVX-512: a 6 x 64 tile, 24 sums; four loads of B and six broadcasts of A feed 24 multiply-adds.

#if defined(__x86_64__)

#include "include/lathe_gemm.h"

#include <immintrin.h>

#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx2,fma"))), apply_to = function)

#define ROWS 6
#define VECTORS 4
#define LANES 16
#define DEPTH 1
#define BUSY 8

typedef __m512 sum_t, left_t, right_t;

#include "x86/gemm_sums_avx512.h"

static inline left_t broadcast(const void *word) { return _mm512_set1_ps(*(const float *)word); }
static inline right_t load(const void *words) { return _mm512_loadu_ps(words); }
static inline sum_t multiply_add(sum_t sum, left_t a, right_t b) { return _mm512_fmadd_ps(a, b, sum); }

#include "gemm/tile_template.h"
#include "gemm/gather_template.h"
#include "gemm/peak_template.h"

#pragma clang attribute pop

const lathe_gemm_tile lathe_gemm_f32_avx512 = {ROWS, COLUMNS, DEPTH, kernel, peak, NULL, gather, DEPTH};

#endif
