// Fused attention, forward and backward, against plain loops in double precision.

#include <float.h>

#include "driver_support.h"
#include "include/LatheKernelAgreement.h"

typedef enum mask_kind { NO_MASK, ZERO_MASK, LARGE_MASK, INFINITE_TAIL, INFINITE_INSIDE, ALL_HIDDEN } mask_kind;

typedef struct attention_case {
    const char *name;
    int64_t batch, heads, queries, keys, head_size;
    bool causal;
    mask_kind mask;
    float dropout;
    bool scores;   ///< asks for the scores, and gives them a gradient in the backward pass
    int64_t gap;   ///< elements between one token's heads and the next token's
    lathe_compute compute;
} attention_case;

static const attention_case cases[] = {
    {"one of each", 1, 1, 1, 1, 1, false, NO_MASK, 0, false, 0, LATHE_COMPUTE_F32},
    {"small odd", 2, 3, 7, 9, 5, false, NO_MASK, 0, true, 3, LATHE_COMPUTE_F32},
    {"blocks of queries", 1, 2, 131, 37, 16, false, ZERO_MASK, 0, false, 0, LATHE_COMPUTE_F32},
    {"padded batch", 3, 2, 33, 33, 64, false, INFINITE_TAIL, 0, true, 0, LATHE_COMPUTE_F32},
    {"padded with large values", 2, 2, 20, 33, 24, false, LARGE_MASK, 0, true, 1, LATHE_COMPUTE_F32},
    {"hidden in between", 2, 2, 19, 70, 17, false, INFINITE_INSIDE, 0.25f, true, 0, LATHE_COMPUTE_F32},
    {"nothing visible", 2, 1, 9, 21, 8, false, ALL_HIDDEN, 0, true, 2, LATHE_COMPUTE_F32},
    {"causal", 1, 2, 97, 97, 32, true, NO_MASK, 0, true, 64, LATHE_COMPUTE_F32},
    {"causal with a past", 2, 1, 21, 90, 12, true, INFINITE_TAIL, 0.1f, false, 0, LATHE_COMPUTE_F32},
    {"causal, fewer keys", 1, 2, 90, 21, 12, true, NO_MASK, 0.1f, true, 0, LATHE_COMPUTE_F32},
    {"dropout", 2, 2, 40, 129, 8, false, LARGE_MASK, 0.5f, true, 0, LATHE_COMPUTE_F32},
    {"one query", 2, 3, 1, 67, 33, true, INFINITE_TAIL, 0, true, 5, LATHE_COMPUTE_F32},
    {"few queries", 2, 2, 4, 19, 16, true, INFINITE_INSIDE, 0.2f, true, 0, LATHE_COMPUTE_F32},
    {"few queries, fewer keys", 1, 2, 4, 2, 16, true, NO_MASK, 0, true, 0, LATHE_COMPUTE_F32},
    {"no keys", 1, 2, 6, 0, 4, false, NO_MASK, 0, false, 0, LATHE_COMPUTE_F32},
    {"one query, no keys", 2, 1, 1, 0, 4, true, NO_MASK, 0, true, 0, LATHE_COMPUTE_F32},
    {"no batch", 0, 2, 6, 3, 4, false, NO_MASK, 0, false, 0, LATHE_COMPUTE_F32},
    {"bf16", 2, 2, 35, 41, 64, false, LARGE_MASK, 0, true, 0, LATHE_COMPUTE_BF16},
    {"bf16 odd, causal", 1, 3, 75, 75, 13, true, INFINITE_TAIL, 0.1f, false, 7, LATHE_COMPUTE_BF16},
};

