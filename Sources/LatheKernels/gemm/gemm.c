// The matrix product: checks, the plan of one call, and its tasks.
//
// C is cut into groups of rows (whole register tiles) by groups of panels; a task computes one such piece, panel by panel and, within a
// panel, by blocks of rows: for every block of k that keeps the panel's part in cache it runs the register tile down the rows. How C is
// cut depends on the number of threads, but where tiles and blocks of k begin does not, so neither does any sum.

#include "gemm/operands.h"
#include "gemm/pieces.h"

enum {
    /// Sums that wait for the epilogue on a task's stack, in bytes.
    SCRATCH = 32 * 1024,
    /// Rows of a block: so many share one trip of a panel from memory.
    BLOCK_ROWS = 384,
    /// Bytes of a panel that the register tile runs over again and again: a share of the second cache.
    SLIVER = 256 * 1024,
    /// Bytes of finished sums after which the epilogue runs, while they are in the first cache.
    HOT = 2 * 1024,
};

/// Multiply-adds below which a task is not worth handing to another thread.
static const int64_t task_work = 1 << 18;

typedef struct plan {
    const lathe_gemm_args *args;
    const lathe_kernels *kernels;
    const lathe_gemm_tile *tile;
    int64_t row_tiles, panels;         ///< register tiles in m, panels in n
    int64_t row_groups, panel_groups;  ///< pieces of C: tasks
    int64_t block_tiles;               ///< register tiles in a block of rows
    bool pack_in_tasks;                ///< a task packs a panel just before it uses it,
    bool own_slots;                    ///< where the worker's last panel was: the memory stays in its cache
    int64_t k_padded, k_blocks;
    int64_t panel_size;  ///< bytes

    const uint8_t *a;  ///< as the register tile reads it
    int64_t a_stride;
    const uint8_t *b;
    const int32_t *b_sums;
    lathe_gemm_source source;

    bool few_rows;             ///< B is read where it lies
    bool copy_a, pack_b;       ///< the operand has to be brought into form, into the workspace
    size_t a_copy_size;        ///< bytes at the start of the workspace; packed B follows
    bool direct;               ///< sums are formed in C itself
    bool add_directly;         ///< and added to what is there
    bool plain;                ///< they need no epilogue
    bool far;                  ///< C is too large to be in a near cache
} plan;

static lathe_status check(const lathe_gemm_args *g) {
    if (g->m < 0 || g->n < 0 || g->k < 0) { return LATHE_INVALID_ARGUMENT; }
    const bool f32_or_bf16_a = g->a_type == LATHE_F32 || g->a_type == LATHE_BF16, f32_or_bf16_b = g->b_type == LATHE_F32 || g->b_type == LATHE_BF16;
    const bool given = g->b_packed != NULL;
    switch (g->compute) {
        case LATHE_COMPUTE_F32:
            if (g->a_type != LATHE_F32) { return LATHE_UNSUPPORTED; }
            if (!given && g->b_type != LATHE_F32 && !(lathe_gemm_has_few_rows(g) && (g->b_type == LATHE_BF16 || g->b_type == LATHE_F16))) { return LATHE_UNSUPPORTED; }
            break;
        case LATHE_COMPUTE_BF16:
            if (!f32_or_bf16_a || (!given && !f32_or_bf16_b)) { return LATHE_UNSUPPORTED; }
            break;
        case LATHE_COMPUTE_INT8:
            if (g->a_type != LATHE_U8 || g->a_transposed || (!given && g->b_type != LATHE_S8)) { return LATHE_UNSUPPORTED; }
            break;
        default: return LATHE_UNSUPPORTED;
    }
    if (g->c_type != LATHE_F32 && g->c_type != LATHE_BF16 && g->c_type != LATHE_U8) { return LATHE_UNSUPPORTED; }
    if (g->accumulate && (g->c_type != LATHE_F32 || g->activation != LATHE_ACTIVATION_NONE)) { return LATHE_INVALID_ARGUMENT; }
    if (g->m == 0 || g->n == 0) { return LATHE_OK; }

    if (g->c == NULL || (g->k > 0 && (g->a == NULL || (!given && g->b == NULL)))) { return LATHE_INVALID_ARGUMENT; }
    if (g->a_transposed ? g->k > 1 && g->a_stride < g->m : g->m > 1 && g->a_stride < g->k) { return LATHE_INVALID_ARGUMENT; }
    if (!given && (g->b_transposed ? g->n > 1 && g->b_stride < g->k : g->k > 1 && g->b_stride < g->n)) { return LATHE_INVALID_ARGUMENT; }
    if (g->m > 1 && (g->c_stride < g->n || (g->residual != NULL && g->residual_stride < g->n) ||
                     (g->preactivation != NULL && g->preactivation_stride < g->n))) { return LATHE_INVALID_ARGUMENT; }
    return LATHE_OK;
}

