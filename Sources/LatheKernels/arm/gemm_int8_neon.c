// u8 x s8 matrix product for NEON without dot product instructions: a 4 x 8 tile. The codes at even and at odd places are widened to
// 16 bits, multiplied into 32, and neighbours added.

#if defined(__aarch64__)

#include "include/lathe_gemm.h"

#include <arm_neon.h>

#define ROWS 4
#define VECTORS 2
#define LANES 4
#define DEPTH 4
#define INTEGER
#define BUSY 4

/// 16-bit values at even and at odd k.
typedef struct pair {
    int16x8_t even, odd;
} left_t, right_t;

#include "arm/gemm_sums_neon.h"

static inline left_t broadcast(const void *word) {
    const uint16x8_t codes = vreinterpretq_u16_u32(vdupq_n_u32(word_at(word)));
    return (left_t){vreinterpretq_s16_u16(vandq_u16(codes, vdupq_n_u16(0xff))), vreinterpretq_s16_u16(vshrq_n_u16(codes, 8))};
}
static inline right_t load(const void *words) {
    const int16x8_t codes = vreinterpretq_s16_u8(vld1q_u8(words));
    return (right_t){vshrq_n_s16(vshlq_n_s16(codes, 8), 8), vshrq_n_s16(codes, 8)};
}
static inline sum_t multiply_add(sum_t sum, left_t a, right_t b) {
    const int32x4_t low = vmlal_s16(vmull_s16(vget_low_s16(a.even), vget_low_s16(b.even)), vget_low_s16(a.odd), vget_low_s16(b.odd));
    const int32x4_t high = vmlal_high_s16(vmull_high_s16(a.even, b.even), a.odd, b.odd);
    return vaddq_s32(sum, vpaddq_s32(low, high));
}

#define KEEP_LEFT(left) KEEP((left).even); KEEP((left).odd)

#include "gemm/tile_template.h"
#include "gemm/gather_template.h"
#include "gemm/peak_template.h"

const lathe_gemm_tile lathe_gemm_int8_neon = {ROWS, COLUMNS, DEPTH, kernel, peak, NULL, gather, DEPTH};

#endif
