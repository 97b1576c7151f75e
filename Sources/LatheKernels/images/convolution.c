// A convolution of images whose channels are last: a matrix product of the windows, read where they are, with the weight's panels.

#include "images/images.h"
#include "gemm/operands.h"

#include <math.h>
#include <string.h>

enum {
    /// Pixels of a block, at most, whose sums are formed in one round over k, and in several: they wait for the last one.
    BLOCK = 256, WAITING = 96,
    /// Bytes of a panel that one round runs over: a panel that is no longer than WHOLE is one round.
    WHOLE = 40 * 1024, SLIVER = 24 * 1024,
    /// Bytes of weights that blocks of pixels read in turn; of more, each panel meets all pixels first.
    NEAR = 256 * 1024,
    /// Sums after which they are finished, while they are in the first cache.
    HOT = 24 * 64,
    /// Words of k in a segment, at most, where windows can be cut.
    SEGMENT_WORDS = 96,
    /// Columns of the widest tile.
    WIDEST = 64,
    /// Rows of sums of which a tile without gathering makes no fewer.
    WHOLE_ROWS = 16,
    /// Bytes of windows that are brought together at a time, where a tile does not gather them.
    TOGETHER = 256 * 1024,
};

/// Parts for each thread, at most, and multiply-adds that are worth a part of their own: some ten microseconds.
enum { PARTS = 3 };
static const double part_work = 4e6;

typedef struct scratch {
    int32_t sums[BLOCK * WIDEST];
    int64_t starts[BLOCK], values[BLOCK], codes[BLOCK], residuals[BLOCK];
} scratch;

/// How a step multiplies.
typedef struct product {
    const lathe_gemm_tile *tile;
    const lathe_image_value *in, *out;  ///< `out`: the values, or the codes where there are none
    lathe_gemm_windows windows;
    int64_t offsets[lathe_image_taps];
    int64_t panels, panel_bytes;
    int64_t rounds;  ///< over k
    const int32_t *column_sums;
    /// Where tiles begin depends on the image's size only, and so does the order of each sum.
    int64_t pixels, tiles;
    int64_t length;     ///< of a window in the weight
    int64_t row_bytes;  ///< from one window that was brought together to the next; 0 where the tile gathers them
} product;

/// The windows' segments: whole rows of a window where they are in one piece, else pixels, and pixels in parts where they are long.
static void make_segments(product *p, const lathe_image_window *window) {
    const lathe_image_value *in = p->in;
    const int64_t element = lathe_image_element(in), row = lathe_image_row(in), words = in->pitch / p->tile->depth;
    int64_t count = 0;
    if (window->width > 1 && window->dilation_width == 1 && window->width * words <= SEGMENT_WORDS) {
        for (int64_t u = 0; u < window->height; u++) { p->offsets[count++] = u * window->dilation_height * row * element; }
        p->windows.length = window->width * in->pitch;
    } else {
        int64_t cuts = (words + SEGMENT_WORDS - 1) / SEGMENT_WORDS;
        if (words % cuts != 0 || window->height * window->width * cuts > lathe_image_taps) { cuts = 1; }
        p->windows.length = in->pitch / cuts;
        for (int64_t u = 0; u < window->height; u++) {
            for (int64_t v = 0; v < window->width; v++) {
                for (int64_t cut = 0; cut < cuts; cut++) {
                    p->offsets[count++] =
                        (u * window->dilation_height * row + v * window->dilation_width * in->pitch + cut * p->windows.length) * element;
                }
            }
        }
    }
    p->windows.segments = count;
    p->windows.offsets = p->offsets;
    p->rounds = p->panel_bytes <= WHOLE || p->row_bytes > 0 ? 1 : lathe_ceil_div(p->panel_bytes, SLIVER);
    if (p->rounds > count) { p->rounds = count; }
}

/// Bytes of a window in one piece. Distances of whole pages would put all rows of a tile into one cache set.
static int64_t window_bytes(const lathe_image_step *step, const lathe_image_value *in) {
    const int64_t bytes = lathe_round_up(step->window.height * step->window.width * in->pitch * lathe_image_element(in), 64);
    return bytes % 2048 == 0 ? bytes + 64 : bytes;
}

int64_t lathe_image_window_length(const lathe_kernels *kernels, lathe_compute compute, int64_t count) {
    const lathe_gemm_tile *tile = &(kernels != NULL ? kernels : lathe_kernels_active())->gemm[compute];
    return lathe_round_up(count, tile->step);
}

static int64_t windows_together(const lathe_gemm_tile *tile, int64_t row_bytes) {
    const int64_t fit = TOGETHER / row_bytes / tile->rows * tile->rows;
    return fit < tile->rows ? tile->rows : fit < BLOCK ? fit : BLOCK;
}