static float *make_mask(const attention_case *c) {
    if (c->mask == NO_MASK) { return NULL; }
    float *mask = aligned_memory((size_t)(c->batch * c->keys) * sizeof(float));
    for (int64_t b = 0; b < c->batch; b++) {
        const int64_t kept = c->keys - c->keys / 3 * b % (c->keys + 1);  // all keys in the first entry, fewer in the next ones
        for (int64_t j = 0; j < c->keys; j++) {
            float value = 0;
            if (c->mask == LARGE_MASK && j >= kept) { value = b % 2 ? -10000 : -FLT_MAX; }
            if (c->mask == INFINITE_TAIL && j >= kept) { value = -INFINITY; }
            if (c->mask == INFINITE_INSIDE) { value = j % 5 == 2 ? -INFINITY : (float)(j % 3) * 0.25f; }
            if (c->mask == ALL_HIDDEN && b == 0) { value = -INFINITY; }
            mask[b * c->keys + j] = value;
        }
    }
    return mask;
}

/// All tensors of a case, the expected ones in double precision and without gaps.
typedef struct attention_data {
    lathe_attention_backward_args args;
    int64_t query_count, key_count, row_count, score_count;  ///< values, gaps included in the first two
    double *out, *logsumexp, *scores, *dq, *dk, *dv;
} attention_data;

static attention_data make_data(const attention_case *c, const lathe_kernels *kernels) {
    attention_data d = {0};
    const int64_t stride = c->heads * c->head_size + c->gap;
    d.query_count = c->batch * c->queries * stride;
    d.key_count = c->batch * c->keys * stride;
    d.row_count = c->batch * c->heads * c->queries;
    d.score_count = d.row_count * c->keys;
    d.args.forward = (lathe_attention_args){
        .kernels = kernels, .compute = c->compute, .batch = c->batch, .heads = c->heads, .queries = c->queries, .keys = c->keys,
        .head_size = c->head_size, .q = test_values(d.query_count, 1), .k = test_values(d.key_count, 2), .v = test_values(d.key_count, 3),
        .q_stride = stride, .k_stride = stride, .v_stride = stride, .key_mask = make_mask(c), .causal = c->causal, .scale = 0.7f,
        .dropout = c->dropout, .seed = 77, .block = 5, .out = untouched_values(d.query_count), .out_stride = stride,
        .logsumexp = untouched_values(d.row_count), .scores = c->scores ? untouched_values(d.score_count) : NULL,
    };
    d.args.dout = test_values(d.query_count, 4);
    d.args.dscores = c->scores ? test_values(d.score_count, 5) : NULL;
    d.args.dq = untouched_values(d.query_count);
    d.args.dk = untouched_values(d.key_count);
    d.args.dv = untouched_values(d.key_count);
    d.args.dout_stride = d.args.dq_stride = d.args.dk_stride = d.args.dv_stride = stride;
    double **expected[] = {&d.out, &d.dq, &d.dk, &d.dv, &d.logsumexp, &d.scores};
    const int64_t counts[] = {d.query_count, d.query_count, d.key_count, d.key_count, d.row_count, d.score_count};
    for (int i = 0; i < 6; i++) {
        *expected[i] = aligned_memory((size_t)counts[i] * sizeof(double));
        for (int64_t j = 0; j < counts[i]; j++) { (*expected[i])[j] = untouched; }
    }
    return d;
}

static void free_data(attention_data *d) {
    lathe_attention_args *f = &d->args.forward;
    void *memory[] = {(void *)f->q, (void *)f->k, (void *)f->v, (void *)f->key_mask, f->out, f->logsumexp, f->scores, (void *)d->args.dout,
                      (void *)d->args.dscores, d->args.dq, d->args.dk, d->args.dv, d->out, d->logsumexp, d->scores, d->dq, d->dk, d->dv};
    for (size_t i = 0; i < sizeof memory / sizeof *memory; i++) { free(memory[i]); }
}

