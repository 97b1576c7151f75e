// Backward pass of fused attention. A task takes one head, block of queries by block of queries:
//
//   P  = exp(scores - logsumexp), made again from Q, K and the mask     dV += dropout(P)^T dO
//   dP = dropout(dO V^T), the same numbers dropped as in P              dS  = P * (dP - rowsum(dO * O)) + dscores
//   dQ = scale dS K                                                     dK += dS^T (scale Q)
//
// dK and dV are summed transposed, [head_size, keys]: P and dS then are the right-hand sides of those products, and copying a row into
// panels is cheaper than transposing a block.

#include "attention/attention_job.h"
#include "threads/workers.h"

#include <math.h>
#include <string.h>

/// One worker's memory.
typedef struct worker_scratch {
    void *k_columns, *v_columns;  ///< panels of K^T and V^T: [head_size, keys]
    void *k_rows;                 ///< panels of K: [keys, head_size]
    float *queries;               ///< scaled, [block_rows, head_size]
    float *transposed;            ///< [head_size, block_rows]
    void *q_tile, *do_tile;       ///< bf16 only: [block_rows, head_size]
    void *transposed_tile;        ///< bf16 only: [head_size, block_rows]
    float *p, *ds;                ///< [block_rows, width]; ds holds dropout(P), then dP, then dS
    void *ds_tile;                ///< bf16 only: ds
    void *block_panels;           ///< panels of dropout(P), then dS: [block_rows, width]
    float *dk, *dv;               ///< [head_size, width]
    void *packing;
} worker_scratch;

typedef struct backward_call {
    const lathe_attention_backward_args *args;
    lathe_attention_job job;
    char *memory;
    size_t worker_bytes;
} backward_call;

static size_t lay_out(const lathe_attention_job *job, char *memory, worker_scratch *scratch) {
    const lathe_panel_format *format = &job->format;
    const int64_t size = job->args->head_size, rows = job->block_rows, width = job->max_width;
    const int64_t padded_size = lathe_padded_depth(format, size), padded_rows = lathe_padded_depth(format, rows);
    size_t used = 0;
#define TAKE(field, bytes) (scratch->field = memory == NULL ? NULL : (void *)(memory + used), used += lathe_aligned(bytes))
    TAKE(k_columns, lathe_panels_bytes(format, size, job->args->keys));
    TAKE(v_columns, lathe_panels_bytes(format, size, job->args->keys));
    TAKE(k_rows, lathe_panels_bytes(format, width, size));
    TAKE(queries, (size_t)(rows * size) * sizeof(float));
    TAKE(transposed, (size_t)(size * rows) * sizeof(float));
    TAKE(q_tile, format->bf16 ? (size_t)(rows * padded_size) * format->element_size : 0);
    TAKE(do_tile, format->bf16 ? (size_t)(rows * padded_size) * format->element_size : 0);
    TAKE(transposed_tile, format->bf16 ? (size_t)(size * padded_rows) * format->element_size : 0);
    TAKE(p, (size_t)(rows * width) * sizeof(float));
    TAKE(ds, (size_t)(rows * width) * sizeof(float));
    TAKE(ds_tile, format->bf16 ? (size_t)(rows * width) * format->element_size : 0);
    TAKE(block_panels, lathe_panels_bytes(format, rows, width));
    TAKE(dk, (size_t)(size * width) * sizeof(float));
    TAKE(dv, (size_t)(size * width) * sizeof(float));
    TAKE(packing, lathe_panels_scratch(format, size));
#undef TAKE
    return used;
}

/// One block of queries of one head.
typedef struct query_block {
    const backward_call *call;
    const worker_scratch *scratch;
    lathe_key_range range;
    int64_t batch, head;
    int64_t first, rows;      ///< queries
    int64_t position;         ///< of the first query among all rows of P
    int64_t visible, width;   ///< keys that the last query sees, and the columns of the block
} query_block;

