// Products with a low-bit weight: the plan of one call, and its tasks.
//
// C is cut into blocks of rows by groups of panels. A task computes its blocks panel by panel: a run of the panel's k is unpacked (and, for float
// products, turned into floats) into scratch that stays in cache, and the register tile of the ordinary product runs over it down the rows. Few rows
// take short runs, which stay in the first cache and pass from memory to the multipliers while they are hot; many rows take long ones. Runs depend on
// the shape alone, so that sums do not depend on the number of threads.

#include "gemm/lowbit_layout.h"
#include "gemm/pieces.h"

#include <string.h>

enum {
    /// Bytes of a run that the register tile reads, with many rows and with few.
    LONG_RUN = 64 * 1024,
    SHORT_RUN = 16 * 1024,
    /// Bytes of a run's codes where they become floats.
    FLOAT_CODES = LONG_RUN / 2,
    /// Register tiles in m that count as few rows.
    FEW_TILES = 8,
    /// Rows that are multiplied with codes as they come from memory, where there is a tile for that.
    FEW_ROWS = 4,
    /// Bytes of sums of a block of rows, which wait for the epilogue.
    SUMS = 48 * 1024,
    /// Rows of A that one task prepares.
    PREPARED_ROWS = 32,
    /// Tasks for each thread, at most.
    TASKS = 16,
};

/// Multiply-adds below which a task is not worth handing to another thread.
static const int64_t task_work = 1 << 18;

typedef struct product {
    const lathe_gemm_args *args;
    const lathe_kernels *kernels;
    const lathe_gemm_tile *tile;
    lathe_lowbit_layout weight;
    const uint8_t *packed;
    bool integer;
    bool scaled;      ///< integer sums become floats group by group
    bool fused;       ///< the register tile unpacks the codes
    int64_t size;     ///< bytes of an element of A
    int64_t run;      ///< values of k in a run: a multiple of the unit
    int64_t row_tiles, block_tiles, row_blocks, panel_groups;
    bool copy_a;      ///< groups of A are padded as those of the weight
    bool far;         ///< C is too large to be in a near cache
    bool sum_a;       ///< zero points of the weight need the sums of A's groups
    const uint8_t *a;
    int64_t a_stride; ///< elements
    float *a_sums;    ///< [m, groups]: the sum of (code - zero point)
} product;

static lathe_status check(const lathe_gemm_args *g, const lathe_lowbit_weight *w) {
    if (g->m < 0 || !lathe_lowbit_is_valid(w) || g->n != w->n || g->k != w->k || g->a_transposed || g->accumulate) { return LATHE_INVALID_ARGUMENT; }
    const lathe_type type = w->compute == LATHE_COMPUTE_INT8 ? LATHE_U8 : w->compute == LATHE_COMPUTE_BF16 ? LATHE_BF16 : LATHE_F32;
    if (g->compute != w->compute || g->a_type != type) { return LATHE_UNSUPPORTED; }
    if (g->c_type != LATHE_F32 && g->c_type != LATHE_BF16 && g->c_type != LATHE_U8) { return LATHE_UNSUPPORTED; }
    if (g->m == 0 || g->n == 0) { return LATHE_OK; }
    if (g->c == NULL || w->packed == NULL || (g->k > 0 && g->a == NULL)) { return LATHE_INVALID_ARGUMENT; }
    if (g->m > 1 && (g->a_stride < g->k || g->c_stride < g->n || (g->residual != NULL && g->residual_stride < g->n) ||
                     (g->preactivation != NULL && g->preactivation_stride < g->n))) { return LATHE_INVALID_ARGUMENT; }
    return LATHE_OK;
}

/// Whether this is an ordinary int8 product: its panels are the weight's.
static bool is_ordinary(const lathe_lowbit_weight *w) {
    return w->compute == LATHE_COMPUTE_INT8 && w->bits == 8 && w->groups == 1 && !w->zeros;
}