/// One query row: forward, then its share of the gradients.
static void reference_row(attention_data *d, int64_t b, int64_t h, int64_t i, double *p, double *factor, float *uniform) {
    const lathe_attention_args *f = &d->args.forward;
    const int64_t size = f->head_size, keys = f->keys, padded = (keys + 63) / 64 * 64, stride = f->q_stride;
    const int64_t row = (b * f->heads + h) * f->queries + i, at = (b * f->queries + i) * stride + h * size;
    const int64_t key_at = b * keys * stride + h * size;
    double largest = -INFINITY, sum = 0;
    for (int64_t j = 0; j < keys; j++) {
        p[j] = 0;
        for (int64_t e = 0; e < size; e++) { p[j] += (double)f->q[at + e] * f->k[key_at + j * stride + e]; }
        p[j] = p[j] * f->scale + (f->key_mask ? f->key_mask[b * keys + j] : 0);
        if (f->causal && j > i + keys - f->queries) { p[j] = -INFINITY; }
        d->scores[row * keys + j] = p[j];
        largest = fmax(largest, p[j]);
    }
    for (int64_t j = 0; j < keys; j++) { sum += p[j] = largest == -INFINITY ? 0 : exp(p[j] - largest); }
    d->logsumexp[row] = largest == -INFINITY ? -INFINITY : largest + log(sum);
    f->kernels->random_uniform(padded, f->seed, f->block + (uint64_t)(row * padded / 64), 0, 1, uniform);
    const float keep = 1 - f->dropout;
    for (int64_t j = 0; j < keys; j++) {
        if (sum > 0) { p[j] /= sum; }
        factor[j] = f->dropout > 0 ? (uniform[j] < keep ? 1.0 / keep : 0) : 1;
    }
    for (int64_t e = 0; e < size; e++) {
        double o = 0;
        for (int64_t j = 0; j < keys; j++) { o += p[j] * factor[j] * f->v[key_at + j * stride + e]; }
        d->out[at + e] = o;
    }

    double shared = 0;
    for (int64_t j = 0; j < keys; j++) {
        double dp = 0;
        for (int64_t e = 0; e < size; e++) {
            d->dv[key_at + j * stride + e] += p[j] * factor[j] * d->args.dout[at + e];
            dp += (double)d->args.dout[at + e] * f->v[key_at + j * stride + e];
        }
        factor[j] *= dp;
        shared += p[j] * factor[j];
    }
    for (int64_t j = 0; j < keys; j++) {
        const bool hidden = d->scores[row * keys + j] == -INFINITY;
        const double ds = p[j] * (factor[j] - shared) + (d->args.dscores && !hidden ? d->args.dscores[row * keys + j] : 0);
        for (int64_t e = 0; e < size; e++) {
            d->dq[at + e] += f->scale * ds * f->k[key_at + j * stride + e];
            d->dk[key_at + j * stride + e] += f->scale * ds * f->q[at + e];
        }
    }
}

static void zero_heads(const lathe_attention_args *f, int64_t tokens, double *x) {
    for (int64_t t = 0; t < tokens; t++) { memset(x + t * f->q_stride, 0, (size_t)(f->heads * f->head_size) * sizeof(double)); }
}

static void reference(attention_data *d) {
    const lathe_attention_args *f = &d->args.forward;
    zero_heads(f, f->batch * f->queries, d->dq);
    zero_heads(f, f->batch * f->keys, d->dk);
    zero_heads(f, f->batch * f->keys, d->dv);
    double *p = aligned_memory((size_t)f->keys * sizeof(double)), *factor = aligned_memory((size_t)f->keys * sizeof(double));
    float *uniform = aligned_memory((size_t)(f->keys + 64) * sizeof(float));
    for (int64_t b = 0; b < f->batch; b++) {
        for (int64_t h = 0; h < f->heads; h++) {
            for (int64_t i = 0; i < f->queries; i++) { reference_row(d, b, h, i, p, factor, uniform); }
        }
    }
    free(p);
    free(factor);
    free(uniform);
}

/// Both passes with `threads` threads.
static bool run(const attention_case *c, attention_data *d, int threads, char *message, size_t size) {
    const int before = lathe_thread_count();
    lathe_set_thread_count(threads);
    const size_t forward = lathe_attention_workspace(&d->args.forward), backward = lathe_attention_backward_workspace(&d->args);
    void *memory = aligned_memory(forward), *backward_memory = aligned_memory(backward);
    lathe_status status = lathe_attention(&d->args.forward, memory, forward);
    if (status == LATHE_OK) { status = lathe_attention_backward(&d->args, backward_memory, backward); }
    free(memory);
    free(backward_memory);
    lathe_set_thread_count(before);
    return status == LATHE_OK || failure(message, size, "attention, %s: status %d", c->name, (int)status);
}

