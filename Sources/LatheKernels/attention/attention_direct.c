// Attention of few queries, as in token-by-token decoding: K and V are read once, where they lie.

#include "attention/attention_job.h"

#include <math.h>
#include <string.h>

static void attend_row(const lathe_attention_job *job, lathe_key_range range, int64_t batch, int64_t head, int64_t row, float *scores) {
    const lathe_attention_args *args = job->args;
    const lathe_kernels *kernels = job->format.kernels;
    const int64_t size = args->head_size, keys = args->keys;
    const int64_t visible = lathe_visible_keys(args, range.count, row);
    const int64_t position = (batch * args->heads + head) * args->queries + row;
    const float *q = args->q + (batch * args->queries + row) * args->q_stride + head * size;
    const float *k = args->k + batch * keys * args->k_stride + head * size;
    const float *v = args->v + batch * keys * args->v_stride + head * size;
    float *out = args->out + (batch * args->queries + row) * args->out_stride + head * size;

    for (int64_t j = 0; j < visible; j++) { scores[j] = args->scale * kernels->dot(size, q, k + j * args->k_stride); }
    if (range.mask != NULL) { kernels->binary(LATHE_ADD, visible, scores, 1, range.mask, 1, scores); }
    if (args->scores != NULL) {
        float *kept = args->scores + position * keys;
        memcpy(kept, scores, (size_t)visible * sizeof(float));
        kernels->fill(keys - visible, -INFINITY, kept + visible);
    }
    const float largest = kernels->reduce(LATHE_MAX, visible, scores);
    kernels->softmax(1, visible, scores, scores);
    if (args->logsumexp != NULL) {
        args->logsumexp[position] = largest == -INFINITY ? -INFINITY : largest - logf(kernels->reduce(LATHE_MAX, visible, scores));
    }
    if (args->dropout > 0) {
        kernels->dropout(visible, args->seed, lathe_dropout_block(job, position), 1 - args->dropout, scores, scores);
    }
    kernels->fill(size, 0, out);
    for (int64_t j = 0; j < visible; j++) {
        // Hidden and dropped keys need not be read.
        if (scores[j] != 0) { kernels->scale_add(size, scores[j], v + j * args->v_stride, 1, out); }
    }
}

void lathe_attention_direct(const lathe_attention_job *job, int64_t batch, int64_t head, float *scores) {
    const lathe_key_range range = lathe_attention_keys(job->args, batch);
    for (int64_t row = 0; row < job->args->queries; row++) { attend_row(job, range, batch, head, row, scores); }
}
