// How images come into a network and leave it, and change their type within.

#include "images/images.h"

#include <math.h>
#include <string.h>

/// Rows of an image that a part handles.
enum { ROWS = 4 };

static int64_t parts_of_height(int64_t height) { return (height + ROWS - 1) / ROWS; }
static int64_t row_end(int64_t part, int64_t height) { return (part + 1) * ROWS < height ? (part + 1) * ROWS : height; }

void lathe_image_prepare_border(const lathe_image_call *call, int index) {
    const lathe_image_value *value = lathe_image_at(call, index);
    char *memory = lathe_image_memory(call, index);
    const int64_t element = lathe_image_element(value), row = lathe_image_row(value) * element;
    int fill = 0;
    bool whole = value->type != LATHE_U8 && value->pitch > value->channels;  // what a product reads has to be finite
    if (value->type == LATHE_U8) {
        const int32_t zero = call->states[index].zero_point;
        fill = zero < 0 ? 0 : zero > 255 ? 255 : zero;
        if (value->is_static) {
            const lathe_code_grid grid = call->kernels->code_grid(value->grid, value->bits, value->low, value->high);
            if (grid.constant) { fill = grid.first, whole = true; }
        }
    }
    if (whole) {
        memset(memory, fill, lathe_image_value_size(value));
        return;
    }
    if (value->border == 0) { return; }
    // What is behind a row and before the next one is in one piece.
    const int64_t side = value->border * value->pitch * element, edge = value->border * row + side;
    memset(memory, fill, (size_t)edge);
    for (int64_t i = 1; i < value->height; i++) { memset(memory + (value->border + i) * row - side, fill, (size_t)(2 * side)); }
    memset(memory + (value->height + value->border) * row - side, fill, (size_t)edge);
}

static void prepare_output(const lathe_image_call *call) { lathe_image_prepare_border(call, call->step->output); }

static void note_rows(const lathe_image_call *call, int index, int64_t first, int64_t end) {
    const lathe_image_value *value = lathe_image_at(call, index);
    if (!value->finds_largest) { return; }
    const float *memory = (const float *)(const void *)lathe_image_memory(call, index);
    for (int64_t i = first; i < end; i++) {
        const float largest = call->kernels->reduce(LATHE_MAX_ABS, value->width * value->pitch, memory + lathe_image_pixel(value, i, 0));
        uint32_t bits;
        memcpy(&bits, &largest, sizeof bits);
        lathe_image_note(&call->states[index], bits & 0x7fffffff);
    }
}

// ---- Load ----

static int64_t load_parts(const lathe_image_call *call) { return parts_of_height(lathe_image_at(call, call->step->output)->height); }

static void load_part(const lathe_image_call *call, int64_t part, void *scratch) {
    (void)scratch;
    const lathe_image_value *out = lathe_image_at(call, call->step->output);
    float *memory = (float *)(void *)lathe_image_memory(call, call->step->output);
    const int64_t end = row_end(part, out->height);
    for (int64_t i = part * ROWS; i < end; i++) {
        call->kernels->transpose(out->channels, out->width, call->x + i * out->width, out->height * out->width,
                                 memory + lathe_image_pixel(out, i, 0), out->pitch);
    }
    note_rows(call, call->step->output, part * ROWS, end);
}

const lathe_image_step_functions lathe_image_load = {prepare_output, load_parts, load_part};

// ---- Quantise ----

/// The grid of a step's codes: their own, or one from the largest value of the image.
static lathe_code_grid grid_of(const lathe_image_call *call) {
    const lathe_image_value *codes = lathe_image_at(call, call->step->codes);
    if (codes->is_static) { return call->kernels->code_grid(codes->grid, codes->bits, codes->low, codes->high); }
    const uint32_t largest = atomic_load_explicit(&call->states[call->step->input].largest, memory_order_relaxed);
    float size;
    memcpy(&size, &largest, sizeof size);
    return call->kernels->code_grid(LATHE_SYMMETRIC, 8, -size, size);
}

static void quantize_begin(const lathe_image_call *call) {
    const lathe_code_grid grid = grid_of(call);
    lathe_image_state *state = &call->states[call->step->codes];
    const uint32_t largest = atomic_load_explicit(&call->states[call->step->input].largest, memory_order_relaxed);
    state->scale = largest < lathe_image_infinity ? grid.scale : NAN;
    state->zero_point = grid.zero_point;
    lathe_image_prepare_border(call, call->step->codes);
}

static int64_t quantize_parts(const lathe_image_call *call) { return parts_of_height(lathe_image_at(call, call->step->codes)->height); }

static void quantize_part(const lathe_image_call *call, int64_t part, void *scratch) {
    (void)scratch;
    const lathe_image_value *in = lathe_image_at(call, call->step->input), *codes = lathe_image_at(call, call->step->codes);
    const char *x = lathe_image_memory(call, call->step->input);
    uint8_t *y = (uint8_t *)lathe_image_memory(call, call->step->codes);
    const lathe_code_grid grid = grid_of(call);
    // Pixels are runs of their own where the codes' pitch is not the values'.
    const bool together = in->pitch == codes->pitch;
    const int64_t end = row_end(part, codes->height), runs = together ? 1 : codes->width;
    const int64_t count = together ? codes->width * codes->pitch : codes->channels;
    for (int64_t i = part * ROWS; i < end; i++) {
        for (int64_t run = 0; run < runs; run++) {
            call->kernels->image_quantize(&grid, in->type, count, x + lathe_image_pixel(in, i, run) * lathe_image_element(in),
                                          y + lathe_image_pixel(codes, i, run));
        }
    }
}

const lathe_image_step_functions lathe_image_quantize = {quantize_begin, quantize_parts, quantize_part};

// ---- Round ----

static void round_part(const lathe_image_call *call, int64_t part, void *scratch) {
    (void)scratch;
    const lathe_image_value *in = lathe_image_at(call, call->step->input), *out = lathe_image_at(call, call->step->output);
    const float *x = (const float *)(const void *)lathe_image_memory(call, call->step->input);
    uint16_t *y = (uint16_t *)(void *)lathe_image_memory(call, call->step->output);
    const bool together = in->pitch == out->pitch;
    const int64_t end = row_end(part, out->height), runs = together ? 1 : out->width;
    const int64_t count = together ? out->width * out->pitch : out->channels;
    for (int64_t i = part * ROWS; i < end; i++) {
        for (int64_t run = 0; run < runs; run++) {
            call->kernels->f32_to_bf16(count, x + lathe_image_pixel(in, i, run), y + lathe_image_pixel(out, i, run));
        }
    }
}

const lathe_image_step_functions lathe_image_round = {prepare_output, load_parts, round_part};

// ---- Store ----

static void store_begin(const lathe_image_call *call) { (void)call; }
static int64_t store_parts(const lathe_image_call *call) { return parts_of_height(lathe_image_at(call, call->step->input)->height); }

static void store_part(const lathe_image_call *call, int64_t part, void *scratch) {
    (void)scratch;
    const lathe_image_value *in = lathe_image_at(call, call->step->input);
    const float *x = (const float *)(const void *)lathe_image_memory(call, call->step->input);
    const int64_t end = row_end(part, in->height);
    for (int64_t i = part * ROWS; i < end; i++) {
        call->kernels->transpose(in->width, in->channels, x + lathe_image_pixel(in, i, 0), in->pitch, call->y + i * in->width,
                                 in->height * in->width);
    }
}

const lathe_image_step_functions lathe_image_store = {store_begin, store_parts, store_part};
