// Forward pass of fused attention. A task takes some query blocks of one head: it packs the head's K and V once, then makes each block's
// scores, softmax and output while they are in cache.

#include "attention/attention_job.h"
#include "threads/workers.h"

#include <math.h>
#include <string.h>

/// One worker's memory.
typedef struct worker_scratch {
    void *k_panels, *v_panels;
    float *queries;  ///< scaled, [block_rows, head_size]
    void *q_rows;    ///< the same in the compute type
    float *scores;   ///< [block_rows, width], then P
    void *p_rows;    ///< P in the compute type
    float *largest, *share;  ///< [block_rows]: the largest score of a row, the largest value of P
    void *packing;
} worker_scratch;

/// Cuts `memory` up (NULL: only counts) and returns the bytes used.
static size_t lay_out(const lathe_attention_job *job, char *memory, worker_scratch *scratch) {
    const lathe_panel_format *format = &job->format;
    const int64_t size = job->args->head_size, rows = job->block_rows, width = job->max_width;
    size_t used = 0;
#define TAKE(field, bytes) (scratch->field = memory == NULL ? NULL : (void *)(memory + used), used += lathe_aligned(bytes))
    TAKE(scores, (size_t)(rows * width) * sizeof(float));
    if (job->args->queries <= lathe_direct_queries) { return used; }
    TAKE(k_panels, lathe_panels_bytes(format, size, job->args->keys));
    TAKE(v_panels, lathe_panels_bytes(format, width, size));
    TAKE(queries, (size_t)(rows * size) * sizeof(float));
    TAKE(largest, (size_t)rows * sizeof(float));
    TAKE(share, (size_t)rows * sizeof(float));
    TAKE(packing, lathe_panels_scratch(format, size));
    if (format->bf16) {
        TAKE(q_rows, (size_t)(rows * lathe_padded_depth(format, size)) * format->element_size);
        TAKE(p_rows, (size_t)(rows * width) * format->element_size);
    } else {
        scratch->q_rows = scratch->queries;
        scratch->p_rows = scratch->scores;
    }
#undef TAKE
    return used;
}

typedef struct forward_call {
    lathe_attention_job job;
    int64_t parts;  ///< tasks per head; part p takes blocks p, p + parts, ...
    char *memory;
    size_t worker_bytes;
} forward_call;

static void write_nothing_visible(const lathe_attention_job *job, int64_t batch, int64_t head, int64_t first, int64_t rows) {
    const lathe_attention_args *args = job->args;
    const int64_t position = (batch * args->heads + head) * args->queries + first;
    float *out = args->out + (batch * args->queries + first) * args->out_stride + head * args->head_size;
    for (int64_t r = 0; r < rows; r++) { job->format.kernels->fill(args->head_size, 0, out + r * args->out_stride); }
    if (args->logsumexp != NULL) { job->format.kernels->fill(rows, -INFINITY, args->logsumexp + position); }
    if (args->scores != NULL) { job->format.kernels->fill(rows * args->keys, -INFINITY, args->scores + position * args->keys); }
}

static void keep_scores(const lathe_attention_job *job, int64_t position, int64_t rows, int64_t visible, int64_t width, const float *scores) {
    const int64_t keys = job->args->keys;
    for (int64_t r = 0; r < rows; r++) {
        float *kept = job->args->scores + (position + r) * keys;
        memcpy(kept, scores + r * width, (size_t)visible * sizeof(float));
        job->format.kernels->fill(keys - visible, -INFINITY, kept + visible);
    }
}

/// Whether scores may stay unscaled until the softmax scales them: where nothing else is done with them, and bf16 is exact enough.
static bool scales_late(const lathe_attention_job *job, lathe_key_range range) {
    const lathe_attention_args *args = job->args;
    return job->format.bf16 && range.mask == NULL && args->scores == NULL && args->logsumexp == NULL && args->scale > 0;
}

/// Softmax in place, of scores times `scale`, which is 1 where a logsumexp is wanted.
///
/// log(sum(exp(s))) = max s - log(max P), which spares a pass of its own and leaves P the same whether it is asked for.
static void make_probabilities(const lathe_attention_job *job, int64_t position, int64_t rows, int64_t width, float scale, const worker_scratch *scratch) {
    const lathe_kernels *kernels = job->format.kernels;
    float *logsumexp = job->args->logsumexp;
    if (logsumexp == NULL && job->format.bf16) {
        kernels->softmax_for_bf16(rows, width, scale, scratch->scores, scratch->scores);
        return;
    }
    if (logsumexp == NULL) {
        kernels->softmax(rows, width, scratch->scores, scratch->scores);
        return;
    }
    kernels->reduce_rows(LATHE_MAX, rows, width, scratch->scores, scratch->largest);
    kernels->softmax(rows, width, scratch->scores, scratch->scores);
    kernels->reduce_rows(LATHE_MAX, rows, width, scratch->scores, scratch->share);
    for (int64_t r = 0; r < rows; r++) {
        const float largest = scratch->largest[r];
        logsumexp[position + r] = largest == -INFINITY ? -INFINITY : largest - logf(scratch->share[r]);
    }
}