/// A [rows, head_size] block, transposed, as left-hand side of a product.
static const void *transpose_for_tile(const query_block *block, const float *source, int64_t stride) {
    const lathe_panel_format *format = &block->call->job.format;
    const worker_scratch *scratch = block->scratch;
    const int64_t size = block->call->job.args->head_size;
    format->kernels->transpose(block->rows, size, source, stride, scratch->transposed, block->rows);
    if (!format->bf16) { return scratch->transposed; }
    lathe_rows_for_tile(format, size, block->rows, scratch->transposed, block->rows, scratch->transposed_tile);
    return scratch->transposed_tile;
}

typedef struct tile_rows {
    const void *rows;
    int64_t stride;
} tile_rows;

/// A [rows, head_size] block as left-hand side: as it is, or in bf16.
static tile_rows rows_for_tile(const query_block *block, const float *source, int64_t stride, void *memory) {
    const lathe_panel_format *format = &block->call->job.format;
    const int64_t size = block->call->job.args->head_size;
    if (!format->bf16) { return (tile_rows){source, stride}; }
    lathe_rows_for_tile(format, block->rows, size, source, stride, memory);
    return (tile_rows){memory, lathe_padded_depth(format, size)};
}

static void drop_rows(const query_block *block, const float *x, float *y) {
    const lathe_attention_job *job = &block->call->job;
    for (int64_t r = 0; r < block->rows; r++) {
        job->format.kernels->dropout(block->visible, job->args->seed, lathe_dropout_block(job, block->position + r), 1 - job->args->dropout,
                                     x + r * block->width, y + r * block->width);
    }
}

/// P = exp(scores - logsumexp); 0 for hidden keys and for rows that see none.
static void remake_probabilities(const query_block *block) {
    const lathe_attention_job *job = &block->call->job;
    const lathe_panel_format *format = &job->format;
    const lathe_kernels *kernels = format->kernels;
    const worker_scratch *scratch = block->scratch;
    const int64_t size = job->args->head_size, width = block->width;
    const tile_rows queries = rows_for_tile(block, scratch->queries, size, scratch->q_tile);
    lathe_tile_product(format, block->rows, block->visible, size, queries.rows, queries.stride, scratch->k_columns, size, scratch->p, width,
                       false);
    for (int64_t r = 0; r < block->rows; r++) {
        float *row = scratch->p + r * width;
        float logsumexp = job->args->logsumexp[block->position + r];
        if (logsumexp == -INFINITY) { logsumexp = INFINITY; }
        kernels->affine(block->visible, 1, row, block->range.mask != NULL ? 1 : 0, block->range.mask, -logsumexp, row);
    }
    lathe_hide_keys(job, block->range.count, block->first, block->rows, scratch->p, width);
    kernels->unary(LATHE_EXP, block->rows * width, scratch->p, scratch->p);
}

/// What arrives at the scores themselves, except at hidden keys.
static void add_score_gradient(const query_block *block, const float *dscores, int64_t row, float *ds) {
    const lathe_attention_job *job = &block->call->job;
    const int64_t visible = lathe_visible_keys(job->args, block->range.count, row);
    job->format.kernels->binary(LATHE_ADD, visible, ds, 1, dscores, 1, ds);
    for (int64_t j = 0; j < visible && block->range.mask != NULL; j++) { ds[j] = block->range.mask[j] == -INFINITY ? 0 : ds[j]; }
}

