#ifndef LATHE_CONVOLUTION_H
#define LATHE_CONVOLUTION_H

#include "lathe_types.h"

/// Two-dimensional convolution and pooling on [batch, channels, height, width] (row-major, contiguous, f32).
///
/// y[b, o, i, j] = bias[o] + sum over c, u, v of weight[o, c, u, v] * x[b, c, i * stride + u * dilation - padding, …], x = 0 outside.
/// height_out = (height + 2 padding - dilation * (kernel - 1) - 1) / stride + 1. Groups split channels and outputs alike.
typedef struct lathe_convolution_args {
    const lathe_kernels *kernels;  ///< the variant to use; NULL for the active one
    lathe_compute compute;         ///< f32 or bf16 products
    int64_t batch, channels, height, width;
    int64_t outputs, kernel_height, kernel_width;
    int64_t stride_height, stride_width, padding_height, padding_width, dilation_height, dilation_width;
    int64_t groups;
} lathe_convolution_args;

int64_t lathe_convolution_output_height(const lathe_convolution_args *args);
int64_t lathe_convolution_output_width(const lathe_convolution_args *args);

/// Bytes of 64-byte aligned workspace for any of the three functions below, all threads together.
size_t lathe_convolution_workspace(const lathe_convolution_args *args);

/// y: [batch, outputs, height_out, width_out]; weight: [outputs, channels / groups, kernel_height, kernel_width]; bias: [outputs] or NULL.
lathe_status lathe_convolution(const lathe_convolution_args *args, const float *x, const float *weight, const float *bias,
                               float *y, void *workspace, size_t workspace_size);
/// dx = gradient at x (overwritten).
lathe_status lathe_convolution_input_gradient(const lathe_convolution_args *args, const float *weight, const float *dy, float *dx,
                                              void *workspace, size_t workspace_size);
/// dweight and dbias (NULL if not needed) are overwritten. The batch is summed in an order that does not depend on the threads.
lathe_status lathe_convolution_weight_gradient(const lathe_convolution_args *args, const float *x, const float *dy, float *dweight,
                                               float *dbias, void *workspace, size_t workspace_size);

typedef struct lathe_pooling_shape {
    int64_t planes;  ///< batch * channels
    int64_t height, width, kernel, stride, padding;
} lathe_pooling_shape;

/// Largest value of each window, and its position in the plane (the first one on ties), kept for the backward pass.
lathe_status lathe_max_pool(const lathe_pooling_shape *shape, const float *x, float *y, int32_t *positions);
lathe_status lathe_max_pool_backward(const lathe_pooling_shape *shape, const int32_t *positions, const float *dy, float *dx);
/// Mean of each window; padding counts as zeros that are part of the mean (torch's count_include_pad).
lathe_status lathe_average_pool(const lathe_pooling_shape *shape, const float *x, float *y);
lathe_status lathe_average_pool_backward(const lathe_pooling_shape *shape, const float *dy, float *dx);

#endif
