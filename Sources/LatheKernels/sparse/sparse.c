// The product with a block-sparse weight: first A is turned round, chunk by chunk of its rows, so that an input's rows lie side by side; then tasks
// compute pieces of C, one chunk of rows by some strips of outputs.

#include "include/lathe_sparse.h"
#include "gemm/pieces.h"
#include "sparse/blocks.h"

#include <string.h>

enum {
    FEW = 16,           ///< rows of a small chunk, and of a square that is turned round
    MOST_ROWS = 64,     ///< of any chunk
    WIDTH = 64,         ///< outputs whose sums wait for the epilogue
    TURN_COLUMNS = 512, ///< inputs that one task turns round
    WIDEST_TURN = 64,   ///< the largest lathe_sparse_tile.turned
};

/// Multiply-adds below which a task is not worth handing to another thread.
static const int64_t task_work = 1 << 17;

typedef struct plan {
    const lathe_gemm_args *args;
    const lathe_sparse_weight *weight;
    const lathe_kernels *kernels;
    const lathe_sparse_tile *tile;
    int64_t large, chunks;      ///< chunks of tile->rows rows come first, then those of FEW
    int64_t k_padded;           ///< inputs of a chunk
    int64_t strips;             ///< of four outputs, in a block
    int64_t parts;              ///< pieces of C side by side
    uint8_t *turned;            ///< the chunks, one after the other
} plan;

/// One chunk of rows.
typedef struct chunk {
    int64_t first, count;  ///< rows of A
    int64_t rows;          ///< rows in memory
    uint8_t *turned;       ///< [k_padded, rows]
} chunk;

static plan describe(const lathe_gemm_args *args, const lathe_sparse_weight *weight, const lathe_kernels *kernels) {
    plan p = {.args = args, .weight = weight, .kernels = kernels, .tile = &kernels->sparse};
    const int64_t rows = p.tile->rows, rest = args->m % rows;
    // Two small chunks cost about as much as a large one.
    const bool one_more = rest > 2 * FEW;
    p.large = args->m / rows + one_more;
    p.chunks = p.large + (one_more ? 0 : lathe_ceil_div(rest, FEW));
    p.k_padded = lathe_round_up(args->k, WIDEST_TURN);
    p.strips = lathe_sparse_strips(weight->block);
    return p;
}

static chunk chunk_at(const plan *p, int64_t index) {
    const int64_t rows = p->tile->rows;
    chunk c = {.first = index * rows, .rows = rows};
    if (index >= p->large) {
        c.first = p->large * rows + (index - p->large) * FEW;
        c.rows = FEW;
    }
    c.count = p->args->m - c.first < c.rows ? p->args->m - c.first : c.rows;
    c.turned = p->turned + c.first * p->k_padded;
    return c;
}

/// Turns up to FEW rows of inputs first ..< last round that are not whole squares, by way of a copy.
static void turn_edge(const plan *p, const uint8_t *a, int64_t rows, int64_t first, int64_t last, uint8_t *to, int64_t to_stride) {
    _Alignas(64) uint8_t square[FEW * WIDEST_TURN];
    const int64_t width = p->tile->turned;
    memset(square, 0, sizeof square);
    for (int64_t column = first; column < last; column += width) {
        const int64_t count = last - column < width ? last - column : width;
        for (int64_t r = 0; r < rows; r++) { memcpy(square + r * WIDEST_TURN, a + r * p->args->a_stride + column, (size_t)count); }
        p->tile->turn(width, square, WIDEST_TURN, to + column * to_stride, to_stride);
    }
}

/// Turns some inputs of a chunk round.
static void turn_task(void *context, int64_t index, int worker) {
    (void)worker;
    const plan *p = context;
    const int64_t pieces = lathe_ceil_div(p->args->k, TURN_COLUMNS);
    const chunk c = chunk_at(p, index / pieces);
    const int64_t first = index % pieces * TURN_COLUMNS, end = first + TURN_COLUMNS < p->args->k ? first + TURN_COLUMNS : p->args->k;
    const int64_t whole = first + (end - first) / p->tile->turned * p->tile->turned;
    for (int64_t r = 0; r < c.count; r += FEW) {
        const uint8_t *a = (const uint8_t *)p->args->a + (c.first + r) * p->args->a_stride;
        const int64_t rows = c.count - r < FEW ? c.count - r : FEW;
        if (rows == FEW) { p->tile->turn(whole - first, a + first, p->args->a_stride, c.turned + first * c.rows + r, c.rows); }
        turn_edge(p, a, rows, rows == FEW ? whole : first, end, c.turned + r, c.rows);
    }
}

/// Runs the epilogue on the sums of outputs first ..< last of a chunk.
static void finish(const plan *p, const chunk *c, int64_t first, int64_t last, const int32_t *sums, int64_t stride) {
    if (first == last) { return; }
    const lathe_gemm_epilogue piece = lathe_gemm_epilogue_for(p->args, p->weight->sums, c->first, c->count, first, last - first, sums, stride);
    p->kernels->gemm_epilogue(&piece);
}