static void attend_block(const lathe_attention_job *job, const worker_scratch *scratch, lathe_key_range range, int64_t batch, int64_t head,
                         int64_t first) {
    const lathe_attention_args *args = job->args;
    const lathe_panel_format *format = &job->format;
    const lathe_kernels *kernels = format->kernels;
    const int64_t size = args->head_size, padded_size = lathe_padded_depth(format, size);
    const int64_t rows = args->queries - first < job->block_rows ? args->queries - first : job->block_rows;
    const int64_t visible = lathe_visible_keys(args, range.count, first + rows - 1), width = lathe_score_width(visible);
    const int64_t position = (batch * args->heads + head) * args->queries + first;
    if (visible == 0) {
        write_nothing_visible(job, batch, head, first, rows);
        return;
    }

    const bool late = scales_late(job, range);
    if (late) {
        const float *queries = args->q + (batch * args->queries + first) * args->q_stride + head * size;
        lathe_rows_for_tile(format, rows, size, queries, args->q_stride, scratch->q_rows);
    } else {
        lathe_scaled_queries(job, batch, head, first, rows, scratch->queries);
        if (format->bf16) { lathe_rows_for_tile(format, rows, size, scratch->queries, size, scratch->q_rows); }
    }
    lathe_tile_product(format, rows, visible, size, scratch->q_rows, padded_size, scratch->k_panels, size, scratch->scores, width, false);
    for (int64_t r = 0; r < rows && range.mask != NULL; r++) {
        float *row = scratch->scores + r * width;
        kernels->binary(LATHE_ADD, visible, row, 1, range.mask, 1, row);
    }
    lathe_hide_keys(job, range.count, first, rows, scratch->scores, width);
    if (args->scores != NULL) { keep_scores(job, position, rows, visible, width, scratch->scores); }

    make_probabilities(job, position, rows, width, late ? args->scale : 1, scratch);
    for (int64_t r = 0; r < rows && args->dropout > 0; r++) {
        float *row = scratch->scores + r * width;
        kernels->dropout(visible, args->seed, lathe_dropout_block(job, position + r), 1 - args->dropout, row, row);
    }
    if (format->bf16) { lathe_round_for_tile(kernels, rows * width, scratch->scores, scratch->p_rows); }
    float *out = args->out + (batch * args->queries + first) * args->out_stride + head * size;
    lathe_tile_product(format, rows, size, visible, scratch->p_rows, width, scratch->v_panels, job->max_width, out, args->out_stride, false);
}

static void run_task(void *context, int64_t index, int worker) {
    const forward_call *call = context;
    const lathe_attention_job *job = &call->job;
    const lathe_attention_args *args = job->args;
    const int64_t part = index % call->parts, head = index / call->parts % args->heads, batch = index / call->parts / args->heads;
    worker_scratch scratch;
    lay_out(job, call->memory + (size_t)worker * call->worker_bytes, &scratch);
    if (args->queries <= lathe_direct_queries) {
        lathe_attention_direct(job, batch, head, scratch.scores);
        return;
    }
    const lathe_key_range range = lathe_attention_keys(args, batch);
    const int64_t size = args->head_size;
    const float *k = args->k + batch * args->keys * args->k_stride + head * size;
    const float *v = args->v + batch * args->keys * args->v_stride + head * size;
    lathe_panels_from_columns(&job->format, size, range.count, k, args->k_stride, scratch.k_panels, size, scratch.packing);
    lathe_panels_from_rows(&job->format, range.count, size, v, args->v_stride, scratch.v_panels, job->max_width);
    for (int64_t block = part; block < job->blocks; block += call->parts) {
        attend_block(job, &scratch, range, batch, head, block * job->block_rows);
    }
}

size_t lathe_attention_worker_workspace(const lathe_attention_args *args) {
    lathe_attention_job job;
    worker_scratch scratch;
    return lathe_attention_prepare(args, &job) == LATHE_OK ? lay_out(&job, NULL, &scratch) : 0;
}

size_t lathe_attention_workspace(const lathe_attention_args *args) {
    return lathe_attention_worker_workspace(args) * (size_t)lathe_thread_count();
}

lathe_status lathe_attention(const lathe_attention_args *args, void *workspace, size_t workspace_size) {
    forward_call call;
    const lathe_status status = lathe_attention_prepare(args, &call.job);
    if (status != LATHE_OK) { return status; }
    const int64_t heads = args->batch * args->heads;
    if (heads == 0 || args->queries == 0 || args->head_size == 0) { return LATHE_OK; }
    if (args->q == NULL || args->out == NULL || (args->keys > 0 && (args->k == NULL || args->v == NULL))) { return LATHE_INVALID_ARGUMENT; }
    worker_scratch scratch;
    call.memory = workspace;
    call.worker_bytes = lay_out(&call.job, NULL, &scratch);
    const int workers = lathe_worker_count(workspace_size, call.worker_bytes);
    if (workers == 0) { return LATHE_WORKSPACE_TOO_SMALL; }

    // Packing is repeated by each part of a head, so heads are split only when there are too few of them.
    call.parts = 1;
    if (args->queries > lathe_direct_queries && heads < 2 * workers) {
        call.parts = (2 * workers + heads - 1) / heads;
        if (call.parts > call.job.blocks) { call.parts = call.job.blocks; }
    }
    lathe_parallel_on(workers, heads * call.parts, run_task, &call);
    return LATHE_OK;
}
