// A convolution, strip by strip: a strip's part of the matrix is written straight into panels, some rows at a time, and multiplied with
// the weights, which are read where they lie.

#include "convolution/convolve.h"
#include "include/lathe_threads.h"

#include <string.h>

/// Rows of the matrix at a time, so that their panel stays in cache, and pixels per strip, where tiles are narrower.
enum { CHUNK_ROWS = 256, STRIP_PIXELS = 64, ROW_BLOCK = 64 };
/// What a task multiplies, about: 50 microseconds' worth, against the cost of handing tasks out.
static const double task_products = 2e6;

typedef struct convolve_call {
    const lathe_conv_shape *shape;
    const lathe_panel_format *format;
    const char *weight;
    const float *x, *bias;
    float *y;
    char *memory;
    size_t worker_bytes;
    int64_t strip;        ///< pixels per strip
    int64_t strips;       ///< per group
    int64_t run;          ///< strips per task
    int64_t runs;         ///< per group
    int64_t parts;        ///< into which the outputs of a group are split; 1 unless there are few strips
    int64_t part_outputs;
} convolve_call;

static int64_t strip_pixels(const lathe_panel_format *format) {
    const int64_t columns = format->tile->columns;
    return columns >= STRIP_PIXELS ? columns : STRIP_PIXELS / columns * columns;
}

/// Rows per chunk: equal ones.
static int64_t chunk_rows(const lathe_panel_format *format, int64_t rows) {
    const int64_t chunks = (rows + CHUNK_ROWS - 1) / CHUNK_ROWS;
    return lathe_padded_depth(format, (rows + chunks - 1) / chunks);
}

/// One worker's memory.
typedef struct worker_scratch {
    void *panels;
    float *rows;  ///< [ROW_BLOCK, strip], on their way into panels
    float *sums;  ///< [outputs, strip], for strips that lie in several images
} worker_scratch;

static size_t lay_out(const lathe_conv_shape *shape, const lathe_panel_format *format, char *memory, worker_scratch *scratch) {
    const int64_t strip = strip_pixels(format);
    const size_t panels = lathe_panels_bytes(format, chunk_rows(format, lathe_conv_rows(shape)), strip);
    const size_t rows = lathe_aligned((size_t)(ROW_BLOCK * strip) * sizeof(float));
    if (memory != NULL) { *scratch = (worker_scratch){memory, (float *)(memory + panels), (float *)(memory + panels + rows)}; }
    return panels + rows + lathe_aligned((size_t)(shape->outputs * strip) * sizeof(float));
}

size_t lathe_convolve_worker_bytes(const lathe_conv_shape *shape, const lathe_panel_format *format) {
    return lay_out(shape, format, NULL, NULL);
}

/// Matrix rows begin ... end - 1 of one strip.
static void make_panels(const convolve_call *call, const worker_scratch *scratch, int64_t group, int64_t begin, int64_t end, int64_t panel_k,
                        int64_t first, int64_t count) {
    const lathe_panel_format *format = call->format;
    const int64_t columns = format->tile->columns;
    if (!format->bf16 && count == columns) {
        // A panel as wide as the strip is written without a detour.
        lathe_columns(call->shape, call->x, group, begin, end, first, count, scratch->panels, columns);
        return;
    }
    for (int64_t row = begin; row < end; row += ROW_BLOCK) {
        const int64_t rows = end - row < ROW_BLOCK ? end - row : ROW_BLOCK;
        lathe_columns(call->shape, call->x, group, row, row + rows, first, count, scratch->rows, call->strip);
        char *panels = (char *)scratch->panels + (size_t)((row - begin) * columns) * format->element_size;
        lathe_panels_from_rows(format, rows, count, scratch->rows, call->strip, panels, panel_k);
    }
}

static void add_bias(const convolve_call *call, int64_t output, int64_t outputs, int64_t count, float *y, int64_t stride) {
    for (int64_t o = 0; o < outputs; o++, y += stride) { call->format->kernels->affine(count, 1, y, 0, NULL, call->bias[output + o], y); }
}

/// Distributes the sums of a strip to its images.
static void write_pieces(const convolve_call *call, const float *sums, int64_t output, int64_t outputs, int64_t first, int64_t count) {
    const lathe_conv_shape *shape = call->shape;
    const int64_t pixels = lathe_conv_pixels(shape);
    for (int64_t offset = 0; offset < count;) {
        const lathe_conv_piece piece = lathe_conv_piece_at(shape, first, count, offset);
        float *y = call->y + (piece.image * shape->groups * shape->outputs + output) * pixels + piece.pixel;
        for (int64_t o = 0; o < outputs; o++) { memcpy(y + o * pixels, sums + o * call->strip + offset, (size_t)piece.count * sizeof(float)); }
        offset += piece.count;
    }
}

