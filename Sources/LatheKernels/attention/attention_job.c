// What the forward and backward pass of attention share.

#include "attention/attention_job.h"

#include <math.h>

/// A block of scores stays in the second-level cache with its head's K and V.
enum { BLOCK_ROWS = 64, BLOCK_SCORES = 64 * 1024 };

static bool has_strides(const lathe_attention_args *args) {
    const int64_t width = args->heads * args->head_size;
    return args->q_stride >= width && args->k_stride >= width && args->v_stride >= width && args->out_stride >= width;
}

lathe_status lathe_attention_prepare(const lathe_attention_args *args, lathe_attention_job *job) {
    if (args->batch < 0 || args->heads < 0 || args->queries < 0 || args->keys < 0 || args->head_size < 0) { return LATHE_INVALID_ARGUMENT; }
    if (!(args->dropout >= 0 && args->dropout < 1) || !has_strides(args)) { return LATHE_INVALID_ARGUMENT; }
    if (args->compute != LATHE_COMPUTE_F32 && args->compute != LATHE_COMPUTE_BF16) { return LATHE_UNSUPPORTED; }
    const lathe_kernels *kernels = args->kernels != NULL ? args->kernels : lathe_kernels_active();
    if (kernels == NULL) { return LATHE_INVALID_ARGUMENT; }

    job->args = args;
    job->format = lathe_panel_format_for(kernels, args->compute);
    job->max_width = lathe_score_width(args->keys);
    int64_t rows = BLOCK_ROWS;
    while (rows > 16 && rows * job->max_width > BLOCK_SCORES) { rows /= 2; }
    // Whole tiles, in blocks of equal size.
    const int64_t tile_rows = job->format.tile->rows;
    rows = rows > tile_rows ? rows / tile_rows * tile_rows : tile_rows;
    const int64_t blocks = (args->queries + rows - 1) / rows;
    job->block_rows = blocks > 0 ? lathe_round_up((args->queries + blocks - 1) / blocks, tile_rows) : tile_rows;
    job->blocks = (args->queries + job->block_rows - 1) / job->block_rows;
    job->row_blocks = (uint64_t)lathe_round_up(args->keys, 64) / 64;
    return LATHE_OK;
}

lathe_key_range lathe_attention_keys(const lathe_attention_args *args, int64_t batch) {
    lathe_key_range range = {NULL, args->keys};
    if (args->key_mask == NULL) { return range; }
    const float *mask = args->key_mask + batch * args->keys;
    while (range.count > 0 && mask[range.count - 1] == -INFINITY) { range.count--; }
    for (int64_t j = 0; j < range.count && range.mask == NULL; j++) {
        if (mask[j] != 0) { range.mask = mask; }
    }
    return range;
}

void lathe_hide_keys(const lathe_attention_job *job, int64_t keys, int64_t first_row, int64_t rows, float *scores, int64_t width) {
    for (int64_t r = 0; r < rows; r++) {
        const int64_t visible = lathe_visible_keys(job->args, keys, first_row + r);
        for (int64_t j = visible; j < width; j++) { scores[r * width + j] = -INFINITY; }
    }
}

void lathe_scaled_queries(const lathe_attention_job *job, int64_t batch, int64_t head, int64_t first, int64_t rows, float *queries) {
    const lathe_attention_args *args = job->args;
    const int64_t size = args->head_size;
    const float *q = args->q + (batch * args->queries + first) * args->q_stride + head * size;
    for (int64_t r = 0; r < rows; r++) {
        job->format.kernels->scale_add(size, args->scale, q + r * args->q_stride, 0, queries + r * size);
    }
}
