// Copying A: rows of the compute type, contiguous in k, from whatever the caller stores.

#include "gemm/operands.h"

#include <string.h>

/// Rows and values of k of one block of a transposed bf16 copy; the block lives on the stack.
enum { BLOCK_ROWS = 32, BLOCK_K = 64 };

static void copy_f32(const lathe_gemm_args *args, const lathe_kernels *kernels, int64_t first, int64_t last, float *copy, int64_t copy_stride) {
    // Only a transposed A needs a copy: f32 is never padded.
    const float *a = args->a;
    kernels->transpose(args->k, last - first, a + first, args->a_stride, copy + first * copy_stride, copy_stride);
}

static void copy_bf16_transposed(const lathe_gemm_args *args, const lathe_kernels *kernels, int64_t first, int64_t last, uint16_t *copy,
                                 int64_t copy_stride) {
    _Alignas(64) float wide[BLOCK_K * BLOCK_ROWS], turned[BLOCK_ROWS * BLOCK_K];
    const lathe_bf16_layout *layout = lathe_bf16_layout_for(kernels);
    for (int64_t r = first; r < last; r += BLOCK_ROWS) {
        const int64_t rows = last - r < BLOCK_ROWS ? last - r : BLOCK_ROWS;
        for (int64_t kk = 0; kk < args->k; kk += BLOCK_K) {
            const int64_t count = args->k - kk < BLOCK_K ? args->k - kk : BLOCK_K;
            const float *block = (const float *)args->a + kk * args->a_stride + r;
            int64_t block_stride = args->a_stride;
            if (layout != NULL && args->a_type == LATHE_F32 && rows == BLOCK_ROWS && count == BLOCK_K) {
                for (int i = 0; i < BLOCK_K; i += 32) {
                    for (int j = 0; j < BLOCK_ROWS; j += 16) {
                        layout->turn_rows(block + i * block_stride + j, block_stride, copy + (r + j) * copy_stride + kk + i, copy_stride);
                    }
                }
                continue;
            }
            if (args->a_type == LATHE_BF16) {
                for (int64_t i = 0; i < count; i++) {
                    kernels->bf16_to_f32(rows, (const uint16_t *)args->a + (kk + i) * args->a_stride + r, wide + i * BLOCK_ROWS);
                }
                block = wide, block_stride = BLOCK_ROWS;
            }
            kernels->transpose(count, rows, block, block_stride, turned, BLOCK_K);
            for (int64_t i = 0; i < rows; i++) { lathe_round_for_tile(kernels, count, turned + i * BLOCK_K, copy + (r + i) * copy_stride + kk); }
        }
    }
}

static void copy_bf16(const lathe_gemm_args *args, const lathe_kernels *kernels, int64_t first, int64_t last, uint16_t *copy,
                      int64_t copy_stride) {
    for (int64_t r = first; r < last; r++) {
        if (args->a_type == LATHE_F32) {
            lathe_round_for_tile(kernels, args->k, (const float *)args->a + r * args->a_stride, copy + r * copy_stride);
        } else {
            memcpy(copy + r * copy_stride, (const uint16_t *)args->a + r * args->a_stride, (size_t)args->k * sizeof(uint16_t));
        }
    }
}

void lathe_gemm_copy_rows(const lathe_gemm_args *args, const lathe_kernels *kernels, int depth, int64_t first, int64_t last, void *copy,
                          int64_t copy_stride) {
    const int64_t k = args->k, padding = lathe_round_up(k, depth) - k, size = lathe_gemm_element_size(args->compute);
    switch (args->compute) {
        case LATHE_COMPUTE_F32:
            copy_f32(args, kernels, first, last, copy, copy_stride);
            break;
        case LATHE_COMPUTE_BF16:
            (args->a_transposed ? copy_bf16_transposed : copy_bf16)(args, kernels, first, last, copy, copy_stride);
            break;
        case LATHE_COMPUTE_INT8:
            for (int64_t r = first; r < last; r++) {
                memcpy((uint8_t *)copy + r * copy_stride, (const uint8_t *)args->a + r * args->a_stride, (size_t)k);
            }
            break;
    }
    if (padding == 0) { return; }
    for (int64_t r = first; r < last; r++) { memset((uint8_t *)copy + (r * copy_stride + k) * size, 0, (size_t)(padding * size)); }
}
