// f32 matrix product for NEON: an 8 x 12 tile, 24 of the 32 registers hold sums.

#if defined(__aarch64__)

#include "include/lathe_gemm.h"

#include <arm_neon.h>

#define ROWS 8
#define VECTORS 3
#define LANES 4
#define DEPTH 1
#define BUSY 16

typedef float32x4_t left_t, right_t;

#include "arm/gemm_sums_neon.h"

static inline left_t broadcast(const void *word) { return vld1q_dup_f32(word); }
static inline right_t load(const void *words) { return vld1q_f32(words); }
static inline sum_t multiply_add(sum_t sum, left_t a, right_t b) { return vfmaq_f32(sum, a, b); }

#include "gemm/tile_template.h"
#include "gemm/gather_template.h"
#include "gemm/peak_template.h"

const lathe_gemm_tile lathe_gemm_f32_neon = {ROWS, COLUMNS, DEPTH, kernel, peak, NULL, gather, DEPTH};

#endif