/// A piece of C: a chunk of rows, some blocks of outputs.
static void product_task(void *context, int64_t index, int worker) {
    (void)worker;
    const plan *p = context;
    const lathe_sparse_weight *w = p->weight;
    const chunk c = chunk_at(p, index / p->parts);
    const lathe_sparse_kernel kernel = c.rows == p->tile->rows ? p->tile->kernel : p->tile->few;
    const int64_t part = index % p->parts, blocks = lathe_sparse_blocks(w->n, w->block);
    enum { STRIDE = WIDTH + 4 };  // a strip is written whole, even where it has fewer outputs
    _Alignas(64) int32_t sums[MOST_ROWS * STRIDE];

    int64_t first = part * blocks / p->parts * w->block, next = first;  // outputs whose sums wait: first ..< next
    for (int64_t b = part * blocks / p->parts; b < (part + 1) * blocks / p->parts; b++) {
        const int64_t groups = w->starts[b + 1] - w->starts[b], rows = lathe_sparse_rows(w->n, w->block, b * w->block);
        const int8_t *codes = w->codes + w->starts[b] * p->strips * 16;
        for (int64_t row = 0; row < rows; row += 4, codes += groups * 16) {
            const int64_t outputs = rows - row < 4 ? rows - row : 4;
            if (next + outputs - first > WIDTH) {
                finish(p, &c, first, next, sums, STRIDE);
                first = next;
            }
            kernel(groups, w->columns + w->starts[b] * 4, c.turned, codes, sums + (next - first), STRIDE);
            next += outputs;
        }
    }
    finish(p, &c, first, next, sums, STRIDE);
}

static lathe_status check(const lathe_gemm_args *g, const lathe_sparse_weight *w) {
    if (g->compute != LATHE_COMPUTE_INT8 || g->a_type != LATHE_U8 || g->a_transposed) { return LATHE_UNSUPPORTED; }
    if (g->c_type != LATHE_F32 && g->c_type != LATHE_BF16 && g->c_type != LATHE_U8) { return LATHE_UNSUPPORTED; }
    if (g->m < 0 || g->n != w->n || g->k != w->k || w->block < 1) { return LATHE_INVALID_ARGUMENT; }
    if (g->accumulate && (g->c_type != LATHE_F32 || g->activation != LATHE_ACTIVATION_NONE)) { return LATHE_INVALID_ARGUMENT; }
    if (g->m == 0 || g->n == 0) { return LATHE_OK; }
    if (g->c == NULL || (g->k > 0 && g->a == NULL)) { return LATHE_INVALID_ARGUMENT; }
    if (g->m > 1 && (g->a_stride < g->k || g->c_stride < g->n || (g->residual != NULL && g->residual_stride < g->n) ||
                     (g->preactivation != NULL && g->preactivation_stride < g->n))) { return LATHE_INVALID_ARGUMENT; }
    return LATHE_OK;
}

/// How many pieces side by side give every thread enough to do, and none too little.
static int64_t parts_for(const plan *p, int threads) {
    const int64_t blocks = lathe_sparse_blocks(p->weight->n, p->weight->block);
    const double work = ((double)p->weight->starts[blocks] * 4 * (double)p->weight->block + 16 * (double)p->weight->n) * (double)(p->args->m + 8);
    const double worthwhile = work / (double)task_work;
    const int64_t most = worthwhile < (double)(8 * threads) ? (int64_t)worthwhile : 8 * threads;
    const int64_t parts = lathe_ceil_div(most, p->chunks);
    return parts < 1 ? 1 : parts > blocks ? blocks : parts;
}

size_t lathe_sparse_workspace(const lathe_gemm_args *args, const lathe_sparse_weight *weight) {
    const lathe_kernels *kernels = args->kernels != NULL ? args->kernels : lathe_kernels_active();
    if (kernels == NULL || args->m <= 0 || args->k <= 0) { return 0; }
    const plan p = describe(args, weight, kernels);
    return (size_t)((p.large * p.tile->rows + (p.chunks - p.large) * FEW) * p.k_padded);
}

lathe_status lathe_sparse_product(const lathe_gemm_args *args, const lathe_sparse_weight *weight, void *workspace, size_t workspace_size) {
    const lathe_kernels *kernels = args->kernels != NULL ? args->kernels : lathe_kernels_active();
    if (kernels == NULL) { return LATHE_UNSUPPORTED; }
    const lathe_status status = check(args, weight);
    if (status != LATHE_OK) { return status; }
    if (args->m == 0 || args->n == 0) { return LATHE_OK; }
    if (workspace_size < lathe_sparse_workspace(args, weight)) { return LATHE_WORKSPACE_TOO_SMALL; }

    plan p = describe(args, weight, kernels);
    p.turned = workspace;
    const int threads = lathe_thread_count();
    p.parts = threads == 1 ? 1 : parts_for(&p, threads);
    const int64_t turns = p.chunks * lathe_ceil_div(args->k, TURN_COLUMNS), products = p.chunks * p.parts;
    lathe_gemm_run(args->m * args->k < task_work ? 1 : threads, turns, turn_task, &p);
    lathe_gemm_run(products == 1 ? 1 : threads, products, product_task, &p);
    return LATHE_OK;
}
