// Block-sparse product for any machine, in the plainest order: input by input, output by output, 16 rows at a time.

#include "include/lathe_sparse.h"

#include <string.h>

enum { ROWS = 16, BYTES = 16 };

typedef uint8_t bytes_t __attribute__((vector_size(16)));

static inline bytes_t load_bytes(const uint8_t *from) {
    bytes_t bytes;
    memcpy(&bytes, from, sizeof bytes);
    return bytes;
}
static inline bytes_t interleave_low(bytes_t x, bytes_t y) {
    return __builtin_shufflevector(x, y, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
}
static inline bytes_t interleave_high(bytes_t x, bytes_t y) {
    return __builtin_shufflevector(x, y, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
}
static inline void store_lane(uint8_t *to, bytes_t bytes, int lane) {
    (void)lane;
    memcpy(to, &bytes, sizeof bytes);
}

#include "sparse/turn_template.h"

static void kernel(int64_t groups, const uint16_t *columns, const uint8_t *a, const int8_t *codes, int32_t *sums, int64_t stride) {
    int32_t acc[4][ROWS] = {{0}};
    for (int64_t group = 0; group < groups; group++, columns += 4, codes += 16) {
        for (int i = 0; i < 4; i++) {
            const uint8_t *column = a + columns[i] * ROWS;
            for (int o = 0; o < 4; o++) {
                const int32_t code = codes[o * 4 + i];
                for (int r = 0; r < ROWS; r++) { acc[o][r] += column[r] * code; }
            }
        }
    }
    for (int r = 0; r < ROWS; r++) {
        for (int o = 0; o < 4; o++) { sums[r * stride + o] = acc[o][r]; }
    }
}

const lathe_sparse_tile lathe_sparse_portable = {ROWS, kernel, kernel, turn, BYTES};