/// dS from P and dO.
static void make_score_gradients(const query_block *block, const float *dout) {
    const lathe_attention_backward_args *args = block->call->args;
    const lathe_attention_job *job = &block->call->job;
    const lathe_panel_format *format = &job->format;
    const lathe_kernels *kernels = format->kernels;
    const worker_scratch *scratch = block->scratch;
    const int64_t size = job->args->head_size, width = block->width;
    const tile_rows gradient = rows_for_tile(block, dout, args->dout_stride, scratch->do_tile);
    lathe_tile_product(format, block->rows, block->visible, size, gradient.rows, gradient.stride, scratch->v_columns, size, scratch->ds, width,
                       false);
    if (job->args->dropout > 0) { drop_rows(block, scratch->ds, scratch->ds); }
    const float *out = job->args->out + (block->batch * job->args->queries + block->first) * job->args->out_stride + block->head * size;
    for (int64_t r = 0; r < block->rows; r++) {
        float *row = scratch->ds + r * width;
        const float shared = kernels->dot(size, dout + r * args->dout_stride, out + r * job->args->out_stride);
        kernels->affine(block->visible, 1, row, 0, NULL, -shared, row);
        for (int64_t j = block->visible; j < width; j++) { row[j] = 0; }
    }
    kernels->binary(LATHE_MULTIPLY, block->rows * width, scratch->ds, 1, scratch->p, 1, scratch->ds);
    for (int64_t r = 0; r < block->rows && args->dscores != NULL; r++) {
        add_score_gradient(block, args->dscores + (block->position + r) * job->args->keys, block->first + r, scratch->ds + r * width);
    }
}

static void write_query_gradient(const query_block *block) {
    const lathe_attention_backward_args *args = block->call->args;
    const lathe_attention_job *job = &block->call->job;
    const lathe_panel_format *format = &job->format;
    const worker_scratch *scratch = block->scratch;
    const int64_t size = job->args->head_size, width = block->width;
    float *dq = args->dq + (block->batch * job->args->queries + block->first) * args->dq_stride + block->head * size;
    const void *ds = scratch->ds;
    if (format->bf16) {
        lathe_round_for_tile(format->kernels, block->rows * width, scratch->ds, scratch->ds_tile);
        ds = scratch->ds_tile;
    }
    lathe_tile_product(format, block->rows, size, block->visible, ds, width, scratch->k_rows, job->max_width, dq, args->dq_stride, false);
    for (int64_t r = 0; r < block->rows; r++) {
        float *row = dq + r * args->dq_stride;
        format->kernels->scale_add(size, job->args->scale, row, 0, row);
    }
}

/// gradient[head_size, visible] += source^T * right, with source [rows, head_size] and right [rows, width].
static void add_transposed_product(const query_block *block, const float *source, int64_t stride, const float *right, float *gradient) {
    const lathe_attention_job *job = &block->call->job;
    const lathe_panel_format *format = &job->format;
    const int64_t rows = block->rows;
    const void *left = transpose_for_tile(block, source, stride);
    lathe_panels_from_rows(format, rows, block->visible, right, block->width, block->scratch->block_panels, rows);
    lathe_tile_product(format, job->args->head_size, block->visible, rows, left, lathe_padded_depth(format, rows),
                       block->scratch->block_panels, rows, gradient, job->max_width, true);
}

static void run_block(const query_block *block) {
    const lathe_attention_backward_args *args = block->call->args;
    const lathe_attention_job *job = &block->call->job;
    const worker_scratch *scratch = block->scratch;
    const int64_t size = job->args->head_size;
    const float *dout = args->dout + (block->batch * job->args->queries + block->first) * args->dout_stride + block->head * size;
    lathe_scaled_queries(job, block->batch, block->head, block->first, block->rows, scratch->queries);
    remake_probabilities(block);
    const float *kept = scratch->p;
    if (job->args->dropout > 0) {
        drop_rows(block, scratch->p, scratch->ds);
        kept = scratch->ds;
    }
    add_transposed_product(block, dout, args->dout_stride, kept, scratch->dv);
    make_score_gradients(block, dout);
    write_query_gradient(block);
    add_transposed_product(block, scratch->queries, size, scratch->ds, scratch->dk);
}

static void write_transposed(const lathe_attention_job *job, int64_t keys, const float *sums, float *gradient, int64_t stride) {
    const int64_t size = job->args->head_size;
    job->format.kernels->transpose(size, keys, sums, job->max_width, gradient, stride);
    for (int64_t j = keys; j < job->args->keys; j++) { memset(gradient + j * stride, 0, (size_t)size * sizeof(float)); }
}