static lathe_gemm_args ordinary(const lathe_gemm_args *args, const lathe_kernels *kernels, const lathe_lowbit_weight *w) {
    const lathe_lowbit_layout layout = lathe_lowbit_layout_of(kernels, w);
    lathe_gemm_args result = *args;
    result.b_packed = w->packed;
    result.b_scale = (const float *)(const void *)((const uint8_t *)w->packed + layout.scales);
    return result;
}

/// Elements from one row of A's copy to the next; rows of a tile must not share a cache set.
static int64_t copy_stride(const product *p) {
    int64_t bytes = lathe_round_up(p->weight.k * p->size, 64);
    if (bytes % 2048 == 0) { bytes += 64; }
    return bytes / p->size;
}

/// Bytes of A's copy.
static size_t copy_size(const product *p) { return p->copy_a ? (size_t)(p->args->m * copy_stride(p) * p->size) : 0; }

static size_t workspace_size(const product *p) {
    return copy_size(p) + (p->sum_a ? (size_t)(p->args->m * p->weight.groups) * sizeof(float) : 0);
}

static product describe(const lathe_gemm_args *g, const lathe_kernels *kernels, const lathe_lowbit_weight *w) {
    const lathe_gemm_tile *tile = &kernels->gemm[w->compute];
    product p = {.args = g, .kernels = kernels, .tile = tile, .weight = lathe_lowbit_layout_of(kernels, w), .packed = w->packed};
    p.integer = w->compute == LATHE_COMPUTE_INT8;
    p.scaled = p.integer && (w->groups > 1 || w->zeros);
    p.size = lathe_gemm_element_size(w->compute);
    p.row_tiles = lathe_ceil_div(g->m, tile->rows);
    const bool at_chunks = w->groups == 1 || p.weight.padded_group % p.weight.unit == 0;  // where groups begin
    p.fused = p.integer && w->bits < 8 && g->k > 0 && g->m <= FEW_ROWS && tile->few_rows != NULL && at_chunks;
    const int64_t unit = p.weight.unit, bytes = p.row_tiles <= FEW_TILES ? SHORT_RUN : LONG_RUN;
    p.run = bytes / p.size / p.weight.width / unit * unit;
    p.block_tiles = (p.scaled ? SUMS / 2 : SUMS) / 4 / (tile->rows * p.weight.width);
    p.row_blocks = lathe_ceil_div(p.row_tiles, p.block_tiles);
    p.panel_groups = 1;
    p.copy_a = p.weight.group % 4 != 0;
    p.sum_a = p.integer && w->zeros;
    p.far = lathe_gemm_is_far(g);
    p.a = g->a;
    p.a_stride = g->a_stride;
    return p;
}

/// Cuts C for so many threads: as many groups of panels as keep them equally busy.
static void cut(product *p, int64_t threads) {
    const lathe_gemm_args *g = p->args;
    const double work = ((double)g->m + 4) * (double)g->n * ((double)g->k + 8), worthwhile = work / (double)task_work;
    if (threads == 1 || worthwhile < 2) { return; }
    const int64_t most = worthwhile < (double)(TASKS * threads) ? (int64_t)worthwhile : TASKS * threads;
    p->panel_groups = lathe_ceil_div(most, p->row_blocks);
    if (p->panel_groups >= p->weight.panels / 2) { p->panel_groups = p->weight.panels; }
}

static int64_t row_of_tile(const product *p, int64_t index) { return index * p->args->m / p->row_tiles; }

/// What a panel's columns have for a group, in the part of the packed weight that begins at `part`.
static const void *for_group(const product *p, size_t part, int64_t panel, int64_t group) {
    return p->packed + part + (size_t)((panel * p->weight.groups + group) * p->weight.width) * 4;
}

/// A piece of C while it is computed.
typedef struct piece {
    int64_t panel, columns;
    int64_t first, last;  ///< register tiles in m
    int64_t top, rows;
    uint8_t *sums;        ///< of the register tile, [rows, width], 4 bytes each
    float *totals;        ///< of all groups, where they are scaled
} piece;

