// bf16 matrix product, 4 x 8 tile, plain C. A pair of bf16 values of one column is one 32-bit word of the panel; shifting or masking
// it gives either value as f32.

#include "include/lathe_gemm.h"

#include <string.h>

enum { ROWS = 4, COLUMNS = 8, DEPTH = 2 };

static inline float from_bits(uint32_t bits) {
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static inline __attribute__((always_inline)) void tile(const int rows, int columns, int64_t k, const uint16_t *a, int64_t a_stride,
                                                       const uint16_t *panel, float *acc, int64_t acc_stride, bool accumulate) {
    float sums[ROWS][COLUMNS] = {{0}};
    for (int64_t kk = 0; kk < k; kk += DEPTH, panel += COLUMNS * DEPTH) {
        float even[COLUMNS], odd[COLUMNS];
        for (int c = 0; c < COLUMNS; c++) {
            even[c] = from_bits((uint32_t)panel[c * DEPTH] << 16);
            odd[c] = from_bits((uint32_t)panel[c * DEPTH + 1] << 16);
        }
        for (int r = 0; r < rows; r++) {
            const float x = from_bits((uint32_t)a[r * a_stride + kk] << 16), y = from_bits((uint32_t)a[r * a_stride + kk + 1] << 16);
            for (int c = 0; c < COLUMNS; c++) { sums[r][c] += x * even[c]; }
            for (int c = 0; c < COLUMNS; c++) { sums[r][c] += y * odd[c]; }
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

extern const lathe_gemm_tile lathe_gemm_f32_portable;

/// The multiply-adds are those of f32.
static double peak(int64_t iterations) {
    return lathe_gemm_f32_portable.peak(iterations);
}

const lathe_gemm_tile lathe_gemm_bf16_portable = {ROWS, COLUMNS, DEPTH, kernel, peak};
