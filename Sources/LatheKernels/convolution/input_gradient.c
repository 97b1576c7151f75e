// The gradient at a convolution's input.
//
// At stride 1 it is itself a convolution: of dy, with the weights turned by half a turn and inputs and outputs exchanged. Otherwise
// weight^T dy is the gradient at the matrix of the convolution, whose rows are added to the places that they were read from.

#include <string.h>

#include "convolution/convolve.h"
#include "include/lathe_threads.h"

/// Pixels of a strip; images that a task takes together hold about as many, and do not depend on the threads, since the order of sums
/// depends on where strips begin. Matrix rows at a time. Channels whose weights are turned together.
enum { STRIP_PIXELS = 64, TASK_PIXELS = 256, ROW_BLOCK = 256, CHANNEL_BLOCK = 16 };

static bool is_convolution(const lathe_conv_shape *shape) {
    return shape->stride_height == 1 && shape->stride_width == 1;
}

/// The convolution that turns dy into dx, at stride 1.
static lathe_conv_shape turned(const lathe_conv_shape *shape) {
    lathe_conv_shape result = *shape;
    result.channels = shape->outputs;
    result.outputs = shape->channels;
    result.height = shape->out_height;
    result.width = shape->out_width;
    result.out_height = shape->height;
    result.out_width = shape->width;
    result.padding_height = shape->dilation_height * (shape->kernel_height - 1) - shape->padding_height;
    result.padding_width = shape->dilation_width * (shape->kernel_width - 1) - shape->padding_width;
    return result;
}

typedef struct gradient_call {
    lathe_conv_call conv;
    const float *weight, *dy;
    float *dx;
    float *turned_weight;  ///< f32: [groups * channels, outputs * kernel] at stride 1, else [groups * rows, outputs]
    char *tile_weight;     ///< the same in the compute type
    int64_t images;        ///< per task
    int64_t parts, part_channels;  ///< into which the channels of a group are split
} gradient_call;

/// Some channels of a group: weight[o, c, u, v] goes to turned[c, o, kernel_height - 1 - u, kernel_width - 1 - v].
static void turn_channels(void *context, int64_t index, int worker) {
    (void)worker;
    const gradient_call *call = context;
    const lathe_conv_shape *shape = &call->conv.shape;
    const int64_t taps = shape->kernel_height * shape->kernel_width, blocks = (shape->channels + CHANNEL_BLOCK - 1) / CHANNEL_BLOCK;
    const int64_t group = index / blocks, begin = index % blocks * CHANNEL_BLOCK;
    const int64_t channels = shape->channels - begin < CHANNEL_BLOCK ? shape->channels - begin : CHANNEL_BLOCK;
    const float *from = call->weight + (group * shape->outputs * shape->channels + begin) * taps;
    float *to = call->turned_weight + (group * shape->channels + begin) * shape->outputs * taps;
    if (taps == 1) {
        call->conv.format.kernels->transpose(shape->outputs, channels, from, shape->channels, to, shape->outputs);
        return;
    }
    for (int64_t o = 0; o < shape->outputs; o++) {
        for (int64_t c = 0; c < channels; c++) {
            const float *source = from + (o * shape->channels + c) * taps;
            float *target = to + (c * shape->outputs + o) * taps;
            for (int64_t t = 0; t < taps; t++) { target[t] = source[taps - 1 - t]; }
        }
    }
}

/// The weights of a group, transposed.
static void transpose_group(void *context, int64_t group, int worker) {
    (void)worker;
    const gradient_call *call = context;
    const lathe_conv_shape *shape = &call->conv.shape;
    const int64_t rows = lathe_conv_rows(shape), at = group * shape->outputs * rows;
    call->conv.format.kernels->transpose(shape->outputs, rows, call->weight + at, rows, call->turned_weight + at, shape->outputs);
}

/// One worker's memory at strides above 1.
typedef struct worker_scratch {
    float *dy;      ///< [outputs, strip], for strips that lie in several images
    void *panels;   ///< [outputs, strip]
    float *rows;    ///< [ROW_BLOCK, strip]
} worker_scratch;