size_t lathe_image_scratch(const lathe_image_network *network, const lathe_kernels *kernels) {
    int64_t largest = 0;
    for (int index = 0; index < network->step_count; index++) {
        const lathe_image_step *step = &network->steps[index];
        if (step->kind != LATHE_IMAGE_CONVOLVE || kernels->gemm[step->compute].gather != NULL) { continue; }
        const int64_t row_bytes = window_bytes(step, &network->values[step->input]);
        const int64_t bytes = row_bytes * windows_together(&kernels->gemm[step->compute], row_bytes);
        if (bytes > largest) { largest = bytes; }
    }
    return (size_t)(lathe_round_up((int64_t)sizeof(scratch), 64) + largest);
}

static product product_of(const lathe_image_call *call) {
    const lathe_image_step *step = call->step;
    const lathe_image_window *window = &step->window;
    product p = {
        .tile = &call->kernels->gemm[step->compute], .in = lathe_image_at(call, step->input),
        .out = lathe_image_at(call, step->output >= 0 ? step->output : step->codes),
    };
    const int64_t k = lathe_image_window_length(call->kernels, step->compute, window->height * window->width * p.in->pitch);
    if (p.tile->gather == NULL) { p.row_bytes = window_bytes(step, p.in); }
    p.pixels = p.out->height * p.out->width;
    p.tiles = lathe_ceil_div(p.pixels, p.tile->rows);
    p.length = k;
    p.panels = lathe_ceil_div(p.out->channels, p.tile->columns);
    p.panel_bytes = lathe_gemm_panel_size(p.tile, step->compute, k);
    p.column_sums = (const int32_t *)(const void *)((const char *)step->weight +
                                                    lathe_gemm_sums_offset(p.tile, step->compute, k, p.out->channels));
    return p;
}

/// Tiles are as equal as can be, but whole where windows are brought together: what is behind the last one may be multiplied, too.
static int64_t first_pixel(const product *p, int64_t tile) {
    if (p->row_bytes == 0) { return tile * p->pixels / p->tiles; }
    return tile < p->tiles ? tile * p->tile->rows : p->pixels;
}

/// The parts of one image: blocks of tiles times groups of panels.
typedef struct division {
    int64_t blocks, groups;
} division;

static division divide(const lathe_image_call *call, const product *p) {
    const lathe_image_window *window = &call->step->window;
    const int64_t threads = call->threads;
    division d = {lathe_ceil_div(p->tiles, BLOCK / p->tile->rows), 1};
    if (threads == 1) { return d; }
    const double work = (double)p->pixels * (double)p->out->channels * (double)(window->height * window->width * p->in->pitch);
    int64_t wanted = (int64_t)(work / part_work);
    wanted = wanted >= PARTS * threads ? PARTS * threads : lathe_round_up(wanted + 1, threads);
    // Each part reads all of the weight that it needs, and all of the image: the smaller one of both is read several times.
    const int64_t image = (int64_t)lathe_image_value_size(p->in), weight = p->panels * p->panel_bytes;
    if (weight > image && p->panels >= wanted) {
        d.groups = wanted;
        return d;
    }
    d.blocks = wanted < lathe_ceil_div(p->tiles, 2) ? wanted : lathe_ceil_div(p->tiles, 2);
    if (d.blocks < wanted) {
        d.groups = lathe_ceil_div(wanted, d.blocks);
        if (d.groups > p->panels) { d.groups = p->panels; }
    }
    return d;
}

static int64_t parts(const lathe_image_call *call) {
    const product p = product_of(call);
    const division d = divide(call, &p);
    return d.blocks * d.groups;
}

static void pass_on(const lathe_image_call *call, int index) {
    const uint32_t largest = atomic_load_explicit(&call->states[index].largest, memory_order_relaxed);
    if (largest >= lathe_image_infinity) { lathe_image_note(&call->states[call->step->codes], largest); }
}

static void begin(const lathe_image_call *call) {
    const lathe_image_step *step = call->step;
    if (step->output >= 0) { lathe_image_prepare_border(call, step->output); }
    if (step->codes >= 0) {
        const lathe_image_value *codes = lathe_image_at(call, step->codes);
        const lathe_code_grid grid = call->kernels->code_grid(codes->grid, codes->bits, codes->low, codes->high);
        call->states[step->codes].scale = grid.scale;
        call->states[step->codes].zero_point = grid.zero_point;
        // Codes cannot say that a number is not finite: what they are made from says it.
        pass_on(call, step->input);
        if (step->residual >= 0) { pass_on(call, step->residual); }
        lathe_image_prepare_border(call, step->codes);
    }
}