/// Elements from one row of A's copy to the next. Strides of whole pages would put all rows of a tile into one cache set.
static int64_t copy_stride(const plan *p) {
    const int64_t size = lathe_gemm_element_size(p->args->compute);
    int64_t bytes = lathe_round_up(p->k_padded * size, 64);
    if (bytes % 2048 == 0) { bytes += 64; }
    return bytes / size;
}

/// The parts that depend on nothing but the arguments.
static plan describe(const lathe_gemm_args *g, const lathe_kernels *kernels) {
    const lathe_gemm_tile *tile = &kernels->gemm[g->compute];
    plan p = {.args = g, .kernels = kernels, .tile = tile};
    p.row_tiles = lathe_ceil_div(g->m, tile->rows);
    p.panels = lathe_ceil_div(g->n, tile->columns);
    p.k_padded = lathe_round_up(g->k, tile->depth);
    p.panel_size = lathe_gemm_panel_size(tile, g->compute, g->k);

    p.copy_a = g->a_transposed || (g->compute == LATHE_COMPUTE_BF16 && g->a_type == LATHE_F32) || g->k % tile->depth != 0;
    p.few_rows = lathe_gemm_has_few_rows(g);
    p.pack_b = g->b_packed == NULL && !p.few_rows;
    p.source = (lathe_gemm_source){kernels, g->compute, g->k, g->n, g->b, g->b_type, g->b_stride, g->b_transposed};
    if (p.copy_a) { p.a_copy_size = (size_t)lathe_round_up(g->m * copy_stride(&p) * lathe_gemm_element_size(g->compute), 64); }

    // One pass over k when every panel is read only once anyway.
    p.k_blocks = p.row_tiles == 1 ? 1 : lathe_ceil_div(p.panel_size, SLIVER);
    if (p.k_blocks == 0) { p.k_blocks = 1; }

    const bool f32_sums = g->compute != LATHE_COMPUTE_INT8 && g->c_type == LATHE_F32;
    const bool identity = g->alpha == 1 && g->bias == NULL && g->preactivation == NULL && g->activation == LATHE_ACTIVATION_NONE && g->residual == NULL;
    p.plain = f32_sums && identity;
    p.add_directly = p.plain && g->accumulate;
    p.direct = f32_sums && (p.plain || !g->accumulate) && (const void *)g->residual != g->c;
    p.far = lathe_gemm_is_far(g);
    return p;
}

/// Cuts C for so many threads.
static void cut(plan *p, int64_t threads) {
    const lathe_gemm_args *g = p->args;
    const int64_t rows = p->tile->rows, columns = p->tile->columns;
    p->block_tiles = BLOCK_ROWS / rows;
    if (!p->direct && p->k_blocks > 1) { p->block_tiles = SCRATCH / 4 / (rows * columns); }  // all sums wait for the last block of k

    // Panels are packed where they are used if there are enough of them to go round: each task then takes all rows.
    const bool few_rows = p->row_tiles <= BLOCK_ROWS / rows;
    p->pack_in_tasks = p->pack_b && (few_rows || threads == 1 || p->panels >= 4 * threads);
    p->own_slots = p->panels >= threads;
    p->row_groups = p->pack_in_tasks ? 1 : lathe_ceil_div(p->row_tiles, BLOCK_ROWS / rows);
    p->panel_groups = 1;
    if (threads == 1) { return; }

    const double work = ((double)g->m + 4) * (double)g->n * ((double)g->k + 8);  // reading B and finishing C count, too
    const double worthwhile = work / (double)task_work;
    const int64_t most = worthwhile < (double)(8 * threads) ? (int64_t)worthwhile : 8 * threads;
    if (p->row_groups < most) { p->panel_groups = lathe_ceil_div(most, p->row_groups); }
    if (p->row_groups == 1 && 2 * p->panel_groups > p->panels) { p->panel_groups = p->panels; }  // groups of one and of two panels are uneven
    if (p->panel_groups > p->panels) { p->panel_groups = p->panels; }
}

/// Where the row tile `index` begins: tiles are as equal as can be.
static int64_t row_of_tile(const plan *p, int64_t index) {
    return index * p->args->m / p->row_tiles;
}

