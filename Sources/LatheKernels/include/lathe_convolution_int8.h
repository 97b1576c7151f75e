#ifndef LATHE_CONVOLUTION_INT8_H
#define LATHE_CONVOLUTION_INT8_H

#include "lathe_convolution.h"

/// Two-dimensional convolution in integers, for inference. Each image is quantised as it comes, with one symmetric 8-bit scale; weights have one
/// scale per output. Groups are not supported (LATHE_UNSUPPORTED).
typedef struct lathe_convolution_int8_args {
    lathe_convolution_args shape;
    const float *x;              ///< [batch, channels, height, width]
    const void *weight;          ///< s8 codes [outputs, kernel_height, kernel_width, channels] packed by lathe_gemm_pack, transposed
    const float *scale;          ///< [outputs]: value = scale * code, times whatever follows (a folded batch normalisation)
    const float *bias;           ///< [outputs] or NULL
    lathe_activation activation;
    float *y;                    ///< [batch, outputs, height_out, width_out]
} lathe_convolution_int8_args;

/// Bytes of 64-byte aligned workspace, all threads together.
size_t lathe_convolution_int8_workspace(const lathe_convolution_int8_args *args);
lathe_status lathe_convolution_int8(const lathe_convolution_int8_args *args, void *workspace, size_t workspace_size);

#endif