/// Finishes the sums of rows row ..< end.
static void finish(const product *p, const piece *c, int64_t row, int64_t end) {
    const lathe_gemm_args *g = p->args;
    const bool as_integers = p->integer && !p->scaled;
    const int64_t column = c->panel * p->weight.width, place = (row - c->top) * p->weight.width * 4;
    // With one group, what each column has lies there for all columns, panel after panel.
    const int32_t *b_sums = as_integers ? for_group(p, p->weight.sums, 0, 0) : NULL;
    const uint8_t *sums = p->scaled ? (const uint8_t *)c->totals : c->sums;
    lathe_gemm_epilogue e = lathe_gemm_epilogue_for(g, b_sums, row, end - row, column, c->columns, sums + place, p->weight.width);
    e.integer = as_integers;
    e.b_scale = as_integers ? (const float *)for_group(p, p->weight.scales, 0, 0) + column : NULL;
    p->kernels->gemm_epilogue(&e);
}

/// Adds a group's sums, which are complete, to the totals of rows row ..< end.
static void add_group(const product *p, const piece *c, int64_t group, int64_t row, int64_t end) {
    const lathe_gemm_args *g = p->args;
    const lathe_lowbit_layout *l = &p->weight;
    const int64_t place = (row - c->top) * l->width;
    p->kernels->add_scaled_sums(end - row, l->width, (const int32_t *)(const void *)c->sums + place, g->a_scale == NULL ? NULL : g->a_scale + row,
                                g->a_zero == NULL ? NULL : g->a_zero + row, for_group(p, l->sums, c->panel, group),
                                for_group(p, l->scales, c->panel, group), l->has_zeros ? for_group(p, l->zeros, c->panel, group) : NULL,
                                l->has_zeros ? p->a_sums + row * l->groups + group : NULL, l->groups, group == 0, c->totals + place);
}

/// Values start ..< end of k, whose operand in the tile's form begins at `b`, for all rows. Sums that are complete then go on at once: a group's to the
/// totals, and all of k's to the epilogue.
static void multiply(const product *p, const piece *c, int64_t start, int64_t end, const void *b, bool accumulate) {
    const int64_t width = p->weight.width, group = (end - 1) / p->weight.padded_group;
    const bool last = end == p->weight.k, closes = p->scaled && end % p->weight.padded_group == 0;
    for (int64_t t = c->first; t < c->last; t++) {
        const int64_t row = row_of_tile(p, t), next = row_of_tile(p, t + 1);
        if (last && p->far) { lathe_gemm_fetch(p->args, row, next, c->panel * width, c->columns); }
        p->tile->kernel((int)(next - row), (int)c->columns, end - start, p->a + (row * p->a_stride + start) * p->size, p->a_stride, b,
                        c->sums + (row - c->top) * width * 4, width, accumulate, NULL);
        if (closes) { add_group(p, c, group, row, next); }
        if (last) { finish(p, c, row, next); }
    }
}

/// A run of codes, from the value k0 of k on, in an integer product.
static void multiply_codes(const product *p, const piece *c, int64_t k0, int64_t k1, const int8_t *codes) {
    const int64_t padded = p->weight.padded_group;
    for (int64_t start = k0, end; start < k1; start = end) {
        const int64_t open = start / padded * padded;
        end = open + padded < k1 ? open + padded : k1;
        multiply(p, c, start, end, codes + (start - k0) * p->weight.width, start > open);
    }
}

/// All of k for a few rows, straight from the panel's bits.
static void multiply_bits(const product *p, const piece *c, const uint8_t *panel) {
    const lathe_lowbit_layout *l = &p->weight;
    for (int64_t group = 0; group < l->groups; group++) {
        const int64_t start = group * l->padded_group;
        p->tile->few_rows(l->bits, (int)c->rows, l->padded_group, p->a + c->top * p->a_stride + start, p->a_stride,
                          panel + lathe_lowbit_bytes(l->bits, start * l->width), (int32_t *)(void *)c->sums);
        if (p->scaled) { add_group(p, c, group, c->top, c->top + c->rows); }
    }
    finish(p, c, c->top, c->top + c->rows);
}

