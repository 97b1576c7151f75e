// bf16 matrix product for NEON without BF16 instructions: a 6 x 12 tile. A word's two values become f32 by a shift and a mask.

#if defined(__aarch64__)

#include "include/lathe_gemm.h"

#include <arm_neon.h>

#define ROWS 6
#define VECTORS 3
#define LANES 4
#define DEPTH 2
#define BUSY 16

/// The values at even and at odd k.
typedef struct pair {
    float32x4_t even, odd;
} pair, left_t, right_t;

#include "arm/gemm_sums_neon.h"

static inline pair split(uint32x4_t words) {
    return (pair){vreinterpretq_f32_u32(vshlq_n_u32(words, 16)), vreinterpretq_f32_u32(vandq_u32(words, vdupq_n_u32(0xffff0000)))};
}
static inline left_t broadcast(const void *word) { return split(vdupq_n_u32(word_at(word))); }
static inline right_t load(const void *words) { return split(vreinterpretq_u32_u8(vld1q_u8(words))); }
static inline sum_t multiply_add(sum_t sum, left_t a, right_t b) { return vfmaq_f32(vfmaq_f32(sum, a.even, b.even), a.odd, b.odd); }

#define KEEP_LEFT(left) KEEP((left).even); KEEP((left).odd)

#include "gemm/tile_template.h"
#include "gemm/gather_template.h"
#include "gemm/peak_template.h"

const lathe_gemm_tile lathe_gemm_bf16_neon = {ROWS, COLUMNS, DEPTH, kernel, peak, NULL, gather, DEPTH};

#endif