/// The places of `count` neighbouring pixels from (i, j) on: `step` elements apart.
static void place_run(const lathe_image_value *value, int64_t scale, int64_t i, int64_t j, int64_t step, int64_t count, int64_t *places) {
    const int64_t first = scale * lathe_image_pixel(value, i, j);
    for (int64_t r = 0; r < count; r++) { places[r] = first + r * scale * step; }
}

/// Where the pixels of a block are in all images of the step.
static void place_pixels(const lathe_image_call *call, const product *p, int64_t first, int64_t count, scratch *s) {
    const lathe_image_step *step = call->step;
    const lathe_image_window *window = &step->window;
    const struct {
        int value;
        int64_t *places;
    } others[] = {{step->output, s->values}, {step->codes, s->codes}, {step->residual, s->residuals}};
    int64_t i = first / p->out->width, j = first % p->out->width;
    for (int64_t r = 0, run; r < count; r += run, i++, j = 0) {
        run = p->out->width - j < count - r ? p->out->width - j : count - r;
        place_run(p->in, lathe_image_element(p->in), i * window->stride_height - window->padding_height,
                  j * window->stride_width - window->padding_width, window->stride_width * p->in->pitch, run, s->starts + r);
        for (int k = 0; k < 3; k++) {
            if (others[k].value < 0) { continue; }
            const lathe_image_value *value = lathe_image_at(call, others[k].value);
            place_run(value, 1, i, j, value->pitch, run, others[k].places + r);
        }
    }
}

/// Rows of A: windows that were brought together, or pixels where they are.
typedef struct rows {
    const char *first;
    int64_t stride;  ///< bytes
    bool own;        ///< whether there is memory behind them for a whole tile
} rows;

static rows bring_together(const product *p, int64_t count, scratch *s) {
    const lathe_gemm_windows *windows = &p->windows;
    const char *image = windows->image;
    if (windows->segments == 1 && windows->length == p->length && s->starts[count - 1] - s->starts[0] == (count - 1) * (count > 1 ? s->starts[1] - s->starts[0] : 0)) {
        return (rows){image + s->starts[0], count > 1 ? s->starts[1] - s->starts[0] : p->row_bytes, false};
    }
    char *together = (char *)s + lathe_round_up((int64_t)sizeof *s, 64), *row = together;
    const size_t bytes = (size_t)(windows->length * lathe_image_element(p->in));
    const size_t rest = (size_t)(p->length * lathe_image_element(p->in)) - (size_t)windows->segments * bytes;
    for (int64_t r = 0; r < count; r++, row += p->row_bytes) {
        char *to = row;
        for (int64_t k = 0; k < windows->segments; k++, to += bytes) { memcpy(to, image + s->starts[r] + windows->offsets[k], bytes); }
        memset(to, 0, rest);
    }
    return (rows){together, p->row_bytes, true};
}

/// The epilogue of all blocks, but for what depends on the place.
static lathe_image_epilogue epilogue_of(const lathe_image_call *call) {
    const lathe_image_step *step = call->step;
    lathe_image_state *state = &call->states[step->input];
    const bool finite = atomic_load_explicit(&state->largest, memory_order_relaxed) < lathe_image_infinity;
    lathe_image_epilogue e = {
        .integer = step->compute == LATHE_COMPUTE_INT8, .a_scale = finite ? state->scale : NAN,
        .a_zero = state->zero_point, .activation = step->activation,
    };
    if (step->output >= 0) {
        e.value_type = lathe_image_at(call, step->output)->type;
        e.finds_largest = lathe_image_at(call, step->output)->finds_largest;
    }
    if (step->codes >= 0) {
        const lathe_image_value *codes = lathe_image_at(call, step->codes);
        e.grid = call->kernels->code_grid(codes->grid, codes->bits, codes->low, codes->high);
    }
    return e;
}

/// Points an epilogue to the columns of a panel.
static void point_epilogue(const lathe_image_call *call, const product *p, int64_t column, int64_t columns, lathe_image_epilogue *e) {
    const lathe_image_step *step = call->step;
    e->cols = columns;
    e->sums_stride = lathe_round_up(columns, 16);
    e->bias = step->bias + column;
    if (e->integer) { e->b_scale = step->scale + column, e->b_sums = p->column_sums + column; }
    if (step->residual >= 0) {
        const lathe_image_value *residual = lathe_image_at(call, step->residual);
        e->residual = lathe_image_memory(call, step->residual) + column * lathe_image_element(residual);
        e->residual_type = residual->type;
    }
    if (step->output >= 0) {
        e->values = lathe_image_memory(call, step->output) + column * lathe_image_element(lathe_image_at(call, step->output));
    }
    if (step->codes >= 0) { e->codes = (uint8_t *)lathe_image_memory(call, step->codes) + column; }
}

