#ifndef LATHE_ATTENTION_JOB_H
#define LATHE_ATTENTION_JOB_H

#include "include/lathe_attention.h"
#include "panels/panels.h"

// What the forward, backward and single-query code share: checking arguments, cutting queries into blocks, and turning products
// Q K^T into masked scores.
//
// A block of scores has `width` columns, the visible keys rounded up to lathe_score_columns; columns beyond the keys hold -inf, so that
// whole blocks go through row kernels in one call and bf16 pairs are complete.

enum { lathe_score_columns = 16 };

/// One call, with what follows from its arguments.
typedef struct lathe_attention_job {
    const lathe_attention_args *args;
    lathe_panel_format format;
    int64_t block_rows;    ///< queries per block; depends on shape and tile only, so that results do not depend on the threads
    int64_t blocks;        ///< per head
    int64_t max_width;     ///< of a block
    uint64_t row_blocks;   ///< blocks of 64 random numbers per row of P
} lathe_attention_job;

/// Checks the arguments and fills in `job`.
lathe_status lathe_attention_prepare(const lathe_attention_args *args, lathe_attention_job *job);

/// The keys of one batch entry up to the last one whose mask is not -inf, and what its mask asks for.
typedef struct lathe_key_range {
    const float *mask;  ///< NULL when it adds nothing
    int64_t count;
} lathe_key_range;

lathe_key_range lathe_attention_keys(const lathe_attention_args *args, int64_t batch);

/// How many of `keys` keys query `row` sees.
static inline int64_t lathe_visible_keys(const lathe_attention_args *args, int64_t keys, int64_t row) {
    if (!args->causal) { return keys; }
    const int64_t limit = row + 1 + args->keys - args->queries;
    return limit < 0 ? 0 : limit < keys ? limit : keys;
}

static inline int64_t lathe_score_width(int64_t visible) {
    return lathe_round_up(visible, lathe_score_columns);
}

/// The block number of the random numbers of row `row` of P (counted over batches, heads and queries).
static inline uint64_t lathe_dropout_block(const lathe_attention_job *job, int64_t row) {
    return job->args->block + (uint64_t)row * job->row_blocks;
}

/// -inf where row `row` sees no key: after its visible keys up to the width.
void lathe_hide_keys(const lathe_attention_job *job, int64_t keys, int64_t first_row, int64_t rows, float *scores, int64_t width);

/// Q's rows first ... first + rows - 1 of one head, times scale, [rows, head_size].
void lathe_scaled_queries(const lathe_attention_job *job, int64_t batch, int64_t head, int64_t first, int64_t rows, float *queries);

/// Attention for one head with few queries, which reads K and V where they are: packing them would cost more than it saves.
void lathe_attention_direct(const lathe_attention_job *job, int64_t batch, int64_t head, float *scores);

/// Calls with at most this many queries are `direct`; bf16 products are f32 there, since memory is what limits them.
enum { lathe_direct_queries = 4 };

#endif