/// Where the k block `index` begins: a multiple of the depth.
static int64_t k_of_block(const plan *p, int64_t index) {
    const int64_t depth = p->tile->depth;
    return index * (p->k_padded / depth) / p->k_blocks * depth;
}

/// One panel, packed at `packed`, for a block of rows: row tiles first ..< last. The panel behind it is fetched meanwhile, if it is needed next.
static void compute_block(const plan *p, int64_t panel, const uint8_t *packed, bool fetches_next, int64_t first, int64_t last, void *scratch) {
    const lathe_gemm_args *g = p->args;
    const int64_t size = lathe_gemm_element_size(g->compute), width = p->tile->columns;
    const int64_t column = panel * width, columns = g->n - column < width ? g->n - column : width;
    const int64_t top = row_of_tile(p, first);
    const int64_t hot_rows = HOT / 4 / width;

    // Sums: acc + (row - origin) * acc_stride, 4 bytes each.
    uint8_t *acc = p->direct ? lathe_gemm_place(g, top, column) : scratch;
    const int64_t acc_stride = p->direct ? g->c_stride : width;
    int64_t origin = top;
    int64_t fetched = fetches_next ? 0 : p->panel_size;  // bytes of the next panel
    for (int64_t block = 0; block < p->k_blocks; block++) {
        const int64_t k0 = k_of_block(p, block), k1 = k_of_block(p, block + 1);
        const uint8_t *b = packed + k0 * width * size;
        const bool final = block == p->k_blocks - 1 && !p->plain;
        int64_t finished = top;
        for (int64_t t = first, row = top, end; t < last; t++, row = end) {
            end = row_of_tile(p, t + 1);
            if (block == 0 && p->far) { lathe_gemm_fetch(g, row, end, column, columns); }
            p->tile->kernel((int)(end - row), (int)columns, k1 - k0, p->a + (row * p->a_stride + k0) * size, p->a_stride, b,
                            acc + (row - origin) * acc_stride * 4, acc_stride, block > 0 || p->add_directly,
                            fetched < p->panel_size ? packed + p->panel_size + fetched : NULL);
            fetched += lathe_gemm_ahead * (k1 - k0) * size;
            if (final && (end - finished >= hot_rows || t == last - 1)) {
                const lathe_gemm_epilogue piece = lathe_gemm_epilogue_for(g, p->b_sums, finished, end - finished, column, columns,
                                                                          acc + (finished - origin) * acc_stride * 4, acc_stride);
                p->kernels->gemm_epilogue(&piece);
                finished = end;
                if (p->k_blocks == 1 && !p->direct) { origin = end; }  // the next tiles reuse the warm scratch
            }
        }
    }
}

static void copy_rows(const plan *p, int64_t first, int64_t last) {
    lathe_gemm_copy_rows(p->args, p->kernels, p->tile->depth, first, last, (void *)(uintptr_t)p->a, p->a_stride);
}

/// Packs panel `index` at the place `slot` of the workspace.
static const uint8_t *pack(const plan *p, int64_t index, int64_t slot) {
    uint8_t *panel = (uint8_t *)(uintptr_t)p->b + slot * p->panel_size;
    int32_t *sums = p->b_sums == NULL ? NULL : (int32_t *)(uintptr_t)p->b_sums + index * p->tile->columns;
    lathe_gemm_pack_panel(&p->source, index, panel, sums);
    return panel;
}

/// A piece of C. An operand that no other task reads is brought into form here, just before it is used.
static void compute_task(void *context, int64_t index, int worker) {
    const plan *p = context;
    const int64_t row_group = index / p->panel_groups, group = index % p->panel_groups;
    const int64_t first = row_group * p->row_tiles / p->row_groups, last = (row_group + 1) * p->row_tiles / p->row_groups;
    _Alignas(64) uint8_t scratch[SCRATCH];
    if (p->copy_a && p->panel_groups == 1) { copy_rows(p, row_of_tile(p, first), row_of_tile(p, last)); }
    const int64_t end = (group + 1) * p->panels / p->panel_groups;
    for (int64_t panel = group * p->panels / p->panel_groups; panel < end; panel++) {
        const uint8_t *packed = p->pack_in_tasks ? pack(p, panel, p->own_slots && worker < p->panels ? worker : panel) : p->b + panel * p->panel_size;
        for (int64_t t = first; t < last; t += p->block_tiles) {
            const int64_t block_end = t + p->block_tiles < last ? t + p->block_tiles : last;
            compute_block(p, panel, packed, !p->pack_b && block_end == last && panel + 1 < end, t, block_end, scratch);
        }
    }
}

