// u8 x s8 matrix product for NEON with sdot, which knows signed codes only: an 8 x 8 tile. A's codes are shifted by 128, and 128 times the
// sum of B's is added again: sum a b = sum (a - 128) b + 2 sum 64 b.

#if defined(__aarch64__)

#include "include/lathe_gemm.h"

#include <arm_neon.h>

#pragma clang attribute push(__attribute__((target("dotprod"))), apply_to = function)

#define ROWS 8
#define VECTORS 2
#define LANES 4
#define DEPTH 4
#define INTEGER
#define BUSY 16

typedef int8x16_t left_t, right_t;

#include "arm/gemm_sums_neon.h"

static inline left_t broadcast(const void *word) { return vreinterpretq_s8_u32(vdupq_n_u32(word_at(word) ^ 0x80808080)); }
static inline right_t load(const void *words) { return vld1q_s8(words); }
static inline sum_t multiply_add(sum_t sum, left_t a, right_t b) { return vdotq_s32(sum, a, b); }

#define CORRECTED
static inline left_t half_shift(void) { return vdupq_n_s8(64); }
static inline sum_t correct(sum_t sum, sum_t half) { return vaddq_s32(sum, vaddq_s32(half, half)); }

#include "gemm/tile_template.h"
#include "gemm/gather_template.h"
#include "gemm/peak_template.h"

#pragma clang attribute pop

const lathe_gemm_tile lathe_gemm_int8_neon_dotprod = {ROWS, COLUMNS, DEPTH, kernel, peak, NULL, gather, DEPTH};

#endif
