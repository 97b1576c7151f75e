#ifndef LATHE_KERNEL_AGREEMENT_H
#define LATHE_KERNEL_AGREEMENT_H

#include <stddef.h>

#include "LatheKernels.h"

/// Checks that one variant of the kernels computes what plain loops, or the portable variant, compute. In C, so that the very same
/// checks run inside `swift test` and, cross-compiled, under an emulator of another architecture.
typedef struct lathe_agreement {
    const char *name;
    /// Returns true when `kernels` agrees; else writes one line (operation, shape, index, expected, got) into message.
    bool (*check)(const lathe_kernels *kernels, char *message, size_t message_size);
} lathe_agreement;

/// All checks of one family, `*count` of them.
const lathe_agreement *lathe_gemm_agreements(int *count);
const lathe_agreement *lathe_lowbit_agreements(int *count);
const lathe_agreement *lathe_vector_agreements(int *count);
const lathe_agreement *lathe_attention_agreements(int *count);
const lathe_agreement *lathe_convolution_agreements(int *count);
const lathe_agreement *lathe_image_agreements(int *count);
const lathe_agreement *lathe_sparse_agreements(int *count);

#endif
