// Checking a convolution's arguments.

#include "convolution/columns.h"

static int64_t output_size(int64_t size, int64_t padding, int64_t dilation, int64_t kernel, int64_t stride) {
    const int64_t steps = size + 2 * padding - dilation * (kernel - 1) - 1;
    return steps < 0 ? 0 : steps / stride + 1;
}

int64_t lathe_convolution_output_height(const lathe_convolution_args *args) {
    return output_size(args->height, args->padding_height, args->dilation_height, args->kernel_height, args->stride_height);
}

int64_t lathe_convolution_output_width(const lathe_convolution_args *args) {
    return output_size(args->width, args->padding_width, args->dilation_width, args->kernel_width, args->stride_width);
}

lathe_status lathe_conv_shape_for(const lathe_convolution_args *args, lathe_conv_shape *shape) {
    if (args->batch < 0 || args->channels < 1 || args->height < 1 || args->width < 1 || args->outputs < 1) { return LATHE_INVALID_ARGUMENT; }
    if (args->kernel_height < 1 || args->kernel_width < 1 || args->stride_height < 1 || args->stride_width < 1) { return LATHE_INVALID_ARGUMENT; }
    if (args->padding_height < 0 || args->padding_width < 0 || args->dilation_height < 1 || args->dilation_width < 1) {
        return LATHE_INVALID_ARGUMENT;
    }
    if (args->groups < 1 || args->channels % args->groups != 0 || args->outputs % args->groups != 0) { return LATHE_INVALID_ARGUMENT; }
    if (args->compute != LATHE_COMPUTE_F32 && args->compute != LATHE_COMPUTE_BF16) { return LATHE_UNSUPPORTED; }
    *shape = (lathe_conv_shape){
        .batch = args->batch, .groups = args->groups, .channels = args->channels / args->groups, .outputs = args->outputs / args->groups,
        .height = args->height, .width = args->width,
        .out_height = lathe_convolution_output_height(args), .out_width = lathe_convolution_output_width(args),
        .kernel_height = args->kernel_height, .kernel_width = args->kernel_width,
        .stride_height = args->stride_height, .stride_width = args->stride_width,
        .padding_height = args->padding_height, .padding_width = args->padding_width,
        .dilation_height = args->dilation_height, .dilation_width = args->dilation_width,
    };
    return lathe_conv_pixels(shape) > 0 ? LATHE_OK : LATHE_INVALID_ARGUMENT;
}
