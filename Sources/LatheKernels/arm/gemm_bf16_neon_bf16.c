// bf16 matrix product for NEON with BF16 instructions (bfdot), which multiply and sum the two values of a word at once: an 8 x 12 tile.

#if defined(__aarch64__)

#include "include/lathe_gemm.h"

#include <arm_neon.h>

#pragma clang attribute push(__attribute__((target("bf16"))), apply_to = function)

#define ROWS 8
#define VECTORS 3
#define LANES 4
#define DEPTH 2
#define BUSY 16

typedef bfloat16x8_t left_t, right_t;

#include "arm/gemm_sums_neon.h"

static inline left_t broadcast(const void *word) { return vreinterpretq_bf16_u32(vdupq_n_u32(word_at(word))); }
static inline right_t load(const void *words) { return vreinterpretq_bf16_u8(vld1q_u8(words)); }
static inline sum_t multiply_add(sum_t sum, left_t a, right_t b) { return vbfdotq_f32(sum, a, b); }

#include "gemm/tile_template.h"
#include "gemm/gather_template.h"
#include "gemm/peak_template.h"

#pragma clang attribute pop

const lathe_gemm_tile lathe_gemm_bf16_neon_bf16 = {ROWS, COLUMNS, DEPTH, kernel, peak, NULL, gather, DEPTH};

#endif
