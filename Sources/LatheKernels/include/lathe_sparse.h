#ifndef LATHE_SPARSE_H
#define LATHE_SPARSE_H

#include "lathe_gemm.h"

/// Products with a block-sparse int8 weight: C[m, n] = epilogue(A[m, k] * W[n, k]ᵀ), where `block` consecutive rows of W (outputs) keep the same
/// inputs and only those are read. Sums are exact, so nothing depends on the ISA or on the number of threads.

/// A weight laid out by lathe_sparse_pack, the same on every ISA. Each block keeps a sorted list of inputs, filled up to whole groups of four with
/// repeated ones whose codes are zero. A block's outputs come in strips of four, the last one filled up with zero codes.
typedef struct lathe_sparse_weight {
    int64_t n, k;             ///< outputs, inputs
    int64_t block;            ///< outputs that keep the same inputs; the last block may have fewer
    const int64_t *starts;    ///< [blocks + 1], in groups: where a block's groups begin
    const uint16_t *columns;  ///< [groups, 4]: kept inputs
    const int8_t *codes;      ///< for each block and each of its strips: [groups of the block, 4 outputs, 4 inputs]
    const int32_t *sums;      ///< [n]: sum of each output's codes
} lathe_sparse_weight;

/// The most inputs that column lists can name.
enum { lathe_sparse_most_inputs = 1 << 16 };

/// Multiplies a strip of four outputs with a chunk of rows. A chunk is A turned round, [k][rows]. sums[r * stride + o] = sum over the groups' inputs i
/// of a[columns[i]][r] * codes[o, i], for every row of the chunk and four outputs.
typedef void (*lathe_sparse_kernel)(int64_t groups, const uint16_t *columns, const uint8_t *a, const int8_t *codes, int32_t *sums, int64_t stride);

/// How a variant multiplies.
typedef struct lathe_sparse_tile {
    int rows;                     ///< of a large chunk: a multiple of 16
    lathe_sparse_kernel kernel;
    lathe_sparse_kernel few;      ///< the same for chunks of 16 rows
    /// Turns 16 rows round: to[i * to_stride + r] = a[r * a_stride + i], for r in 0..<16 and i in 0..<columns, columns a multiple of `turned`.
    void (*turn)(int64_t columns, const uint8_t *a, int64_t a_stride, uint8_t *to, int64_t to_stride);
    int turned;
} lathe_sparse_tile;

/// Bytes that lathe_sparse_pack writes for int8 codes [n, k] with row stride `stride`; an input is kept in a block where any code is not zero.
/// 0 for sizes that cannot be laid out (k above lathe_sparse_most_inputs, block below 1).
size_t lathe_sparse_packed_size(int64_t n, int64_t k, int64_t block, const int8_t *codes, int64_t stride);

/// Lays the codes out in `packed`, 64-byte aligned, and points `weight` at it.
lathe_status lathe_sparse_pack(int64_t n, int64_t k, int64_t block, const int8_t *codes, int64_t stride, void *packed, lathe_sparse_weight *weight);

/// The codes back, [n, k] with row stride `stride`.
void lathe_sparse_unpack(const lathe_sparse_weight *weight, int8_t *codes, int64_t stride);

/// Bytes of 64-byte aligned workspace that lathe_sparse_product needs for these arguments.
size_t lathe_sparse_workspace(const lathe_gemm_args *args, const lathe_sparse_weight *weight);

/// The product on all threads. `args` as for lathe_gemm in int8, with n and k of the weight; everything about B but b_scale is ignored.
lathe_status lathe_sparse_product(const lathe_gemm_args *args, const lathe_sparse_weight *weight, void *workspace, size_t workspace_size);

#endif
