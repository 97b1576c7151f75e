// u8 x s8 matrix product, 4 x 8 tile, plain C. Products are taken of 16-bit values in pairs, which compilers know as one instruction.

#include "include/lathe_gemm.h"

enum { ROWS = 4, COLUMNS = 8, DEPTH = 4 };

static inline __attribute__((always_inline)) void tile(const int rows, int columns, int64_t k, const uint8_t *a, int64_t a_stride,
                                                       const int8_t *panel, int32_t *acc, int64_t acc_stride, bool accumulate) {
    int32_t sums[ROWS][COLUMNS] = {{0}};
    for (int64_t kk = 0; kk < k; kk += DEPTH, panel += COLUMNS * DEPTH) {
        for (int r = 0; r < rows; r++) {
            const uint8_t *x = a + r * a_stride + kk;
            const int16_t x0 = x[0], x1 = x[1], x2 = x[2], x3 = x[3];
            for (int c = 0; c < COLUMNS; c++) {
                const int8_t *y = panel + c * DEPTH;
                sums[r][c] += x0 * (int16_t)y[0] + x1 * (int16_t)y[1] + x2 * (int16_t)y[2] + x3 * (int16_t)y[3];
            }
        }
    }
    for (int r = 0; r < rows; r++) {
        int32_t *out = acc + r * acc_stride;
        for (int c = 0; c < columns; c++) { out[c] = accumulate ? out[c] + sums[r][c] : sums[r][c]; }
    }
}

static void kernel(int rows, int columns, int64_t k, const void *a, int64_t a_stride, const void *panel, void *acc, int64_t acc_stride,
                   bool accumulate) {
    switch (rows) {
        case 1: tile(1, columns, k, a, a_stride, panel, acc, acc_stride, accumulate); break;
        case 2: tile(2, columns, k, a, a_stride, panel, acc, acc_stride, accumulate); break;
        case 3: tile(3, columns, k, a, a_stride, panel, acc, acc_stride, accumulate); break;
        case 4: tile(4, columns, k, a, a_stride, panel, acc, acc_stride, accumulate); break;
    }
}

static double peak(int64_t iterations) {
    int32_t sums[COLUMNS] = {0};
    volatile int16_t source = 0;
    int16_t x[2 * COLUMNS], y[2 * COLUMNS];
    for (int c = 0; c < 2 * COLUMNS; c++) { x[c] = source, y[c] = source; }
    for (int64_t i = 0; i < iterations; i++) {
        for (int c = 0; c < COLUMNS; c++) { sums[c] += x[2 * c] * y[2 * c] + x[2 * c + 1] * y[2 * c + 1]; }
        __asm__ volatile("" ::: "memory");
    }
    for (int c = 0; c < COLUMNS; c++) { source = (int16_t)sums[c]; }
    return 4.0 * COLUMNS * (double)iterations;
}

const lathe_gemm_tile lathe_gemm_int8_portable = {ROWS, COLUMNS, DEPTH, kernel, peak};
