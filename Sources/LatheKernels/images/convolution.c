// A convolution of images whose channels are last: a matrix product of the windows, read where they are, with the weight's panels.

#include "images/images.h"
#include "gemm/operands.h"

#include <math.h>

enum {
    /// Pixels of a block, at most: their sums for one panel stay near.
    BLOCK = 256,
    /// Bytes of a panel that the register tile runs over again and again: a share of the second cache.
    SLIVER = 64 * 1024,
    /// Pixels after which sums are finished, while they are in the first cache.
    HOT = 24,
    /// Words of k in a segment, at most, where windows can be cut.
    SEGMENT_WORDS = 256,
    /// Columns of the widest tile.
    WIDEST = 64,
};

/// Parts for each thread, at most, and multiply-adds that are worth a part of their own: some ten microseconds.
enum { PARTS = 3 };
static const double part_work = 4e6;

typedef struct scratch {
    int32_t sums[BLOCK * WIDEST];
    int64_t starts[BLOCK], values[BLOCK], codes[BLOCK], residuals[BLOCK];
} scratch;

size_t lathe_image_scratch(const lathe_kernels *kernels) {
    (void)kernels;
    return (sizeof(scratch) + 63) / 64 * 64;
}

/// How a step multiplies.
typedef struct product {
    const lathe_gemm_tile *tile;
    const lathe_image_value *in, *out;  ///< `out`: the values, or the codes where there are none
    lathe_gemm_windows windows;
    int64_t offsets[lathe_image_taps];
    int64_t panels, panel_bytes;
    const int32_t *column_sums;
    /// Where tiles begin depends on the image's size only, and so does the order of each sum.
    int64_t pixels, tiles;
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
}

static product product_of(const lathe_image_call *call) {
    const lathe_image_step *step = call->step;
    const lathe_image_window *window = &step->window;
    product p = {
        .tile = &call->kernels->gemm[step->compute], .in = lathe_image_at(call, step->input),
        .out = lathe_image_at(call, step->output >= 0 ? step->output : step->codes),
    };
    const int64_t k = window->height * window->width * p.in->pitch;
    p.pixels = p.out->height * p.out->width;
    p.tiles = lathe_ceil_div(p.pixels, p.tile->rows);
    p.panels = lathe_ceil_div(p.out->channels, p.tile->columns);
    p.panel_bytes = lathe_gemm_panel_size(p.tile, step->compute, k);
    p.column_sums = (const int32_t *)(const void *)((const char *)step->weight +
                                                    lathe_gemm_sums_offset(p.tile, step->compute, k, p.out->channels));
    return p;
}

static int64_t first_pixel(const product *p, int64_t tile) { return tile * p->pixels / p->tiles; }

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

/// Where the pixels of a block are in all images of the step.
static void place_pixels(const lathe_image_call *call, const product *p, int64_t first, int64_t count, scratch *s) {
    const lathe_image_step *step = call->step;
    const lathe_image_window *window = &step->window;
    const lathe_image_value *in = p->in;
    const int64_t element = lathe_image_element(in);
    int64_t i = first / p->out->width, j = first % p->out->width;
    for (int64_t r = 0; r < count; r++) {
        s->starts[r] = element * lathe_image_pixel(in, i * window->stride_height - window->padding_height,
                                                   j * window->stride_width - window->padding_width);
        if (step->output >= 0) { s->values[r] = lathe_image_pixel(lathe_image_at(call, step->output), i, j); }
        if (step->codes >= 0) { s->codes[r] = lathe_image_pixel(lathe_image_at(call, step->codes), i, j); }
        if (step->residual >= 0) { s->residuals[r] = lathe_image_pixel(lathe_image_at(call, step->residual), i, j); }
        if (++j == p->out->width) { j = 0, i++; }
    }
}

