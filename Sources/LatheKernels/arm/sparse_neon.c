// Block-sparse product for NEON without dot product instructions: an input's rows are widened to 16 bits and multiplied into 32 with an output's code.

#if defined(__aarch64__)

#include "include/lathe_sparse.h"

#include <arm_neon.h>

#include "arm/sparse_layer_neon.h"

static void kernel(int64_t groups, const uint16_t *columns, const uint8_t *a, const int8_t *codes, int32_t *sums, int64_t stride) {
    int32x4_t acc[4][4];  // [quarter of the rows][output]
    for (int i = 0; i < 16; i++) { acc[i / 4][i % 4] = vdupq_n_s32(0); }
    for (; groups > 0; groups--, columns += 4, codes += 16) {
        for (int i = 0; i < 4; i++) {
            const uint8x16_t rows = vld1q_u8(a + columns[i] * ROWS);
            const int16x8_t low = vreinterpretq_s16_u16(vmovl_u8(vget_low_u8(rows))), high = vreinterpretq_s16_u16(vmovl_high_u8(rows));
            for (int o = 0; o < 4; o++) {
                const int16_t code = codes[4 * o + i];
                acc[0][o] = vmlal_n_s16(acc[0][o], vget_low_s16(low), code);
                acc[1][o] = vmlal_high_n_s16(acc[1][o], low, code);
                acc[2][o] = vmlal_n_s16(acc[2][o], vget_low_s16(high), code);
                acc[3][o] = vmlal_high_n_s16(acc[3][o], high, code);
            }
        }
    }
    for (int quarter = 0; quarter < 4; quarter++) { store(acc[quarter], sums + 4 * quarter * stride, stride); }
}

const lathe_sparse_tile lathe_sparse_neon = {ROWS, kernel, kernel, turn, BYTES};

#endif