static bool check_values(const attention_case *c, const attention_data *d, char *message, size_t size) {
    const lathe_attention_args *f = &d->args.forward;
    const double tolerance = c->compute == LATHE_COMPUTE_BF16 ? 2e-2 : 1e-5;
    char what[100];
#define CHECK(field, count, got) \
    snprintf(what, sizeof what, "attention, %s: " #field, c->name); \
    if (!close_values(what, count, got, d->field, tolerance, message, size)) { return false; }
    CHECK(out, d->query_count, f->out)
    CHECK(logsumexp, d->row_count, f->logsumexp)
    if (f->scores != NULL) { CHECK(scores, d->score_count, f->scores) }
    CHECK(dq, d->query_count, d->args.dq)
    CHECK(dk, d->key_count, d->args.dk)
    CHECK(dv, d->key_count, d->args.dv)
#undef CHECK
    return true;
}

static bool check_same(const attention_case *c, const attention_data *one, const attention_data *two, char *message, size_t size) {
    char what[100];
#define CHECK(field, count) \
    snprintf(what, sizeof what, "attention, %s: " #field, c->name); \
    if (!same_values(what, count, two->args.field, one->args.field, message, size)) { return false; }
    CHECK(forward.out, one->query_count)
    CHECK(forward.logsumexp, one->row_count)
    if (one->args.forward.scores != NULL) { CHECK(forward.scores, one->score_count) }
    CHECK(dq, one->query_count)
    CHECK(dk, one->key_count)
    CHECK(dv, one->key_count)
#undef CHECK
    return true;
}

static bool check_case(const attention_case *c, const lathe_kernels *kernels, char *message, size_t size) {
    attention_data one = make_data(c, kernels), two = make_data(c, kernels);
    reference(&one);
    const bool passed = run(c, &one, 1, message, size) && run(c, &two, 2, message, size) && check_values(c, &one, message, size) &&
                        check_same(c, &one, &two, message, size);
    free_data(&one);
    free_data(&two);
    return passed;
}

static bool check_all(const lathe_kernels *kernels, char *message, size_t size) {
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        if (!check_case(&cases[i], kernels, message, size)) { return false; }
    }
    return true;
}

/// Wrong arguments give a status, and leave memory alone.
static bool check_arguments(const lathe_kernels *kernels, char *message, size_t size) {
    float values[64] = {0};
    lathe_attention_args args = {.kernels = kernels, .compute = LATHE_COMPUTE_F32, .batch = 1, .heads = 2, .queries = 8, .keys = 8,
                                 .head_size = 4, .q = values, .k = values, .v = values, .q_stride = 8, .k_stride = 8, .v_stride = 8,
                                 .scale = 1, .out = values, .out_stride = 8};
    const size_t bytes = lathe_attention_workspace(&args);
    if (lathe_attention(&args, NULL, 64) != LATHE_WORKSPACE_TOO_SMALL) { return failure(message, size, "attention: small workspace taken"); }
    lathe_attention_args wrong = args;
    wrong.q_stride = 7;
    if (lathe_attention(&wrong, NULL, bytes) != LATHE_INVALID_ARGUMENT) { return failure(message, size, "attention: overlapping tokens taken"); }
    wrong = args;
    wrong.dropout = 1;
    if (lathe_attention(&wrong, NULL, bytes) != LATHE_INVALID_ARGUMENT) { return failure(message, size, "attention: dropout 1 taken"); }
    wrong = args;
    wrong.compute = LATHE_COMPUTE_INT8;
    if (lathe_attention(&wrong, NULL, bytes) != LATHE_UNSUPPORTED) { return failure(message, size, "attention: int8 taken"); }
    return true;
}

const lathe_agreement *lathe_attention_agreements(int *count) {
    static const lathe_agreement agreements[] = {
        {"attention", check_all},
        {"attention arguments", check_arguments},
    };
    *count = (int)(sizeof agreements / sizeof *agreements);
    return agreements;
}
