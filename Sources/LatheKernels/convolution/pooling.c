// Pooling: every plane on its own.

#include "include/lathe_convolution.h"
#include "include/lathe_threads.h"

#include <math.h>
#include <string.h>

typedef struct pooling_call {
    lathe_pooling_shape shape;
    int64_t out_height, out_width;
    const float *x, *dy;
    float *y, *dx;
    int32_t *positions;
    const int32_t *read_positions;
    int64_t planes_per_task;
    void (*plane)(const struct pooling_call *call, int64_t plane);
} pooling_call;

static int64_t smaller(int64_t a, int64_t b) { return a < b ? a : b; }
static int64_t larger(int64_t a, int64_t b) { return a > b ? a : b; }

/// The part of output o's window that lies in 0 ..< size.
static int64_t window_begin(const pooling_call *call, int64_t o) { return larger(o * call->shape.stride - call->shape.padding, 0); }
static int64_t window_end(const pooling_call *call, int64_t o, int64_t size) {
    return smaller(o * call->shape.stride - call->shape.padding + call->shape.kernel, size);
}

static void max_window(const pooling_call *call, const float *x, int64_t i, int64_t j, float *y, int32_t *position) {
    const int64_t width = call->shape.width, top = window_begin(call, i), bottom = window_end(call, i, call->shape.height);
    const int64_t left = window_begin(call, j), right = window_end(call, j, width);
    float largest = -INFINITY;
    int64_t best = top * width + left;
    for (int64_t row = top; row < bottom; row++) {
        for (int64_t column = left; column < right; column++) {
            const float value = x[row * width + column];
            // A NaN is taken, and then kept: nothing is larger than it.
            if (value > largest || (value != value && largest == largest)) {
                largest = value;
                best = row * width + column;
            }
        }
    }
    *y = largest;
    *position = (int32_t)best;
}

static void max_plane(const pooling_call *call, int64_t plane) {
    const float *x = call->x + plane * call->shape.height * call->shape.width;
    const int64_t outputs = call->out_height * call->out_width;
    float *y = call->y + plane * outputs;
    int32_t *positions = call->positions + plane * outputs;
    for (int64_t i = 0; i < call->out_height; i++) {
        for (int64_t j = 0; j < call->out_width; j++, y++, positions++) { max_window(call, x, i, j, y, positions); }
    }
}

static void max_plane_backward(const pooling_call *call, int64_t plane) {
    const int64_t inputs = call->shape.height * call->shape.width, outputs = call->out_height * call->out_width;
    float *dx = call->dx + plane * inputs;
    memset(dx, 0, (size_t)inputs * sizeof(float));
    for (int64_t o = plane * outputs; o < (plane + 1) * outputs; o++) { dx[call->read_positions[o]] += call->dy[o]; }
}

/// Rows of a window are added first, which vectorises when windows do not overlap; the order is the same for every output.
static void average_plane(const pooling_call *call, int64_t plane) {
    const int64_t width = call->shape.width, stride = call->shape.stride, kernel = call->shape.kernel;
    const float *x = call->x + plane * call->shape.height * width;
    float *y = call->y + plane * call->out_height * call->out_width;
    const float scale = 1 / (float)(kernel * kernel);
    for (int64_t i = 0; i < call->out_height; i++, y += call->out_width) {
        memset(y, 0, (size_t)call->out_width * sizeof(float));
        for (int64_t row = window_begin(call, i); row < window_end(call, i, call->shape.height); row++) {
            for (int64_t v = 0; v < kernel; v++) {
                const int64_t right = v - call->shape.padding;
                const int64_t begin = right < 0 ? (-right + stride - 1) / stride : 0;
                const int64_t end = width <= right ? 0 : smaller((width - right + stride - 1) / stride, call->out_width);
                for (int64_t j = begin; j < end; j++) { y[j] += x[row * width + j * stride + right]; }
            }
        }
        for (int64_t j = 0; j < call->out_width; j++) { y[j] *= scale; }
    }
}