/// Rows of A that one task copies.
enum { COPY_ROWS = 32 };

/// Operands that several tasks read: first the copies of A, then the panels of B, one each.
typedef struct preparation {
    const plan *plan;
    int64_t copies, packs;
} preparation;

static void prepare_task(void *context, int64_t index, int worker) {
    (void)worker;
    const preparation *run = context;
    const plan *p = run->plan;
    if (index < run->copies) {
        const int64_t end = (index + 1) * COPY_ROWS;
        copy_rows(p, index * COPY_ROWS, end < p->args->m ? end : p->args->m);
    } else {
        pack(p, index - run->copies, index - run->copies);
    }
}

/// Bytes: A's copy, then panels of B, or what a product with few rows needs.
static size_t workspace_needed(const plan *p, size_t packed_size) {
    return p->a_copy_size + (p->few_rows ? lathe_gemm_few_rows_workspace(p->args) : packed_size);
}

static lathe_status multiply(const lathe_gemm_args *args, void *workspace, size_t workspace_size, bool parallel) {
    const lathe_kernels *kernels = args->kernels != NULL ? args->kernels : lathe_kernels_active();
    if (kernels == NULL) { return LATHE_UNSUPPORTED; }
    const lathe_status status = check(args);
    if (status != LATHE_OK) { return status; }
    if (args->m == 0 || args->n == 0) { return LATHE_OK; }

    plan p = describe(args, kernels);
    const size_t packed_size = p.pack_b ? lathe_gemm_packed_size(kernels, args->compute, args->k, args->n) : 0;
    if (workspace_size < workspace_needed(&p, packed_size)) { return LATHE_WORKSPACE_TOO_SMALL; }
    p.a = p.copy_a ? workspace : args->a;
    p.a_stride = p.copy_a ? copy_stride(&p) : args->a_stride;
    p.b = p.pack_b ? (const uint8_t *)workspace + p.a_copy_size : args->b_packed;
    if (args->compute == LATHE_COMPUTE_INT8) {
        p.b_sums = (const int32_t *)(const void *)(p.b + lathe_gemm_sums_offset(p.tile, args->compute, args->k, args->n));
    }

    if (args->k == 0) {
        // Nothing is read, but addresses are computed, and the caller need not give any.
        static const uint8_t nothing[64];
        p.a = nothing;
        p.a_stride = 0;
        if (p.b == NULL) { p.b = nothing; }
    }
    int threads = parallel ? lathe_thread_count() : 1;
    if (p.few_rows) {
        if (p.copy_a) { copy_rows(&p, 0, args->m); }
        lathe_gemm_few_rows(args, kernels, (const float *)p.a, p.a_stride, (float *)(void *)((uint8_t *)workspace + p.a_copy_size), threads);
        return LATHE_OK;
    }
    cut(&p, threads);
    const int64_t tasks = p.row_groups * p.panel_groups;
    if (tasks == 1) { threads = 1; }
    preparation first = {.plan = &p};
    if (p.copy_a && p.panel_groups > 1) { first.copies = lathe_ceil_div(args->m, COPY_ROWS); }
    if (p.pack_b && !p.pack_in_tasks) { first.packs = p.panels; }
    if (first.copies + first.packs > 0) { lathe_gemm_run(threads, first.copies + first.packs, prepare_task, &first); }
    lathe_gemm_run(threads, tasks, compute_task, &p);
    return LATHE_OK;
}

size_t lathe_gemm_workspace(const lathe_gemm_args *args) {
    const lathe_kernels *kernels = args->kernels != NULL ? args->kernels : lathe_kernels_active();
    if (kernels == NULL || args->m <= 0 || args->n <= 0 || args->k < 0 || (unsigned)args->compute > LATHE_COMPUTE_INT8) { return 0; }
    const plan p = describe(args, kernels);
    return workspace_needed(&p, p.pack_b ? lathe_gemm_packed_size(kernels, args->compute, args->k, args->n) : 0);
}

lathe_status lathe_gemm(const lathe_gemm_args *args, void *workspace, size_t workspace_size) {
    return multiply(args, workspace, workspace_size, true);
}

lathe_status lathe_gemm_serial(const lathe_gemm_args *args, void *workspace, size_t workspace_size) {
    return multiply(args, workspace, workspace_size, false);
}
