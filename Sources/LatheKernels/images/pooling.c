// Pooling of images whose channels are last.

#include "images/images.h"

#include <string.h>

static int64_t larger(int64_t a, int64_t b) { return a > b ? a : b; }
static int64_t smaller(int64_t a, int64_t b) { return a < b ? a : b; }

// ---- Maximum ----

static void begin(const lathe_image_call *call) { lathe_image_prepare_border(call, call->step->output); }
static int64_t parts(const lathe_image_call *call) { return lathe_image_at(call, call->step->output)->height; }

/// Outputs from ..< to of row i, whose windows have the same columns inside the image: left ..< right of the first one's.
static uint32_t pool_run(const lathe_image_call *call, int64_t i, int64_t from, int64_t to, int64_t left, int64_t right) {
    const lathe_image_window *window = &call->step->window;
    const lathe_image_value *in = lathe_image_at(call, call->step->input), *out = lathe_image_at(call, call->step->output);
    const int64_t corner = i * window->stride_height - window->padding_height;
    const int64_t top = larger(corner, 0), bottom = smaller(corner + window->height, in->height);
    int64_t taps[lathe_image_taps], count = 0;
    for (int64_t row = top; row < bottom; row++) {
        for (int64_t column = left; column < right; column++) { taps[count++] = lathe_image_pixel(in, row, column); }
    }
    char *y = lathe_image_memory(call, call->step->output) + lathe_image_pixel(out, i, from) * lathe_image_element(out);
    return call->kernels->image_max_pool(in->type, to - from, in->channels, count, taps, lathe_image_memory(call, call->step->input),
                                         window->stride_width * in->pitch, y, out->pitch);
}

static void part(const lathe_image_call *call, int64_t i, void *scratch) {
    (void)scratch;
    const lathe_image_window *window = &call->step->window;
    const lathe_image_value *in = lathe_image_at(call, call->step->input), *out = lathe_image_at(call, call->step->output);
    uint32_t largest = 0;
    for (int64_t j = 0, next; j < out->width; j = next) {
        const int64_t corner = j * window->stride_width - window->padding_width;
        next = j + 1;
        if (corner >= 0) {
            // All windows that are inside the image are one run.
            while (next < out->width && next * window->stride_width - window->padding_width + window->width <= in->width) { next++; }
            if (corner + window->width > in->width) { next = j + 1; }
        }
        const uint32_t found = pool_run(call, i, j, next, larger(corner, 0), smaller(corner + window->width, in->width));
        largest = found > largest ? found : largest;
    }
    if (out->finds_largest) { lathe_image_note(&call->states[call->step->output], largest); }
}

const lathe_image_step_functions lathe_image_max_pool = {begin, parts, part};

// ---- Mean ----

static void mean_begin(const lathe_image_call *call) { (void)call; }
static int64_t mean_parts(const lathe_image_call *call) { (void)call; return 1; }

static void mean_part(const lathe_image_call *call, int64_t index, void *scratch) {
    (void)index, (void)scratch;
    const lathe_image_value *in = lathe_image_at(call, call->step->input);
    const float *x = (const float *)(const void *)lathe_image_memory(call, call->step->input);
    memset(call->y, 0, (size_t)in->channels * sizeof(float));
    for (int64_t i = 0; i < in->height; i++) {
        call->kernels->add_rows(in->width, in->channels, x + lathe_image_pixel(in, i, 0), in->pitch, call->y);
    }
    const float pixels = (float)(in->height * in->width);
    call->kernels->binary(LATHE_DIVIDE, in->channels, call->y, 1, &pixels, 0, call->y);
}

const lathe_image_step_functions lathe_image_mean = {mean_begin, mean_parts, mean_part};
