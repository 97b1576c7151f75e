#ifndef LATHE_LOWBIT_H
#define LATHE_LOWBIT_H

#include "lathe_gemm.h"

/// Matrix products with a low-bit weight, which stays in its bits in memory: codes are unpacked a short run at a time, just before they are
/// multiplied.

/// A low-bit weight, [n, k]: value[c, kk] = scale[c, g] * (code[c, kk] - zero[c, g]), g = kk / (k / groups).
/// Codes are signed: 8 bits -128...127, 4 bits -8...7, 3 bits -4...3, 2 bits -2...1, 1 bit -1 and 1.
typedef struct lathe_lowbit_weight {
    /// In what arithmetic its products multiply. F32 and BF16: inputs are floats of that type, codes become floats before they are multiplied.
    lathe_compute compute;
    int bits;        ///< 8, 4, 3, 2 or 1
    int64_t n, k;
    int64_t groups;  ///< at least 1; divides k
    bool zeros;      ///< whether there are zero points
    /// Made by lathe_lowbit_pack for these sizes and these kernels; 64-byte aligned.
    const void *packed;
} lathe_lowbit_weight;

/// Bytes that lathe_lowbit_pack writes; `kernels` NULL means the active ones. 0 for sizes that have no meaning.
size_t lathe_lowbit_packed_size(const lathe_kernels *kernels, const lathe_lowbit_weight *weight);

/// Lays out codes [n, k] (not looked at beyond their bits), scales [n, groups] and, if `zeros`, zero points [n, groups] at `packed` (parallel).
lathe_status lathe_lowbit_pack(const lathe_kernels *kernels, const lathe_lowbit_weight *weight, const int8_t *codes, const float *scales,
                               const float *zeros, void *packed);

/// The arguments of lathe_lowbit_pack, read back from weight->packed (parallel).
lathe_status lathe_lowbit_unpack(const lathe_kernels *kernels, const lathe_lowbit_weight *weight, int8_t *codes, float *scales, float *zeros);

/// Bytes of workspace (64-byte aligned) that lathe_lowbit_gemm and lathe_lowbit_gemm_serial need for these arguments.
size_t lathe_lowbit_workspace(const lathe_gemm_args *args, const lathe_lowbit_weight *weight);

/// C = epilogue(A * weight transposed). `args` as for lathe_gemm, except that B and its scales come from `weight`, A is never transposed and has
/// the weight's compute type, and C is overwritten (no `accumulate`). Integer products are exact within a group of k; groups are added in f32, in
/// order. With zero points of the weight, sum a (q - z) = sum a q - z sum a.
lathe_status lathe_lowbit_gemm(const lathe_gemm_args *args, const lathe_lowbit_weight *weight, void *workspace, size_t workspace_size);

/// The same result, bit for bit, on the calling thread alone, for use inside tasks.
lathe_status lathe_lowbit_gemm_serial(const lathe_gemm_args *args, const lathe_lowbit_weight *weight, void *workspace, size_t workspace_size);

#endif
