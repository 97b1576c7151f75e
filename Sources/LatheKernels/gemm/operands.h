#ifndef LATHE_GEMM_OPERANDS_H
#define LATHE_GEMM_OPERANDS_H

// How the operands of a matrix product are brought into the form that the register tiles read.

#include "include/lathe_dispatch.h"

/// Bytes of one element in the compute type.
static inline int64_t lathe_gemm_element_size(lathe_compute compute) {
    return compute == LATHE_COMPUTE_F32 ? 4 : compute == LATHE_COMPUTE_BF16 ? 2 : 1;
}

/// Bytes of one element of C.
static inline int64_t lathe_gemm_c_size(const lathe_gemm_args *args) {
    return args->c_type == LATHE_F32 ? 4 : args->c_type == LATHE_BF16 ? 2 : 1;
}

static inline int64_t lathe_round_up(int64_t value, int64_t step) {
    return (value + step - 1) / step * step;
}

static inline int64_t lathe_ceil_div(int64_t value, int64_t divisor) {
    return (value + divisor - 1) / divisor;
}

/// B as the caller stores it.
typedef struct lathe_gemm_source {
    const lathe_kernels *kernels;
    lathe_compute compute;
    int64_t k, n;
    const void *b;
    lathe_type type;
    int64_t stride;
    bool transposed;
} lathe_gemm_source;

/// Bytes from one panel to the next.
int64_t lathe_gemm_panel_size(const lathe_gemm_tile *tile, lathe_compute compute, int64_t k);

/// Where the column sums of an int8 B begin in its packed form; the size of the packed form for other types.
size_t lathe_gemm_sums_offset(const lathe_gemm_tile *tile, lathe_compute compute, int64_t k, int64_t n);

/// Lays out panel `index` at `panel`; for int8 also its column sums, as many as the panel is wide, at `sums`.
void lathe_gemm_pack_panel(const lathe_gemm_source *source, int64_t index, void *panel, int32_t *sums);

/// Copies rows first ..< last of A to `copy` (row r at copy + r * copy_stride elements), as row-major compute type, padded with zeros
/// to a multiple of `depth` in k.
void lathe_gemm_copy_rows(const lathe_gemm_args *args, const lathe_kernels *kernels, int depth, int64_t first, int64_t last, void *copy,
                          int64_t copy_stride);

/// One-pass ways from f32 to bf16 operands, where an instruction set has them. Values of k come in pairs: words of 32 bits.
typedef struct lathe_bf16_layout {
    /// n numbers in their order.
    void (*round)(int64_t n, const float *from, uint16_t *to);
    /// Words to[c] = (even[c], odd[c]); columns is a multiple of 16.
    void (*interleave)(const float *even, const float *odd, int columns, uint16_t *to);
    /// 16 runs of 32 values of k, `from_stride` apart: word i of run c goes to to[i * to_stride + 2 * c].
    void (*turn_columns)(const float *from, int64_t from_stride, uint16_t *to, int64_t to_stride);
    /// 32 values of k, `from_stride` apart, of 16 rows that are next to each other: row r goes to to[r * to_stride ..< + 32].
    void (*turn_rows)(const float *from, int64_t from_stride, uint16_t *to, int64_t to_stride);
} lathe_bf16_layout;

/// The layout functions that suit the bf16 tile of these kernels, or NULL.
const lathe_bf16_layout *lathe_bf16_layout_for(const lathe_kernels *kernels);

/// n numbers in bf16 for the tile of these kernels. Subnormal numbers may become zero, as which that tile then reads them anyway.
void lathe_round_for_tile(const lathe_kernels *kernels, int64_t n, const float *from, uint16_t *to);

#endif
