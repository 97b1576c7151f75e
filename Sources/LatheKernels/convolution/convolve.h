#ifndef LATHE_CONVOLVE_H
#define LATHE_CONVOLVE_H

#include "convolution/columns.h"

// y = weight * columns(x): the forward pass, and the input gradient at stride 1.

/// Bytes of scratch of one worker.
size_t lathe_convolve_worker_bytes(const lathe_conv_shape *shape, const lathe_panel_format *format);

/// `weight`: [groups * outputs, lathe_padded_depth(rows)] in the compute type; bias: [groups * outputs] or NULL; `memory`: worker bytes for
/// each of `workers` threads.
void lathe_convolve(const lathe_conv_shape *shape, const lathe_panel_format *format, const void *weight, const float *x, const float *bias,
                    float *y, int workers, char *memory);

/// `rows` rows of `count` values in the compute type, in rows of lathe_padded_depth(count). On all threads.
void lathe_convert_rows(const lathe_panel_format *format, int64_t rows, int64_t count, const float *x, void *y);

/// What a pass needs: bytes for all threads together, and for each.
typedef struct lathe_conv_bytes {
    size_t shared, worker;
} lathe_conv_bytes;

/// One call, its arguments checked.
typedef struct lathe_conv_call {
    lathe_conv_shape shape;
    lathe_panel_format format;
    lathe_conv_bytes bytes;
    char *shared, *worker_memory;
    int workers;  ///< threads that worker_memory suffices for
} lathe_conv_call;

lathe_conv_bytes lathe_conv_forward_bytes(const lathe_conv_call *call);
lathe_conv_bytes lathe_conv_input_gradient_bytes(const lathe_conv_call *call);
lathe_conv_bytes lathe_conv_weight_gradient_bytes(const lathe_conv_call *call);

/// Fills in `call` for the pass whose needs `bytes` tells.
lathe_status lathe_conv_begin(const lathe_convolution_args *args, lathe_conv_bytes (*bytes)(const lathe_conv_call *), void *workspace,
                              size_t workspace_size, lathe_conv_call *call);

#endif
