// The gradients at a convolution's weights and bias.
//
// dweight^T [rows, outputs] is the matrix of the convolution times dy^T, summed over all pixels of the batch. The pixels are cut into
// chunks; each chunk has sums of its own, which are added in order at the end. Where chunks begin depends on the shape only, and so does
// every result.

#include <string.h>

#include "convolution/convolve.h"
#include "include/lathe_threads.h"

/// Pixels of a strip (even, for pairs of bf16), matrix rows at a time; chunks, and what their sums may take together.
enum { STRIP_PIXELS = 128, ROW_BLOCK = 256, MOST_CHUNKS = 16 };
static const int64_t most_sums = 1 << 24;

typedef struct gradient_call {
    lathe_conv_call conv;
    const float *x, *dy;
    float *dweight, *dbias;
    float *sums;            ///< [chunks, groups, rows, outputs]
    int64_t chunks, chunk_pixels;
    int64_t parts, part_rows;  ///< into which the matrix rows of a group are split
} gradient_call;

/// One worker's memory.
typedef struct worker_scratch {
    float *dy;      ///< [outputs, strip], for strips that lie in several images
    void *panels;   ///< dy^T: [strip, outputs]
    float *rows;    ///< [ROW_BLOCK, strip]
    void *tile;     ///< rows in the compute type
    void *packing;
} worker_scratch;

static size_t lay_out(const lathe_conv_call *call, char *memory, worker_scratch *scratch) {
    const lathe_panel_format *format = &call->format;
    const int64_t outputs = call->shape.outputs;
    size_t used = 0;
#define TAKE(field, bytes) (scratch->field = memory == NULL ? NULL : (void *)(memory + used), used += lathe_aligned(bytes))
    TAKE(dy, (size_t)(outputs * STRIP_PIXELS) * sizeof(float));
    TAKE(panels, lathe_panels_bytes(format, STRIP_PIXELS, outputs));
    TAKE(rows, (size_t)(ROW_BLOCK * STRIP_PIXELS) * sizeof(float));
    TAKE(packing, lathe_panels_scratch(format, STRIP_PIXELS));
    TAKE(tile, format->bf16 ? (size_t)(ROW_BLOCK * STRIP_PIXELS) * format->element_size : 0);
#undef TAKE
    if (!format->bf16) { scratch->tile = scratch->rows; }
    return used;
}

/// How many chunks, by shape alone.
static int64_t chunk_count(const lathe_conv_shape *shape) {
    const int64_t strips = (shape->batch * lathe_conv_pixels(shape) + STRIP_PIXELS - 1) / STRIP_PIXELS;
    const int64_t fit = most_sums / (shape->groups * shape->outputs * lathe_conv_rows(shape));
    int64_t chunks = strips < MOST_CHUNKS ? strips : MOST_CHUNKS;
    if (chunks > fit) { chunks = fit; }
    return chunks > 1 ? chunks : 1;
}

/// dy^T of a strip, as panels [count, outputs].
static void make_panels(const gradient_call *call, const worker_scratch *scratch, int64_t group, int64_t first, int64_t count) {
    const lathe_conv_shape *shape = &call->conv.shape;
    const int64_t pixels = lathe_conv_pixels(shape);
    const float *rows = scratch->dy;
    int64_t stride = STRIP_PIXELS;
    for (int64_t offset = 0; offset < count;) {
        const lathe_conv_piece piece = lathe_conv_piece_at(shape, first, count, offset);
        const float *dy = call->dy + (piece.image * shape->groups + group) * shape->outputs * pixels + piece.pixel;
        if (piece.count == count) {
            rows = dy;
            stride = pixels;
            break;
        }
        for (int64_t o = 0; o < shape->outputs; o++) {
            memcpy(scratch->dy + o * STRIP_PIXELS + offset, dy + o * pixels, (size_t)piece.count * sizeof(float));
        }
        offset += piece.count;
    }
    lathe_panels_from_columns(&call->conv.format, count, shape->outputs, rows, stride, scratch->panels, STRIP_PIXELS, scratch->packing);
}

static void add_strip(const gradient_call *call, const worker_scratch *scratch, int64_t group, int64_t begin, int64_t end, int64_t first,
                      int64_t count, float *sums, bool accumulate) {
    const lathe_conv_shape *shape = &call->conv.shape;
    const lathe_panel_format *format = &call->conv.format;
    const int64_t stride = format->bf16 ? lathe_padded_depth(format, count) : STRIP_PIXELS;
    make_panels(call, scratch, group, first, count);
    for (int64_t row = begin; row < end; row += ROW_BLOCK) {
        const int64_t rows = end - row < ROW_BLOCK ? end - row : ROW_BLOCK;
        lathe_columns(shape, call->x, group, row, row + rows, first, count, scratch->rows, STRIP_PIXELS);
        if (format->bf16) { lathe_rows_for_tile(format, rows, count, scratch->rows, STRIP_PIXELS, scratch->tile); }
        lathe_tile_product(format, rows, shape->outputs, count, scratch->tile, stride, scratch->panels, STRIP_PIXELS,
                           sums + row * shape->outputs, shape->outputs, accumulate);
    }
}

