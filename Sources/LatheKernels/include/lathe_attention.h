#ifndef LATHE_ATTENTION_H
#define LATHE_ATTENTION_H

#include "lathe_types.h"

/// Scaled dot-product attention, fused: the score matrix lives in per-task scratch only.
///
/// scores = scale * Q K^T + key_mask (+ -inf above the diagonal when causal); P = softmax(scores); O = dropout(P) V.
/// Q: [batch, queries, heads, head_size]; K, V: [batch, keys, heads, head_size]; O as Q. Tokens are `*_stride` elements apart (a fused QKV tensor
/// can be read in place); heads are adjacent. Batches are queries (keys) * stride apart.
/// Causal: query i sees keys 0 ... i + keys - queries.
/// A row without any visible key gives zeros.
typedef struct lathe_attention_args {
    const lathe_kernels *kernels;  ///< the variant to use; NULL for the active one
    lathe_compute compute;  ///< f32 or bf16 products
    int64_t batch, heads, queries, keys, head_size;
    const float *q, *k, *v;
    int64_t q_stride, k_stride, v_stride;
    const float *key_mask;  ///< additive, [batch, keys], or NULL
    bool causal;
    float scale;

    float dropout;          ///< share of P dropped, 0 for none
    uint64_t seed, block;   ///< random numbers of P: value ((b * heads + h) * queries + i) * padded_keys + j from `block` on, padded_keys = keys rounded up to 64

    float *out;
    int64_t out_stride;
    float *logsumexp;       ///< [batch, heads, queries], kept for the backward pass; NULL if not needed
    float *scores;          ///< [batch, heads, queries, keys]: the masked, scaled scores, or NULL
} lathe_attention_args;

/// Gradients of the above. `forward` holds the same arguments (out and logsumexp as they were written).
typedef struct lathe_attention_backward_args {
    lathe_attention_args forward;
    const float *dout;
    int64_t dout_stride;
    const float *dscores;   ///< a gradient that arrives at the scores themselves (distillation), or NULL
    float *dq, *dk, *dv;    ///< written; strides as q, k, v (dq_stride …)
    int64_t dq_stride, dk_stride, dv_stride;
} lathe_attention_backward_args;

/// Bytes of 64-byte aligned workspace, all threads together.
size_t lathe_attention_workspace(const lathe_attention_args *args);
/// The share of one thread: with so much, a call runs on the calling thread alone.
size_t lathe_attention_worker_workspace(const lathe_attention_args *args);
lathe_status lathe_attention(const lathe_attention_args *args, void *workspace, size_t workspace_size);

size_t lathe_attention_backward_workspace(const lathe_attention_backward_args *args);
size_t lathe_attention_backward_worker_workspace(const lathe_attention_backward_args *args);
lathe_status lathe_attention_backward(const lathe_attention_backward_args *args, void *workspace, size_t workspace_size);

#endif