static void average_plane_backward(const pooling_call *call, int64_t plane) {
    const int64_t width = call->shape.width, stride = call->shape.stride, kernel = call->shape.kernel;
    float *dx = call->dx + plane * call->shape.height * width;
    const float *dy = call->dy + plane * call->out_height * call->out_width;
    const float scale = 1 / (float)(kernel * kernel);
    memset(dx, 0, (size_t)(call->shape.height * width) * sizeof(float));
    for (int64_t i = 0; i < call->out_height; i++, dy += call->out_width) {
        for (int64_t row = window_begin(call, i); row < window_end(call, i, call->shape.height); row++) {
            for (int64_t v = 0; v < kernel; v++) {
                const int64_t right = v - call->shape.padding;
                const int64_t begin = right < 0 ? (-right + stride - 1) / stride : 0;
                const int64_t end = width <= right ? 0 : smaller((width - right + stride - 1) / stride, call->out_width);
                for (int64_t j = begin; j < end; j++) { dx[row * width + j * stride + right] += scale * dy[j]; }
            }
        }
    }
}

static void run_task(void *context, int64_t index, int worker) {
    (void)worker;
    const pooling_call *call = context;
    const int64_t end = smaller((index + 1) * call->planes_per_task, call->shape.planes);
    for (int64_t plane = index * call->planes_per_task; plane < end; plane++) { call->plane(call, plane); }
}

static lathe_status run(const lathe_pooling_shape *shape, pooling_call *call, bool pointers) {
    const int64_t height = shape->height + 2 * shape->padding - shape->kernel, width = shape->width + 2 * shape->padding - shape->kernel;
    if (shape->planes < 0 || shape->height < 1 || shape->width < 1 || shape->kernel < 1 || shape->stride < 1) { return LATHE_INVALID_ARGUMENT; }
    // With more padding than half a window, a window may see nothing but padding. Positions are 32 bits.
    if (shape->padding < 0 || shape->padding * 2 > shape->kernel || height < 0 || width < 0) { return LATHE_INVALID_ARGUMENT; }
    if (shape->height > INT32_MAX / shape->width) { return LATHE_INVALID_ARGUMENT; }
    if (shape->planes == 0) { return LATHE_OK; }
    if (!pointers) { return LATHE_INVALID_ARGUMENT; }
    call->shape = *shape;
    call->out_height = height / shape->stride + 1;
    call->out_width = width / shape->stride + 1;
    call->planes_per_task = 16 * 1024 / (shape->height * shape->width) + 1;
    lathe_parallel((shape->planes + call->planes_per_task - 1) / call->planes_per_task, run_task, call);
    return LATHE_OK;
}

lathe_status lathe_max_pool(const lathe_pooling_shape *shape, const float *x, float *y, int32_t *positions) {
    pooling_call call = {.x = x, .y = y, .positions = positions, .plane = max_plane};
    return run(shape, &call, x != NULL && y != NULL && positions != NULL);
}

lathe_status lathe_max_pool_backward(const lathe_pooling_shape *shape, const int32_t *positions, const float *dy, float *dx) {
    pooling_call call = {.read_positions = positions, .dy = dy, .dx = dx, .plane = max_plane_backward};
    return run(shape, &call, positions != NULL && dy != NULL && dx != NULL);
}

lathe_status lathe_average_pool(const lathe_pooling_shape *shape, const float *x, float *y) {
    pooling_call call = {.x = x, .y = y, .plane = average_plane};
    return run(shape, &call, x != NULL && y != NULL);
}

lathe_status lathe_average_pool_backward(const lathe_pooling_shape *shape, const float *dy, float *dx) {
    pooling_call call = {.dy = dy, .dx = dx, .plane = average_plane_backward};
    return run(shape, &call, dy != NULL && dx != NULL);
}
