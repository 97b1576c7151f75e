#ifndef LATHE_IMAGE_NETWORK_H
#define LATHE_IMAGE_NETWORK_H

#include "lathe_types.h"

// Networks of convolutions, for inference: a list of steps over images that are kept with their channels last, so that a convolution reads
// its windows where they are. Each image has its own memory. Where a batch has an image for every thread, each thread takes images through
// all steps, and what a step leaves is still in its cache when the next one reads it; else the threads share each step.

/// An image between two steps: [border + height + border, border + width + border, pitch]. The border holds zeros, or codes of zero.
typedef struct lathe_image_value {
    lathe_type type;  ///< F32, F16, BF16 (even pitch) or U8 (pitch a multiple of 4)
    int64_t channels, height, width, pitch, border;
    size_t offset;       ///< bytes from the beginning of an image's memory, a multiple of 64
    bool finds_largest;  ///< F32 or F16: whether a step quantises it with a range of its own
    /// U8: the range of the codes; its own for each image, symmetric in 8 bits, unless `is_static`.
    bool is_static;
    lathe_grid grid;
    int bits;
    float low, high;
} lathe_image_value;

typedef enum lathe_image_step_kind {
    LATHE_IMAGE_LOAD,          ///< the network's input [batch, channels, height, width] to `output`, F32
    LATHE_IMAGE_QUANTIZE,      ///< `input`, F32 or F16, to `codes`
    LATHE_IMAGE_ROUND,         ///< `input`, F32, to `output`, BF16
    LATHE_IMAGE_CONVOLVE,      ///< `input` to `output`, F32, BF16 or F16, or `codes`, with a static range, or both
    LATHE_IMAGE_MAX_POOL,      ///< `input` to `output`, both F32 or both F16
    LATHE_IMAGE_MEAN,          ///< the mean of each channel of `input`, F32, to the network's output [batch, channels]
    LATHE_IMAGE_STORE,         ///< `input`, F32, to the network's output [batch, channels, height, width]
} lathe_image_step_kind;

/// Sizes of the windows of convolutions and pooling.
typedef struct lathe_image_window {
    int64_t height, width;
    int64_t stride_height, stride_width;
    int64_t padding_height, padding_width;  ///< of a convolution: at most the border of its input
    int64_t dilation_height, dilation_width;
} lathe_image_window;

/// Taps of a window, at most.
enum { lathe_image_taps = 4096 };

typedef struct lathe_image_step {
    lathe_image_step_kind kind;
    int input, residual, output, codes;  ///< indices of values; -1 for none. A residual is F32 or F16.
    lathe_image_window window;
    lathe_compute compute;        ///< of a convolution: F32, BF16 or INT8, as the type of its input
    /// [outputs, lathe_image_window_length(height * width * pitch of the input)] in that type, packed by lathe_gemm_pack, transposed: the window's
    /// pixels, then zeros.
    const void *weight;
    const float *scale;           ///< [outputs]; INT8 only: value = scale * code
    const float *bias;            ///< [outputs]
    lathe_activation activation;  ///< none or ReLU, after the residual is added
} lathe_image_step;

typedef struct lathe_image_network {
    const lathe_kernels *kernels;  ///< the variant to use; NULL for the active one
    const lathe_image_value *values;
    int value_count;
    const lathe_image_step *steps;
    int step_count;
    size_t image_bytes;  ///< of all values of one image, a multiple of 64
} lathe_image_network;

/// The length of a window of `count` values in a weight.
int64_t lathe_image_window_length(const lathe_kernels *kernels, lathe_compute compute, int64_t count);

/// Bytes of a value's storage, a multiple of 64: a step may read a few bytes beyond its last pixel.
size_t lathe_image_value_size(const lathe_image_value *value);

/// Bytes of 64-byte aligned workspace for a batch, all threads together.
size_t lathe_image_network_workspace(const lathe_image_network *network, int64_t batch);

/// y: what the last step gives. Equal images give equal results, whatever the batch and the number of threads.
lathe_status lathe_image_network_run(const lathe_image_network *network, int64_t batch, const float *x, float *y, void *workspace,
                                     size_t workspace_size);

#endif
