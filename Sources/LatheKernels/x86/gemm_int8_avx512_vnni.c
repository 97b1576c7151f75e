// u8 x s8 matrix product for AVX-512 with VNNI instructions, which multiply and sum the four codes of a word exactly: a 6 x 64 tile.

#if defined(__x86_64__)

#include "include/lathe_gemm.h"

#include <immintrin.h>

#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx512vnni,avx2,fma"))), apply_to = function)

#define ROWS 6
#define VECTORS 4
#define LANES 16
#define DEPTH 4
#define INTEGER
#define BUSY 8

typedef __m512i sum_t, left_t, right_t;

#include "x86/gemm_sums_avx512.h"

static inline left_t broadcast(const void *word) { return _mm512_set1_epi32(word_at(word)); }
static inline right_t load(const void *words) { return _mm512_loadu_si512(words); }
static inline sum_t multiply_add(sum_t sum, left_t a, right_t b) { return _mm512_dpbusd_epi32(sum, a, b); }

#include "gemm/tile_template.h"
#include "gemm/gather_template.h"
#include "gemm/peak_template.h"

#pragma clang attribute pop

void lathe_lowbit_rows_avx512_vnni(int bits, int rows, int64_t k, const uint8_t *a, int64_t a_stride, const uint8_t *panel, int32_t *acc);

const lathe_gemm_tile lathe_gemm_int8_avx512_vnni = {ROWS, COLUMNS, DEPTH, kernel, peak, lathe_lowbit_rows_avx512_vnni, gather, DEPTH};

#endif
