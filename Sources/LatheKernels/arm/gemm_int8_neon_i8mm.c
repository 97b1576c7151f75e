// u8 x s8 matrix product for NEON with usdot (part of I8MM), which multiplies and sums the four codes of a word exactly: an 8 x 12 tile.

#if defined(__aarch64__)

#include "include/lathe_gemm.h"

#include <arm_neon.h>

#pragma clang attribute push(__attribute__((target("i8mm"))), apply_to = function)

#define ROWS 8
#define VECTORS 3
#define LANES 4
#define DEPTH 4
#define INTEGER
#define BUSY 16

typedef uint8x16_t left_t;
typedef int8x16_t right_t;

#include "arm/gemm_sums_neon.h"

static inline left_t broadcast(const void *word) { return vreinterpretq_u8_u32(vdupq_n_u32(word_at(word))); }
static inline right_t load(const void *words) { return vld1q_s8(words); }
static inline sum_t multiply_add(sum_t sum, left_t a, right_t b) { return vusdotq_s32(sum, a, b); }

#include "gemm/tile_template.h"
#include "gemm/gather_template.h"
#include "gemm/peak_template.h"

#pragma clang attribute pop

const lathe_gemm_tile lathe_gemm_int8_neon_i8mm = {ROWS, COLUMNS, DEPTH, kernel, peak, NULL, gather, DEPTH};

#endif