/// The epilogue of all blocks, but for what depends on the place.
static lathe_image_epilogue epilogue_of(const lathe_image_call *call, const product *p) {
    const lathe_image_step *step = call->step;
    lathe_image_state *state = &call->states[step->input];
    const bool finite = atomic_load_explicit(&state->largest, memory_order_relaxed) < lathe_image_infinity;
    lathe_image_epilogue e = {
        .integer = step->compute == LATHE_COMPUTE_INT8, .sums_stride = p->tile->columns, .a_scale = finite ? state->scale : NAN,
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

static uint32_t finish(const lathe_image_call *call, lathe_image_epilogue e, const product *p, const scratch *s, const int32_t *sums,
                       int64_t row, int64_t rows, int64_t column, int64_t columns) {
    const lathe_image_step *step = call->step;
    e.rows = rows, e.cols = columns, e.sums = sums;
    e.bias = step->bias + column;
    if (e.integer) { e.b_scale = step->scale + column, e.b_sums = p->column_sums + column; }
    if (step->residual >= 0) {
        const lathe_image_value *residual = lathe_image_at(call, step->residual);
        e.residual = lathe_image_memory(call, step->residual) + column * lathe_image_element(residual);
        e.residual_type = residual->type;
        e.residual_places = s->residuals + row;
    }
    if (step->output >= 0) {
        e.values = lathe_image_memory(call, step->output) + column * lathe_image_element(lathe_image_at(call, step->output));
        e.value_places = s->values + row;
    }
    if (step->codes >= 0) {
        e.codes = (uint8_t *)lathe_image_memory(call, step->codes) + column;
        e.code_places = s->codes + row;
    }
    return call->kernels->image_epilogue(&e);
}

/// One panel for tiles first ..< last, whose pixels are in place.
static uint32_t multiply_panel(const lathe_image_call *call, const product *p, const lathe_image_epilogue *e, int64_t first, int64_t last,
                               int64_t panel, scratch *s) {
    const int64_t width = p->tile->columns, column = panel * width, left = p->out->channels - column, columns = left < width ? left : width;
    const char *packed = (const char *)call->step->weight + panel * p->panel_bytes;
    const int64_t segment_bytes = p->panel_bytes / p->windows.segments;
    const int64_t together = SLIVER / segment_bytes > 0 ? SLIVER / segment_bytes : 1;
    const int64_t rounds = lathe_ceil_div(p->windows.segments, together), top = first_pixel(p, first);
    uint32_t largest = 0;
    for (int64_t round = 0; round < rounds; round++) {
        const int64_t begin = round * p->windows.segments / rounds, end = (round + 1) * p->windows.segments / rounds;
        lathe_gemm_windows windows = p->windows;
        windows.offsets += begin, windows.segments = end - begin;
        // With one round the sums of all tiles share what is near.
        int64_t origin = 0, finished = 0;
        for (int64_t t = first, row = 0, next; t < last; t++, row = next) {
            next = first_pixel(p, t + 1) - top;
            p->tile->gather((int)(next - row), (int)columns, &windows, s->starts + row, packed + begin * segment_bytes,
                            s->sums + (row - origin) * width, width, round > 0);
            if (round == rounds - 1 && (next - finished >= HOT || t == last - 1)) {
                const uint32_t found = finish(call, *e, p, s, s->sums + (finished - origin) * width, finished, next - finished, column, columns);
                largest = found > largest ? found : largest;
                finished = next;
                if (rounds == 1) { origin = next; }
            }
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
    const lathe_image_epilogue e = epilogue_of(call, &p);
    const int64_t block = index / d.groups, group = index % d.groups, together = BLOCK / p.tile->rows;
    const int64_t end = (block + 1) * p.tiles / d.blocks;
    uint32_t largest = 0;
    for (int64_t first = block * p.tiles / d.blocks, last; first < end; first = last) {
        last = first + together < end ? first + together : end;
        place_pixels(call, &p, first_pixel(&p, first), first_pixel(&p, last) - first_pixel(&p, first), s);
        for (int64_t panel = group * p.panels / d.groups; panel < (group + 1) * p.panels / d.groups; panel++) {
            const uint32_t found = multiply_panel(call, &p, &e, first, last, panel, s);
            largest = found > largest ? found : largest;
        }
    }
    if (e.finds_largest) { lathe_image_note(&call->states[step->output], largest); }
}

const lathe_image_step_functions lathe_image_convolve = {begin, parts, part};
