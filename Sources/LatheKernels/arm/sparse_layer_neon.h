// What the block-sparse products for NEON share: turning rows round, 16 rows at a time, and writing sums.

enum { ROWS = 16, BYTES = 16 };

typedef uint8x16_t bytes_t;

static inline bytes_t load_bytes(const uint8_t *from) { return vld1q_u8(from); }
static inline bytes_t interleave_low(bytes_t x, bytes_t y) { return vzip1q_u8(x, y); }
static inline bytes_t interleave_high(bytes_t x, bytes_t y) { return vzip2q_u8(x, y); }
static inline void store_lane(uint8_t *to, bytes_t bytes, int lane) {
    (void)lane;
    vst1q_u8(to, bytes);
}

#include "sparse/turn_template.h"

/// Writes the sums of four outputs for four rows.
static inline void store(const int32x4_t x[4], int32_t *sums, int64_t stride) {
    const int64x2_t low01 = vreinterpretq_s64_s32(vzip1q_s32(x[0], x[1])), high01 = vreinterpretq_s64_s32(vzip2q_s32(x[0], x[1]));
    const int64x2_t low23 = vreinterpretq_s64_s32(vzip1q_s32(x[2], x[3])), high23 = vreinterpretq_s64_s32(vzip2q_s32(x[2], x[3]));
    vst1q_s32(sums, vreinterpretq_s32_s64(vzip1q_s64(low01, low23)));
    vst1q_s32(sums + stride, vreinterpretq_s32_s64(vzip2q_s64(low01, low23)));
    vst1q_s32(sums + 2 * stride, vreinterpretq_s32_s64(vzip1q_s64(high01, high23)));
    vst1q_s32(sums + 3 * stride, vreinterpretq_s32_s64(vzip2q_s64(high01, high23)));
}
