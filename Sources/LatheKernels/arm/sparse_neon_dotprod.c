// Block-sparse product for NEON with sdot, which knows signed codes only. A's codes are shifted by 128, and 128 times the sum of the weight's codes is
// added again: sum a w = sum (a - 128) w + 2 sum 64 w.

#if defined(__aarch64__)

#include "include/lathe_sparse.h"

#include <arm_neon.h>

#pragma clang attribute push(__attribute__((target("dotprod"))), apply_to = function)

#include "arm/sparse_layer_neon.h"

static inline int8x16_t shifted(uint8x16_t low, uint8x16_t high, bool upper) {
    const uint16x8_t x = vreinterpretq_u16_u8(low), y = vreinterpretq_u16_u8(high);
    return vreinterpretq_s8_u8(veorq_u8(vreinterpretq_u8_u16(upper ? vzip2q_u16(x, y) : vzip1q_u16(x, y)), vdupq_n_u8(0x80)));
}

static void kernel(int64_t groups, const uint16_t *columns, const uint8_t *a, const int8_t *codes, int32_t *sums, int64_t stride) {
    int32x4_t acc[4][4], half = vdupq_n_s32(0);  // [quarter of the rows][output], and 64 times the outputs' codes
    for (int i = 0; i < 16; i++) { acc[i / 4][i % 4] = vdupq_n_s32(0); }
    for (; groups > 0; groups--, columns += 4, codes += 16) {
        const uint8x16_t a0 = vld1q_u8(a + columns[0] * ROWS), a1 = vld1q_u8(a + columns[1] * ROWS);
        const uint8x16_t a2 = vld1q_u8(a + columns[2] * ROWS), a3 = vld1q_u8(a + columns[3] * ROWS);
        const uint8x16_t low01 = vzip1q_u8(a0, a1), high01 = vzip2q_u8(a0, a1), low23 = vzip1q_u8(a2, a3), high23 = vzip2q_u8(a2, a3);
        const int8x16_t words[4] = {shifted(low01, low23, false), shifted(low01, low23, true), shifted(high01, high23, false), shifted(high01, high23, true)};
        const int8x16_t weights = vld1q_s8(codes);
        half = vdotq_s32(half, weights, vdupq_n_s8(64));
        for (int quarter = 0; quarter < 4; quarter++) {
            acc[quarter][0] = vdotq_laneq_s32(acc[quarter][0], words[quarter], weights, 0);
            acc[quarter][1] = vdotq_laneq_s32(acc[quarter][1], words[quarter], weights, 1);
            acc[quarter][2] = vdotq_laneq_s32(acc[quarter][2], words[quarter], weights, 2);
            acc[quarter][3] = vdotq_laneq_s32(acc[quarter][3], words[quarter], weights, 3);
        }
    }
    const int32x4_t back = vaddq_s32(half, half);
    for (int quarter = 0; quarter < 4; quarter++) {
        acc[quarter][0] = vaddq_s32(acc[quarter][0], vdupq_laneq_s32(back, 0));
        acc[quarter][1] = vaddq_s32(acc[quarter][1], vdupq_laneq_s32(back, 1));
        acc[quarter][2] = vaddq_s32(acc[quarter][2], vdupq_laneq_s32(back, 2));
        acc[quarter][3] = vaddq_s32(acc[quarter][3], vdupq_laneq_s32(back, 3));
        store(acc[quarter], sums + 4 * quarter * stride, stride);
    }
}

#pragma clang attribute pop

const lathe_sparse_tile lathe_sparse_neon_dotprod = {ROWS, kernel, kernel, turn, BYTES};

#endif
