// The three passes' entry, and the forward pass.

#include "convolution/convolve.h"
#include "threads/workers.h"

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
    const lathe_conv_bytes passes[] = {lathe_conv_forward_bytes(&call), lathe_conv_input_gradient_bytes(&call),
                                       lathe_conv_weight_gradient_bytes(&call)};
    size_t most = 0;
    for (int i = 0; i < 3; i++) {
        const size_t bytes = passes[i].shared + passes[i].worker * (size_t)lathe_thread_count();
        most = bytes > most ? bytes : most;
    }
    return most;
}

lathe_status lathe_conv_begin(const lathe_convolution_args *args, lathe_conv_bytes (*bytes)(const lathe_conv_call *), void *workspace,
                              size_t workspace_size, lathe_conv_call *call) {
    const lathe_status status = prepare(args, call);
    if (status != LATHE_OK) { return status; }
    call->bytes = bytes(call);
    if (workspace_size < call->bytes.shared) { return LATHE_WORKSPACE_TOO_SMALL; }
    call->workers = lathe_worker_count(workspace_size - call->bytes.shared, call->bytes.worker);
    if (call->workers == 0) { return LATHE_WORKSPACE_TOO_SMALL; }
    call->shared = workspace;
    call->worker_memory = (char *)workspace + call->bytes.shared;
    return LATHE_OK;
}

/// The weights in the compute type; f32 ones are used where they are.
lathe_conv_bytes lathe_conv_forward_bytes(const lathe_conv_call *call) {
    const int64_t values = call->shape.groups * call->shape.outputs * lathe_padded_depth(&call->format, lathe_conv_rows(&call->shape));
    return (lathe_conv_bytes){
        .shared = call->format.bf16 ? lathe_aligned((size_t)values * call->format.element_size) : 0,
        .worker = lathe_convolve_worker_bytes(&call->shape, &call->format),
    };
}

lathe_status lathe_convolution(const lathe_convolution_args *args, const float *x, const float *weight, const float *bias, float *y,
                               void *workspace, size_t workspace_size) {
    lathe_conv_call call;
    const lathe_status status = lathe_conv_begin(args, lathe_conv_forward_bytes, workspace, workspace_size, &call);
    if (status != LATHE_OK || call.shape.batch == 0) { return status; }
    if (x == NULL || weight == NULL || y == NULL) { return LATHE_INVALID_ARGUMENT; }
    const void *rows = weight;
    if (call.format.bf16) {
        lathe_convert_rows(&call.format, call.shape.groups * call.shape.outputs, lathe_conv_rows(&call.shape), weight, call.shared);
        rows = call.shared;
    }
    lathe_convolve(&call.shape, &call.format, rows, x, bias, y, call.workers, call.worker_memory);
    return LATHE_OK;
}