static void run_task(void *context, int64_t index, int worker) {
    const gradient_call *call = context;
    const lathe_conv_shape *shape = &call->conv.shape;
    worker_scratch scratch;
    lay_out(&call->conv, call->conv.worker_memory + (size_t)worker * call->conv.bytes.worker, &scratch);
    const int64_t part = index % call->parts, group = index / call->parts % shape->groups, chunk = index / call->parts / shape->groups;
    const int64_t rows = lathe_conv_rows(shape), begin = part * call->part_rows;
    const int64_t end = begin + call->part_rows < rows ? begin + call->part_rows : rows;
    const int64_t total = shape->batch * lathe_conv_pixels(shape), start = chunk * call->chunk_pixels;
    const int64_t stop = start + call->chunk_pixels < total ? start + call->chunk_pixels : total;
    float *sums = call->sums + (chunk * shape->groups + group) * rows * shape->outputs;
    for (int64_t first = start; first < stop; first += STRIP_PIXELS) {
        const int64_t count = stop - first < STRIP_PIXELS ? stop - first : STRIP_PIXELS;
        add_strip(call, &scratch, group, begin, end, first, count, sums, first > start);
    }
}

/// Adds the chunks of some rows, in order, and writes them where they belong.
static void finish_rows(void *context, int64_t index, int worker) {
    (void)worker;
    const gradient_call *call = context;
    const lathe_conv_shape *shape = &call->conv.shape;
    const lathe_kernels *kernels = call->conv.format.kernels;
    const int64_t rows = lathe_conv_rows(shape), blocks = (rows + ROW_BLOCK - 1) / ROW_BLOCK, group = index / blocks;
    const int64_t row = index % blocks * ROW_BLOCK, count = rows - row < ROW_BLOCK ? rows - row : ROW_BLOCK;
    float *sums = call->sums + (group * rows + row) * shape->outputs;
    for (int64_t chunk = 1; chunk < call->chunks; chunk++) {
        const float *more = sums + chunk * shape->groups * rows * shape->outputs;
        kernels->binary(LATHE_ADD, count * shape->outputs, sums, 1, more, 1, sums);
    }
    kernels->transpose(count, shape->outputs, sums, shape->outputs, call->dweight + group * shape->outputs * rows + row, rows);
}

static void sum_bias(void *context, int64_t index, int worker) {
    (void)worker;
    const gradient_call *call = context;
    const lathe_conv_shape *shape = &call->conv.shape;
    const int64_t pixels = lathe_conv_pixels(shape), outputs = shape->groups * shape->outputs;
    float sum = 0;
    for (int64_t b = 0; b < shape->batch; b++) {
        sum += call->conv.format.kernels->reduce(LATHE_SUM, pixels, call->dy + (b * outputs + index) * pixels);
    }
    call->dbias[index] = sum;
}

static size_t sums_bytes(const lathe_conv_shape *shape) {
    return lathe_aligned((size_t)(chunk_count(shape) * shape->groups * shape->outputs * lathe_conv_rows(shape)) * sizeof(float));
}

lathe_conv_bytes lathe_conv_weight_gradient_bytes(const lathe_conv_call *call) {
    worker_scratch scratch;
    return (lathe_conv_bytes){.shared = sums_bytes(&call->shape), .worker = lay_out(call, NULL, &scratch)};
}

lathe_status lathe_convolution_weight_gradient(const lathe_convolution_args *args, const float *x, const float *dy, float *dweight,
                                               float *dbias, void *workspace, size_t workspace_size) {
    gradient_call call = {.x = x, .dy = dy, .dweight = dweight, .dbias = dbias};
    const lathe_status status = lathe_conv_begin(args, lathe_conv_weight_gradient_bytes, workspace, workspace_size, &call.conv);
    if (status != LATHE_OK) { return status; }
    const lathe_conv_shape *shape = &call.conv.shape;
    const int64_t rows = lathe_conv_rows(shape), outputs = shape->groups * shape->outputs;
    if (dweight == NULL || (shape->batch > 0 && (x == NULL || dy == NULL))) { return LATHE_INVALID_ARGUMENT; }
    if (dbias != NULL) { lathe_parallel(outputs, sum_bias, &call); }
    if (shape->batch == 0) {
        memset(dweight, 0, (size_t)(outputs * rows) * sizeof(float));
        return LATHE_OK;
    }

    call.sums = (float *)call.conv.shared;
    const int64_t strips = (shape->batch * lathe_conv_pixels(shape) + STRIP_PIXELS - 1) / STRIP_PIXELS, wanted = chunk_count(shape);
    call.chunk_pixels = (strips + wanted - 1) / wanted * STRIP_PIXELS;
    call.chunks = (strips * STRIP_PIXELS + call.chunk_pixels - 1) / call.chunk_pixels;
    // Rows are independent, so how many share a task changes no result; dy is packed again for each part.
    const int64_t tasks = call.chunks * shape->groups, workers = call.conv.workers;
    const int64_t parts = (4 * workers + tasks - 1) / tasks;
    call.part_rows = lathe_round_up((rows + parts - 1) / parts, call.conv.format.tile->rows);
    call.parts = (rows + call.part_rows - 1) / call.part_rows;
    lathe_parallel_on(call.conv.workers, tasks * call.parts, run_task, &call);
    lathe_parallel(shape->groups * ((rows + ROW_BLOCK - 1) / ROW_BLOCK), finish_rows, &call);
    return LATHE_OK;
}
