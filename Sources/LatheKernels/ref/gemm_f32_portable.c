// f32 matrix product, 4 x 8 tile, plain C: the shape that a compiler turns into eight 128-bit accumulators.

#include "include/lathe_gemm.h"

enum { ROWS = 4, COLUMNS = 8 };

static inline __attribute__((always_inline)) void tile(const int rows, int columns, int64_t k, const float *a, int64_t a_stride,
                                                       const float *panel, float *acc, int64_t acc_stride, bool accumulate) {
    float sums[ROWS][COLUMNS] = {{0}};
    for (int64_t kk = 0; kk < k; kk++, panel += COLUMNS) {
        for (int r = 0; r < rows; r++) {
            const float x = a[r * a_stride + kk];
            for (int c = 0; c < COLUMNS; c++) { sums[r][c] += x * panel[c]; }
        }
    }
    for (int r = 0; r < rows; r++) {
        float *out = acc + r * acc_stride;
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
    float sums[ROWS][COLUMNS] = {{0}};
    volatile float source = 0;
    const float x = source, y = source;
    for (int64_t i = 0; i < iterations; i++) {
        for (int r = 0; r < ROWS; r++) {
            for (int c = 0; c < COLUMNS; c++) { sums[r][c] = sums[r][c] * x + y; }
        }
        __asm__ volatile("" ::: "memory");
    }
    for (int r = 0; r < ROWS; r++) {
        for (int c = 0; c < COLUMNS; c++) { source = sums[r][c]; }
    }
    return 2.0 * ROWS * COLUMNS * (double)iterations;
}

const lathe_gemm_tile lathe_gemm_f32_portable = {ROWS, COLUMNS, 1, kernel, peak};