static void run_head(void *context, int64_t index, int worker) {
    const backward_call *call = context;
    const lathe_attention_backward_args *args = call->args;
    const lathe_attention_job *job = &call->job;
    const lathe_attention_args *forward = job->args;
    const int64_t size = forward->head_size, batch = index / forward->heads, head = index % forward->heads;
    const lathe_key_range range = lathe_attention_keys(forward, batch);
    worker_scratch scratch;
    lay_out(job, call->memory + (size_t)worker * call->worker_bytes, &scratch);

    const float *k = forward->k + batch * forward->keys * forward->k_stride + head * size;
    const float *v = forward->v + batch * forward->keys * forward->v_stride + head * size;
    lathe_panels_from_columns(&job->format, size, range.count, k, forward->k_stride, scratch.k_columns, size, scratch.packing);
    lathe_panels_from_columns(&job->format, size, range.count, v, forward->v_stride, scratch.v_columns, size, scratch.packing);
    lathe_panels_from_rows(&job->format, range.count, size, k, forward->k_stride, scratch.k_rows, job->max_width);
    memset(scratch.dk, 0, (size_t)(size * job->max_width) * sizeof(float));
    memset(scratch.dv, 0, (size_t)(size * job->max_width) * sizeof(float));

    for (int64_t first = 0; first < forward->queries; first += job->block_rows) {
        const int64_t rows = forward->queries - first < job->block_rows ? forward->queries - first : job->block_rows;
        const int64_t visible = lathe_visible_keys(forward, range.count, first + rows - 1);
        const query_block block = {call, &scratch, range, batch, head, first, rows, index * forward->queries + first, visible,
                             lathe_score_width(visible)};
        run_block(&block);
    }
    const int64_t key_row = batch * forward->keys;
    write_transposed(job, range.count, scratch.dk, args->dk + key_row * args->dk_stride + head * size, args->dk_stride);
    write_transposed(job, range.count, scratch.dv, args->dv + key_row * args->dv_stride + head * size, args->dv_stride);
}

static lathe_status check(const lathe_attention_backward_args *args) {
    const lathe_attention_args *forward = &args->forward;
    const int64_t width = forward->heads * forward->head_size;
    if (args->dout_stride < width || args->dq_stride < width || args->dk_stride < width || args->dv_stride < width) {
        return LATHE_INVALID_ARGUMENT;
    }
    const bool inputs = forward->q != NULL && forward->out != NULL && forward->logsumexp != NULL && args->dout != NULL && args->dq != NULL;
    const bool keyed = forward->k != NULL && forward->v != NULL && args->dk != NULL && args->dv != NULL;
    return (inputs || forward->queries == 0) && (keyed || forward->keys == 0) ? LATHE_OK : LATHE_INVALID_ARGUMENT;
}

size_t lathe_attention_backward_worker_workspace(const lathe_attention_backward_args *args) {
    lathe_attention_job job;
    worker_scratch scratch;
    return lathe_attention_prepare(&args->forward, &job) == LATHE_OK ? lay_out(&job, NULL, &scratch) : 0;
}

size_t lathe_attention_backward_workspace(const lathe_attention_backward_args *args) {
    return lathe_attention_backward_worker_workspace(args) * (size_t)lathe_thread_count();
}

lathe_status lathe_attention_backward(const lathe_attention_backward_args *args, void *workspace, size_t workspace_size) {
    backward_call call = {.args = args, .memory = workspace};
    const lathe_status status = lathe_attention_prepare(&args->forward, &call.job);
    if (status != LATHE_OK) { return status; }
    const lathe_attention_args *forward = &args->forward;
    if (forward->batch * forward->heads == 0 || forward->head_size == 0) { return LATHE_OK; }
    if (check(args) != LATHE_OK) { return LATHE_INVALID_ARGUMENT; }
    worker_scratch scratch;
    call.worker_bytes = lay_out(&call.job, NULL, &scratch);
    const int workers = lathe_worker_count(workspace_size, call.worker_bytes);
    if (workers == 0) { return LATHE_WORKSPACE_TOO_SMALL; }
    lathe_parallel_on(workers, forward->batch * forward->heads, run_head, &call);
    return LATHE_OK;
}