static void convolve_strip(const convolve_call *call, const worker_scratch *scratch, int64_t group, int64_t part, int64_t first, int64_t count) {
    const lathe_conv_shape *shape = call->shape;
    const lathe_panel_format *format = call->format;
    const int64_t rows = lathe_conv_rows(shape), stride = lathe_padded_depth(format, rows), pixels = lathe_conv_pixels(shape);
    const int64_t begin = part * call->part_outputs, left = shape->outputs - begin;
    const int64_t outputs = left < call->part_outputs ? left : call->part_outputs, output = group * shape->outputs + begin;
    const lathe_conv_piece piece = lathe_conv_piece_at(shape, first, count, 0);
    const bool whole = piece.count == count;
    float *y = whole ? call->y + (piece.image * shape->groups * shape->outputs + output) * pixels + piece.pixel : scratch->sums;
    const int64_t y_stride = whole ? pixels : call->strip;

    const int64_t chunk = chunk_rows(format, rows);
    for (int64_t row = 0; row < rows; row += chunk) {
        const int64_t end = row + chunk < rows ? row + chunk : rows;
        make_panels(call, scratch, group, row, end, chunk, first, count);
        const char *weight = call->weight + (size_t)(output * stride + row) * format->element_size;
        lathe_tile_product(format, outputs, count, end - row, weight, stride, scratch->panels, chunk, y, y_stride, row > 0);
    }
    if (call->bias != NULL) { add_bias(call, output, outputs, count, y, y_stride); }
    if (!whole) { write_pieces(call, scratch->sums, output, outputs, first, count); }
}

static void run_task(void *context, int64_t index, int worker) {
    const convolve_call *call = context;
    worker_scratch scratch;
    lay_out(call->shape, call->format, call->memory + (size_t)worker * call->worker_bytes, &scratch);
    const int64_t part = index % call->parts, run = index / call->parts % call->runs, group = index / call->parts / call->runs;
    const int64_t total = call->shape->batch * lathe_conv_pixels(call->shape);
    for (int64_t strip = run * call->run; strip < (run + 1) * call->run && strip < call->strips; strip++) {
        const int64_t first = strip * call->strip, count = total - first < call->strip ? total - first : call->strip;
        convolve_strip(call, &scratch, group, part, first, count);
    }
}

void lathe_convolve(const lathe_conv_shape *shape, const lathe_panel_format *format, const void *weight, const float *x, const float *bias,
                    float *y, int workers, char *memory) {
    convolve_call call = {.shape = shape, .format = format, .weight = weight, .x = x, .bias = bias, .y = y, .memory = memory};
    call.worker_bytes = lathe_convolve_worker_bytes(shape, format);
    call.strip = strip_pixels(format);
    call.strips = (shape->batch * lathe_conv_pixels(shape) + call.strip - 1) / call.strip;
    if (call.strips == 0) { return; }

    // How the work is dealt out changes no result: every strip and output is computed alike.
    const int64_t wanted = 4 * (int64_t)workers;
    const double strip_products = (double)(call.strip * shape->outputs) * (double)lathe_conv_rows(shape);
    call.run = (int64_t)(task_products / strip_products) + 1;
    const int64_t longest = call.strips * shape->groups / wanted;
    if (call.run > longest) { call.run = longest > 0 ? longest : 1; }
    call.runs = (call.strips + call.run - 1) / call.run;
    call.part_outputs = shape->outputs;
    if (call.runs * shape->groups < wanted) {
        // Each part of the outputs makes the strip's panels again, so parts are not too small.
        const int64_t least = 8 * format->tile->rows, parts = (wanted + call.runs * shape->groups - 1) / (call.runs * shape->groups);
        call.part_outputs = lathe_round_up((shape->outputs + parts - 1) / parts, format->tile->rows);
        if (call.part_outputs < least) { call.part_outputs = least; }
    }
    call.parts = (shape->outputs + call.part_outputs - 1) / call.part_outputs;
    lathe_parallel_on(workers, shape->groups * call.runs * call.parts, run_task, &call);
}

typedef struct convert_call {
    const lathe_panel_format *format;
    int64_t rows, count;
    const float *x;
    char *y;
} convert_call;

enum { CONVERT_ROWS = 32 };

static void convert_task(void *context, int64_t index, int worker) {
    (void)worker;
    const convert_call *call = context;
    const int64_t begin = index * CONVERT_ROWS, rows = call->rows - begin < CONVERT_ROWS ? call->rows - begin : CONVERT_ROWS;
    const int64_t padded = lathe_padded_depth(call->format, call->count);
    lathe_rows_for_tile(call->format, rows, call->count, call->x + begin * call->count, call->count,
                        call->y + (size_t)(begin * padded) * call->format->element_size);
}

void lathe_convert_rows(const lathe_panel_format *format, int64_t rows, int64_t count, const float *x, void *y) {
    convert_call call = {format, rows, count, x, y};
    lathe_parallel((rows + CONVERT_ROWS - 1) / CONVERT_ROWS, convert_task, &call);
}