/// The codes of a run as floats, each group with its scale, at `values`.
static void dequantize(const product *p, int64_t panel, int64_t k0, int64_t k1, const int8_t *codes, uint8_t *values) {
    const lathe_lowbit_layout *l = &p->weight;
    const lathe_type type = p->args->compute == LATHE_COMPUTE_BF16 ? LATHE_BF16 : LATHE_F32;
    for (int64_t start = k0, end; start < k1; start = end) {
        const int64_t group = start / l->padded_group, close = (group + 1) * l->padded_group, place = (start - k0) * l->width;
        end = close < k1 ? close : k1;
        p->kernels->dequantize_codes(type, l->bits, (end - start) / 4, l->width, codes + place, for_group(p, l->scales, panel, group),
                                     l->has_zeros ? for_group(p, l->zeros, panel, group) : NULL, values + place * p->size);
    }
}

/// One panel for one block of rows.
static void compute_piece(const product *p, const piece *c, int8_t *codes, uint8_t *values) {
    const uint8_t *panel = p->packed + c->panel * p->weight.panel_size;
    if (p->fused) { multiply_bits(p, c, panel); return; }
    if (p->weight.k == 0) { finish(p, c, c->top, c->top + c->rows); }
    for (int64_t k0 = 0; k0 < p->weight.k; k0 += p->run) {
        const int64_t k1 = k0 + p->run < p->weight.k ? k0 + p->run : p->weight.k;
        const int8_t *run = lathe_lowbit_codes(p->kernels, &p->weight, panel, k0, k1 - k0, codes);
        if (p->integer) {
            multiply_codes(p, c, k0, k1, run);
        } else {
            dequantize(p, c->panel, k0, k1, run, values);
            multiply(p, c, k0, k1, values, k0 > 0);
        }
    }
}

static void compute(const product *p, int64_t index, int8_t *codes, uint8_t *values) {
    const int64_t block = index / p->panel_groups, group = index % p->panel_groups, width = p->weight.width;
    _Alignas(64) uint8_t sums[SUMS];
    piece c = {.first = block * p->row_tiles / p->row_blocks, .last = (block + 1) * p->row_tiles / p->row_blocks, .sums = sums};
    c.top = row_of_tile(p, c.first);
    c.rows = row_of_tile(p, c.last) - c.top;
    c.totals = (float *)(void *)(sums + SUMS / 2);
    if (p->weight.k == 0) { memset(sums, 0, sizeof sums); }
    const int64_t end = (group + 1) * p->weight.panels / p->panel_groups;
    for (c.panel = group * p->weight.panels / p->panel_groups; c.panel < end; c.panel++) {
        const int64_t column = c.panel * width;
        c.columns = p->args->n - column < width ? p->args->n - column : width;
        compute_piece(p, &c, codes, values);
    }
}

static void integer_task(void *context, int64_t index, int worker) {
    (void)worker;
    _Alignas(64) int8_t codes[LONG_RUN];
    compute(context, index, codes, NULL);
}

static void float_task(void *context, int64_t index, int worker) {
    (void)worker;
    _Alignas(64) int8_t codes[FLOAT_CODES];
    _Alignas(64) uint8_t values[LONG_RUN];
    compute(context, index, codes, values);
}

/// Copies a row of A with its groups padded with zeros.
static void copy_row(const product *p, int64_t row) {
    const lathe_lowbit_layout *l = &p->weight;
    const size_t group = (size_t)(l->group * p->size), padding = (size_t)((l->padded_group - l->group) * p->size);
    const uint8_t *from = (const uint8_t *)p->args->a + row * p->args->a_stride * p->size;
    uint8_t *to = (uint8_t *)(uintptr_t)p->a + row * p->a_stride * p->size;
    for (int64_t g = 0; g < l->groups; g++, from += group, to += group + padding) {
        memcpy(to, from, group);
        memset(to + group, 0, padding);
    }
}

