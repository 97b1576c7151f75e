#ifndef LATHE_CONVOLVE_H
#define LATHE_CONVOLVE_H

#include "convolution/columns.h"

// y = weight * columns(x): the forward pass, and the input gradient at stride 1.

/// Bytes of scratch of one worker.
size_t lathe_convolve_worker_bytes(const lathe_conv_shape *shape, const lathe_panel_format *format);

/// `weight`: [groups * outputs, lathe_padded_depth(rows)] in the compute type; bias: [groups * outputs] or NULL; `memory`: worker bytes for
/// every thread.
void lathe_convolve(const lathe_conv_shape *shape, const lathe_panel_format *format, const void *weight, const float *x, const float *bias,
                    float *y, char *memory);

/// `rows` rows of `count` values in the compute type, in rows of lathe_padded_depth(count). On all threads.
void lathe_convert_rows(const lathe_panel_format *format, int64_t rows, int64_t count, const float *x, void *y);

/// The steps of the three passes, on arguments that have been checked.
typedef struct lathe_conv_call {
    lathe_conv_shape shape;
    lathe_panel_format format;
    char *memory;
} lathe_conv_call;

/// Workspace of each pass.
size_t lathe_conv_forward_bytes(const lathe_conv_call *call);
size_t lathe_conv_input_gradient_bytes(const lathe_conv_call *call);
size_t lathe_conv_weight_gradient_bytes(const lathe_conv_call *call);

/// Fills in `call`; LATHE_WORKSPACE_TOO_SMALL when `bytes(call)` is more than the workspace has.
lathe_status lathe_conv_begin(const lathe_convolution_args *args, size_t (*bytes)(const lathe_conv_call *), void *workspace,
                              size_t workspace_size, lathe_conv_call *call);

#endif
