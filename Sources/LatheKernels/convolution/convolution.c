// The three passes' entry, and the forward pass.

#include "convolution/convolve.h"
#include "include/lathe_threads.h"

static lathe_status prepare(const lathe_convolution_args *args, lathe_conv_call *call) {
    const lathe_status status = lathe_conv_shape_for(args, &call->shape);
    if (status != LATHE_OK) { return status; }
    const lathe_kernels *kernels = args->kernels != NULL ? args->kernels : lathe_kernels_active();
    if (kernels == NULL) { return LATHE_INVALID_ARGUMENT; }
    call->format = lathe_panel_format_for(kernels, args->compute);
    return LATHE_OK;
}

size_t lathe_convolution_workspace(const lathe_convolution_args *args) {
    lathe_conv_call call;
    if (prepare(args, &call) != LATHE_OK) { return 0; }
    const size_t bytes[] = {lathe_conv_forward_bytes(&call), lathe_conv_input_gradient_bytes(&call), lathe_conv_weight_gradient_bytes(&call)};
    size_t most = 0;
    for (int i = 0; i < 3; i++) { most = bytes[i] > most ? bytes[i] : most; }
    return most;
}

lathe_status lathe_conv_begin(const lathe_convolution_args *args, size_t (*bytes)(const lathe_conv_call *), void *workspace,
                              size_t workspace_size, lathe_conv_call *call) {
    const lathe_status status = prepare(args, call);
    if (status != LATHE_OK) { return status; }
    call->memory = workspace;
    return bytes(call) <= workspace_size ? LATHE_OK : LATHE_WORKSPACE_TOO_SMALL;
}

/// The weights in the compute type; f32 ones are used where they are.
static size_t weight_bytes(const lathe_conv_call *call) {
    if (!call->format.bf16) { return 0; }
    const int64_t outputs = call->shape.groups * call->shape.outputs;
    return lathe_aligned((size_t)(outputs * lathe_padded_depth(&call->format, lathe_conv_rows(&call->shape))) * call->format.element_size);
}

size_t lathe_conv_forward_bytes(const lathe_conv_call *call) {
    return weight_bytes(call) + lathe_convolve_worker_bytes(&call->shape, &call->format) * (size_t)lathe_thread_count();
}

lathe_status lathe_convolution(const lathe_convolution_args *args, const float *x, const float *weight, const float *bias, float *y,
                               void *workspace, size_t workspace_size) {
    lathe_conv_call call;
    const lathe_status status = lathe_conv_begin(args, lathe_conv_forward_bytes, workspace, workspace_size, &call);
    if (status != LATHE_OK || call.shape.batch == 0) { return status; }
    if (x == NULL || weight == NULL || y == NULL) { return LATHE_INVALID_ARGUMENT; }
    const void *rows = weight;
    if (call.format.bf16) {
        lathe_convert_rows(&call.format, call.shape.groups * call.shape.outputs, lathe_conv_rows(&call.shape), weight, call.memory);
        rows = call.memory;
    }
    lathe_convolve(&call.shape, &call.format, rows, x, bias, y, call.memory + weight_bytes(&call));
    return LATHE_OK;
}