static int64_t strip_pixels(const lathe_panel_format *format) {
    return lathe_round_up(STRIP_PIXELS, format->tile->columns);
}

static size_t lay_out(const lathe_conv_call *call, char *memory, worker_scratch *scratch) {
    const int64_t strip = strip_pixels(&call->format);
    const size_t dy = lathe_aligned((size_t)(call->shape.outputs * strip) * sizeof(float));
    const size_t panels = lathe_panels_bytes(&call->format, call->shape.outputs, strip);
    if (memory != NULL) { *scratch = (worker_scratch){(float *)memory, memory + dy, (float *)(memory + dy + panels)}; }
    return dy + panels + lathe_aligned((size_t)(ROW_BLOCK * strip) * sizeof(float));
}

/// dy of a strip, as panels [outputs, count].
static void make_panels(const gradient_call *call, const worker_scratch *scratch, int64_t group, int64_t first, int64_t count) {
    const lathe_conv_shape *shape = &call->conv.shape;
    const int64_t pixels = lathe_conv_pixels(shape), strip = strip_pixels(&call->conv.format);
    const float *rows = scratch->dy;
    int64_t stride = strip;
    for (int64_t offset = 0; offset < count;) {
        const lathe_conv_piece piece = lathe_conv_piece_at(shape, first, count, offset);
        const float *dy = call->dy + (piece.image * shape->groups + group) * shape->outputs * pixels + piece.pixel;
        if (piece.count == count) {
            rows = dy;
            stride = pixels;
            break;
        }
        for (int64_t o = 0; o < shape->outputs; o++) {
            memcpy(scratch->dy + o * strip + offset, dy + o * pixels, (size_t)piece.count * sizeof(float));
        }
        offset += piece.count;
    }
    lathe_panels_from_rows(&call->conv.format, shape->outputs, count, rows, stride, scratch->panels, shape->outputs);
}

static void run_task(void *context, int64_t index, int worker) {
    const gradient_call *call = context;
    const lathe_conv_shape *shape = &call->conv.shape;
    const lathe_panel_format *format = &call->conv.format;
    worker_scratch scratch;
    lay_out(&call->conv, call->conv.worker_memory + (size_t)worker * call->conv.bytes.worker, &scratch);
    const int64_t part = index % call->parts, group = index / call->parts % shape->groups, task = index / call->parts / shape->groups;
    const int64_t pixels = lathe_conv_pixels(shape), plane = shape->height * shape->width, taps = shape->kernel_height * shape->kernel_width;
    const int64_t channel = part * call->part_channels, image = task * call->images;
    const int64_t channels = shape->channels - channel < call->part_channels ? shape->channels - channel : call->part_channels;
    const int64_t images = shape->batch - image < call->images ? shape->batch - image : call->images;
    for (int64_t i = image; i < image + images; i++) {
        memset(call->dx + ((i * shape->groups + group) * shape->channels + channel) * plane, 0, (size_t)(channels * plane) * sizeof(float));
    }

    const int64_t strip = strip_pixels(format), depth = lathe_padded_depth(format, shape->outputs), end = (channel + channels) * taps;
    for (int64_t first = image * pixels; first < (image + images) * pixels; first += strip) {
        const int64_t left = (image + images) * pixels - first, count = left < strip ? left : strip;
        make_panels(call, &scratch, group, first, count);
        for (int64_t row = channel * taps; row < end; row += ROW_BLOCK) {
            const int64_t rows = end - row < ROW_BLOCK ? end - row : ROW_BLOCK;
            const char *weight = call->tile_weight + (size_t)((group * lathe_conv_rows(shape) + row) * depth) * format->element_size;
            lathe_tile_product(format, rows, count, shape->outputs, weight, depth, scratch.panels, shape->outputs, scratch.rows, strip, false);
            lathe_columns_add(shape, scratch.rows, strip, group, row, row + rows, first, count, call->dx);
        }
    }
}