static void sum_row(const product *p, int64_t row) {
    const lathe_lowbit_layout *l = &p->weight;
    const uint8_t *a = (const uint8_t *)p->args->a + row * p->args->a_stride;
    const int32_t zero = p->args->a_zero == NULL ? 0 : p->args->a_zero[row];
    for (int64_t g = 0; g < l->groups; g++, a += l->group) {
        int32_t sum = 0;
        for (int64_t i = 0; i < l->group; i++) { sum += a[i]; }
        p->a_sums[row * l->groups + g] = (float)(sum - (double)l->group * zero);
    }
}

static void prepare_task(void *context, int64_t index, int worker) {
    (void)worker;
    const product *p = context;
    const int64_t end = (index + 1) * PREPARED_ROWS < p->args->m ? (index + 1) * PREPARED_ROWS : p->args->m;
    for (int64_t row = index * PREPARED_ROWS; row < end; row++) {
        if (p->copy_a) { copy_row(p, row); }
        if (p->sum_a) { sum_row(p, row); }
    }
}

static lathe_status run(const lathe_gemm_args *args, const lathe_lowbit_weight *weight, void *workspace, size_t size, bool parallel) {
    const lathe_kernels *kernels = args->kernels != NULL ? args->kernels : lathe_kernels_active();
    if (kernels == NULL) { return LATHE_UNSUPPORTED; }
    const lathe_status status = check(args, weight);
    if (status != LATHE_OK || args->m == 0 || args->n == 0) { return status; }
    if (is_ordinary(weight)) {
        const lathe_gemm_args plain = ordinary(args, kernels, weight);
        return (parallel ? lathe_gemm : lathe_gemm_serial)(&plain, workspace, size);
    }
    product p = describe(args, kernels, weight);
    if (size < workspace_size(&p)) { return LATHE_WORKSPACE_TOO_SMALL; }
    if (p.copy_a) {
        p.a = workspace;
        p.a_stride = copy_stride(&p);
    }
    p.a_sums = (float *)(void *)((uint8_t *)workspace + copy_size(&p));
    int threads = parallel ? lathe_thread_count() : 1;
    cut(&p, threads);
    const int64_t tasks = p.row_blocks * p.panel_groups;
    if (tasks == 1) { threads = 1; }
    if (args->k > 0 && (p.copy_a || p.sum_a)) { lathe_gemm_run(threads, lathe_ceil_div(args->m, PREPARED_ROWS), prepare_task, &p); }
    lathe_gemm_run(threads, tasks, p.integer ? integer_task : float_task, &p);
    return LATHE_OK;
}

size_t lathe_lowbit_workspace(const lathe_gemm_args *args, const lathe_lowbit_weight *weight) {
    const lathe_kernels *kernels = args->kernels != NULL ? args->kernels : lathe_kernels_active();
    if (kernels == NULL || args->m <= 0 || !lathe_lowbit_is_valid(weight)) { return 0; }
    if (is_ordinary(weight)) {
        const lathe_gemm_args plain = ordinary(args, kernels, weight);
        return lathe_gemm_workspace(&plain);
    }
    const product p = describe(args, kernels, weight);
    return workspace_size(&p);
}

lathe_status lathe_lowbit_gemm(const lathe_gemm_args *args, const lathe_lowbit_weight *weight, void *workspace, size_t workspace_size) {
    return run(args, weight, workspace, workspace_size, true);
}

lathe_status lathe_lowbit_gemm_serial(const lathe_gemm_args *args, const lathe_lowbit_weight *weight, void *workspace, size_t workspace_size) {
    return run(args, weight, workspace, workspace_size, false);
}