/// Finishes the rows that an epilogue's sums are of, from `row` of the block on.
static uint32_t finish(lathe_image_epilogue *e, const scratch *s, int64_t row, const lathe_kernels *kernels) {
    e->value_places = s->values + row;
    e->code_places = s->codes + row;
    e->residual_places = s->residuals + row;
    return kernels->image_epilogue(e);
}

/// One panel for tiles first ..< last, whose pixels are in place.
static uint32_t multiply_panel(const lathe_image_call *call, const product *p, lathe_image_epilogue *e, int64_t first, int64_t last,
                               int64_t panel, rows a, scratch *s) {
    const int64_t width = p->tile->columns, column = panel * width, left = p->out->channels - column, columns = left < width ? left : width;
    const char *packed = (const char *)call->step->weight + panel * p->panel_bytes;
    point_epilogue(call, p, column, columns, e);
    const int64_t segment_bytes = p->panel_bytes / p->windows.segments;
    const int64_t rounds = p->rounds, top = first_pixel(p, first);
    const int64_t stride = lathe_round_up(columns, 16);  // of sums
    uint32_t largest = 0;
    for (int64_t round = 0; round < rounds; round++) {
        const int64_t begin = round * p->windows.segments / rounds, end = (round + 1) * p->windows.segments / rounds;
        lathe_gemm_windows windows = p->windows;
        windows.offsets += begin, windows.segments = end - begin;
        // With one round the sums of all tiles share what is near.
        int64_t origin = 0, finished = 0;
        for (int64_t t = first, row = 0, next; t < last; t++, row = next) {
            next = first_pixel(p, t + 1) - top;
            if (p->row_bytes > 0) {
                const int64_t height = a.own ? lathe_round_up(next - row, WHOLE_ROWS) : next - row;
                p->tile->kernel((int)height, (int)columns, p->length, a.first + row * a.stride,
                                a.stride / lathe_image_element(p->in), packed, s->sums + (row - origin) * stride, stride, false, NULL);
            } else {
                p->tile->gather((int)(next - row), (int)columns, &windows, s->starts + row, packed + begin * segment_bytes,
                                s->sums + (row - origin) * stride, stride, round > 0);
            }
            if (round == rounds - 1 && ((next - finished) * stride >= HOT || t == last - 1)) {
                e->rows = next - finished;
                e->sums = s->sums + (finished - origin) * stride;
                const uint32_t found = finish(e, s, finished, call->kernels);
                largest = found > largest ? found : largest;
                finished = next;
                if (rounds == 1) { origin = next; }
            }
        }
    }
    return largest;
}

typedef struct range {
    int64_t begin, end;
} range;

/// Tiles times panels, block by block.
static uint32_t multiply(const lathe_image_call *call, const product *p, lathe_image_epilogue *e, range tiles, range panels, scratch *s) {
    const int64_t most = p->row_bytes > 0 ? windows_together(p->tile, p->row_bytes) : p->rounds == 1 ? BLOCK : WAITING;
    const int64_t together = most / p->tile->rows;
    uint32_t largest = 0;
    for (int64_t first = tiles.begin, last; first < tiles.end; first = last) {
        last = first + together < tiles.end ? first + together : tiles.end;
        place_pixels(call, p, first_pixel(p, first), first_pixel(p, last) - first_pixel(p, first), s);
        const rows a = p->row_bytes > 0 ? bring_together(p, first_pixel(p, last) - first_pixel(p, first), s) : (rows){0};
        for (int64_t panel = panels.begin; panel < panels.end; panel++) {
            const uint32_t found = multiply_panel(call, p, e, first, last, panel, a, s);
            largest = found > largest ? found : largest;
        }
    }
    return largest;
}

static void part(const lathe_image_call *call, int64_t index, void *memory) {
    const lathe_image_step *step = call->step;
    scratch *s = memory;
    product p = product_of(call);
    make_segments(&p, &step->window);
    p.windows.image = lathe_image_memory(call, step->input);
    const division d = divide(call, &p);
    lathe_image_epilogue e = epilogue_of(call);
    const int64_t block = index / d.groups, group = index % d.groups;
    const range tiles = {block * p.tiles / d.blocks, (block + 1) * p.tiles / d.blocks};
    const range panels = {group * p.panels / d.groups, (group + 1) * p.panels / d.groups};
    uint32_t largest = 0;
    if ((panels.end - panels.begin) * p.panel_bytes <= NEAR) {
        largest = multiply(call, &p, &e, tiles, panels, s);
    } else {
        for (int64_t panel = panels.begin; panel < panels.end; panel++) {
            const uint32_t found = multiply(call, &p, &e, tiles, (range){panel, panel + 1}, s);
            largest = found > largest ? found : largest;
        }
    }
    if (e.finds_largest) { lathe_image_note(&call->states[step->output], largest); }
}

const lathe_image_step_functions lathe_image_convolve = {begin, parts, part};