static void run_strided(gradient_call *call) {
    const lathe_conv_shape *shape = &call->conv.shape;
    const int64_t pixels = lathe_conv_pixels(shape), workers = call->conv.workers;
    lathe_parallel(shape->groups, transpose_group, call);
    if (call->conv.format.bf16) {
        lathe_convert_rows(&call->conv.format, shape->groups * lathe_conv_rows(shape), shape->outputs, call->turned_weight, call->tile_weight);
    } else {
        call->tile_weight = (char *)call->turned_weight;
    }
    call->images = (TASK_PIXELS + pixels - 1) / pixels;
    const int64_t tasks = (shape->batch + call->images - 1) / call->images * shape->groups;
    // Channels are independent, so how many share a task changes no result; dy is packed again for each part.
    int64_t parts = (4 * workers + tasks - 1) / tasks;
    if (parts > shape->channels) { parts = shape->channels; }
    call->part_channels = (shape->channels + parts - 1) / parts;
    call->parts = (shape->channels + call->part_channels - 1) / call->part_channels;
    lathe_parallel_on(call->conv.workers, tasks * call->parts, run_task, call);
}

static void run_turned(gradient_call *call) {
    const lathe_conv_shape shape = turned(&call->conv.shape);
    lathe_parallel(shape.groups * ((shape.outputs + CHANNEL_BLOCK - 1) / CHANNEL_BLOCK), turn_channels, call);
    const void *weight = call->turned_weight;
    if (call->conv.format.bf16) {
        lathe_convert_rows(&call->conv.format, shape.groups * shape.outputs, lathe_conv_rows(&shape), call->turned_weight, call->tile_weight);
        weight = call->tile_weight;
    }
    lathe_convolve(&shape, &call->conv.format, weight, call->dy, NULL, call->dx, call->conv.workers, call->conv.worker_memory);
}

/// Bytes of the weights in f32; in the compute type they follow, unless that is f32.
static size_t turned_bytes(const lathe_conv_shape *shape) {
    return lathe_aligned((size_t)(shape->groups * shape->outputs * lathe_conv_rows(shape)) * sizeof(float));
}

static size_t tile_bytes(const lathe_conv_call *call) {
    if (!call->format.bf16) { return 0; }
    const lathe_conv_shape *shape = &call->shape, other = turned(shape);
    const bool convolution = is_convolution(shape);
    const int64_t rows = shape->groups * (convolution ? other.outputs : lathe_conv_rows(shape));
    const int64_t columns = convolution ? lathe_conv_rows(&other) : shape->outputs;
    return lathe_aligned((size_t)(rows * lathe_padded_depth(&call->format, columns)) * call->format.element_size);
}

lathe_conv_bytes lathe_conv_input_gradient_bytes(const lathe_conv_call *call) {
    const lathe_conv_shape other = turned(&call->shape);
    return (lathe_conv_bytes){
        .shared = turned_bytes(&call->shape) + tile_bytes(call),
        .worker = is_convolution(&call->shape) ? lathe_convolve_worker_bytes(&other, &call->format) : lay_out(call, NULL, NULL),
    };
}

lathe_status lathe_convolution_input_gradient(const lathe_convolution_args *args, const float *weight, const float *dy, float *dx,
                                              void *workspace, size_t workspace_size) {
    gradient_call call = {.weight = weight, .dy = dy, .dx = dx};
    const lathe_status status = lathe_conv_begin(args, lathe_conv_input_gradient_bytes, workspace, workspace_size, &call.conv);
    if (status != LATHE_OK || call.conv.shape.batch == 0) { return status; }
    if (weight == NULL || dy == NULL || dx == NULL) { return LATHE_INVALID_ARGUMENT; }
    call.turned_weight = (float *)call.conv.shared;
    call.tile_weight = call.conv.shared + turned_bytes(&call.conv.shape);
    if (is_convolution(&call.conv.shape)) {
        run_turned(&call);
    } else {
        run_strided(&call);
    }
    return LATHE_OK;
}
