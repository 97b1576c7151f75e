// Products with block-sparse weights: against the dense product of the same codes, whose epilogue they share, bit for bit.

#include "driver_support.h"
#include "include/LatheKernelAgreement.h"

typedef struct sparse_case {
    int64_t m, n, k, block;
    /// Of 256 places of a block, so many are kept.
    int kept;
    bool zeros, bias, residual, extreme;
    lathe_activation activation;
} sparse_case;

static const sparse_case cases[] = {
    {.m = 0, .n = 4, .k = 4, .block = 4, .kept = 128},
    {.m = 3, .n = 0, .k = 4, .block = 4, .kept = 128},
    {.m = 3, .n = 5, .k = 0, .block = 4, .kept = 128, .bias = true},
    {.m = 1, .n = 1, .k = 1, .block = 1, .kept = 256},
    {.m = 1, .n = 64, .k = 128, .block = 4, .kept = 26, .zeros = true, .bias = true},
    {.m = 2, .n = 7, .k = 5, .block = 4, .kept = 128},
    {.m = 5, .n = 33, .k = 63, .block = 1, .kept = 80, .zeros = true},
    {.m = 8, .n = 34, .k = 65, .block = 2, .kept = 80, .bias = true},
    {.m = 15, .n = 70, .k = 129, .block = 3, .kept = 40, .zeros = true},
    {.m = 16, .n = 130, .k = 64, .block = 8, .kept = 30, .zeros = true, .bias = true, .activation = LATHE_ACTIVATION_GELU_ERF},
    {.m = 17, .n = 131, .k = 515, .block = 16, .kept = 26, .residual = true},
    {.m = 33, .n = 67, .k = 100, .block = 5, .kept = 64, .zeros = true, .residual = true},
    {.m = 49, .n = 96, .k = 200, .block = 16, .kept = 13, .zeros = true, .bias = true},
    {.m = 64, .n = 260, .k = 192, .block = 4, .kept = 50, .zeros = true, .bias = true, .residual = true},
    {.m = 79, .n = 66, .k = 77, .block = 6, .kept = 128, .zeros = true, .activation = LATHE_ACTIVATION_RELU},
    {.m = 97, .n = 65, .k = 1100, .block = 4, .kept = 20, .zeros = true},
    {.m = 200, .n = 77, .k = 130, .block = 200, .kept = 40, .zeros = true},
    {.m = 19, .n = 30, .k = 90, .block = 4, .kept = 0, .zeros = true, .bias = true},
    {.m = 21, .n = 30, .k = 90, .block = 4, .kept = 256, .zeros = true},
    {.m = 18, .n = 20, .k = 3001, .block = 4, .kept = 256, .extreme = true},
    {.m = 70, .n = 20, .k = 3001, .block = 4, .kept = 256, .extreme = true},
};

static uint32_t next_word(uint32_t *state) {
    *state = *state * 1664525u + 1013904223u;
    return *state >> 8;
}

/// Codes of a weight with whole blocks of zeros, and now and then a zero in a block that is kept.
static int8_t *sparse_codes(const sparse_case *c) {
    int8_t *codes = aligned_memory((size_t)(c->n * c->k));
    uint32_t state = (uint32_t)(c->m * 31 + c->n * 7 + c->k + c->block);
    for (int64_t first = 0; first < c->n; first += c->block) {
        for (int64_t i = 0; i < c->k; i++) {
            const bool kept = (int)(next_word(&state) % 256) < c->kept;
            for (int64_t o = first; o < first + c->block && o < c->n; o++) {
                const int8_t code = c->extreme ? -128 : (int8_t)(next_word(&state) % 256);
                codes[o * c->k + i] = kept ? code : 0;
            }
        }
    }
    return codes;
}

static bool fails(const sparse_case *c, const char *what, char *message, size_t size) {
    return failure(message, size, "sparse %lldx%lldx%lld, block %lld: %s", (long long)c->m, (long long)c->k, (long long)c->n, (long long)c->block, what);
}

/// Packs and unpacks the codes.
static bool check_layout(const sparse_case *c, const int8_t *codes, char *message, size_t size) {
    lathe_sparse_weight weight;
    void *packed = aligned_memory(lathe_sparse_packed_size(c->n, c->k, c->block, codes, c->k));
    int8_t *back = aligned_memory((size_t)(c->n * c->k));
    bool passed = lathe_sparse_pack(c->n, c->k, c->block, codes, c->k, packed, &weight) == LATHE_OK;
    if (passed) { lathe_sparse_unpack(&weight, back, c->k); }
    passed = passed && memcmp(back, codes, (size_t)(c->n * c->k)) == 0;
    free(packed);
    free(back);
    return passed || fails(c, "codes do not come back", message, size);
}

static bool run(const lathe_gemm_args *args, const lathe_sparse_weight *weight, float *y, int threads) {
    lathe_gemm_args call = *args;
    call.c = y;
    const int before = lathe_thread_count();
    lathe_set_thread_count(threads);
    const size_t bytes = weight != NULL ? lathe_sparse_workspace(&call, weight) : lathe_gemm_workspace(&call);
    void *memory = aligned_memory(bytes);
    const lathe_status status = weight != NULL ? lathe_sparse_product(&call, weight, memory, bytes) : lathe_gemm(&call, memory, bytes);
    free(memory);
    lathe_set_thread_count(before);
    return status == LATHE_OK;
}

static bool check_case(const sparse_case *c, const lathe_kernels *kernels, char *message, size_t size) {
    const int64_t a_stride = c->k + 3, c_stride = c->n + 2, count = c->m * c_stride;
    uint8_t *a = aligned_memory((size_t)(c->m * a_stride));
    uint32_t state = 77;
    for (int64_t i = 0; i < c->m * a_stride; i++) { a[i] = c->extreme ? 255 : (uint8_t)next_word(&state); }
    int32_t *a_zero = aligned_memory((size_t)c->m * sizeof(int32_t));
    for (int64_t r = 0; r < c->m; r++) { a_zero[r] = (int32_t)(next_word(&state) % 256); }
    int8_t *codes = sparse_codes(c);
    float *a_scale = test_values(c->m, 3), *b_scale = test_values(c->n, 4), *bias = test_values(c->n, 5), *residual = test_values(count, 6);
    float *y[] = {untouched_values(count), untouched_values(count), untouched_values(count)};

    lathe_sparse_weight weight;
    void *packed = aligned_memory(lathe_sparse_packed_size(c->n, c->k, c->block, codes, c->k));
    bool passed = lathe_sparse_pack(c->n, c->k, c->block, codes, c->k, packed, &weight) == LATHE_OK;
    const lathe_gemm_args args = {
        .kernels = kernels, .compute = LATHE_COMPUTE_INT8, .m = c->m, .n = c->n, .k = c->k, .a = a, .a_type = LATHE_U8, .a_stride = a_stride,
        .b = codes, .b_type = LATHE_S8, .b_stride = c->k, .b_transposed = true, .a_scale = a_scale, .a_zero = c->zeros ? a_zero : NULL,
        .b_scale = b_scale, .alpha = 1, .bias = c->bias ? bias : NULL, .activation = c->activation, .residual = c->residual ? residual : NULL,
        .residual_stride = c_stride, .c_type = LATHE_F32, .c_stride = c_stride,
    };
    passed = (passed && run(&args, NULL, y[0], 1) && run(&args, &weight, y[1], 1) && run(&args, &weight, y[2], 3)) || fails(c, "refused", message, size);
    if (passed && memcmp(y[1], y[0], (size_t)count * sizeof(float)) != 0) { passed = fails(c, "not the dense product", message, size); }
    if (passed && memcmp(y[2], y[1], (size_t)count * sizeof(float)) != 0) { passed = fails(c, "depends on the threads", message, size); }
    passed = passed && check_layout(c, codes, message, size);
    void *memory[] = {a, a_zero, codes, a_scale, b_scale, bias, residual, y[0], y[1], y[2], packed};
    for (size_t i = 0; i < sizeof memory / sizeof *memory; i++) { free(memory[i]); }
    return passed;
}

static bool products(const lathe_kernels *kernels, char *message, size_t size) {
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        if (!check_case(&cases[i], kernels, message, size)) { return false; }
    }
    return true;
}

/// The kernels of a tile, one strip at a time, against those of the portable variant's plain loops.
static bool strips(const lathe_kernels *kernels, char *message, size_t size) {
    enum { INPUTS = 37, GROUPS = 9, STRIDE = 6, MOST_ROWS = 64 };
    const lathe_sparse_tile *tile = &kernels->sparse;
    if (tile->rows > MOST_ROWS || tile->rows % 16 != 0) { return failure(message, size, "a chunk of %d rows", tile->rows); }
    uint8_t a[INPUTS * MOST_ROWS];
    int8_t codes[GROUPS * 16];
    uint16_t columns[GROUPS * 4];
    uint32_t state = 5;
    for (size_t i = 0; i < sizeof a; i++) { a[i] = (uint8_t)next_word(&state); }
    for (size_t i = 0; i < sizeof codes; i++) { codes[i] = (int8_t)next_word(&state); }
    for (int i = 0; i < GROUPS * 4; i++) { columns[i] = (uint16_t)(i < INPUTS ? i : INPUTS - 1); }
    for (int which = 0; which < 2; which++) {
        const int rows = which == 0 ? tile->rows : 16;
        for (int64_t groups = 0; groups <= GROUPS; groups++) {
            int32_t sums[MOST_ROWS * STRIDE];
            for (int i = 0; i < MOST_ROWS * STRIDE; i++) { sums[i] = 7; }
            (which == 0 ? tile->kernel : tile->few)(groups, columns, a, codes, sums, STRIDE);
            for (int i = 0; i < MOST_ROWS * STRIDE; i++) {
                const int r = i / STRIDE, o = i % STRIDE;
                int32_t expected = r < rows && o < 4 ? 0 : 7;
                for (int64_t at = 0; at < groups * 4 && r < rows && o < 4; at++) {
                    expected += a[columns[at] * rows + r] * codes[at / 4 * 16 + o * 4 + at % 4];
                }
                if (sums[i] != expected) {
                    return failure(message, size, "strip, %d rows, %d groups: [%d, %d] expected %d, got %d", rows, (int)groups, r, o, expected, sums[i]);
                }
            }
        }
    }
    return true;
}

/// Squares are turned round, and nothing beside them is written.
static bool turns(const lathe_kernels *kernels, char *message, size_t size) {
    enum { COLUMNS = 128, A_STRIDE = 130, TO_STRIDE = 19 };
    uint8_t a[16 * A_STRIDE], to[COLUMNS * TO_STRIDE];
    uint32_t state = 9;
    for (size_t i = 0; i < sizeof a; i++) { a[i] = (uint8_t)next_word(&state); }
    memset(to, 0xa5, sizeof to);
    kernels->sparse.turn(COLUMNS, a, A_STRIDE, to, TO_STRIDE);
    for (int i = 0; i < COLUMNS; i++) {
        for (int r = 0; r < TO_STRIDE; r++) {
            if (to[i * TO_STRIDE + r] != (r < 16 ? a[r * A_STRIDE + i] : 0xa5)) { return failure(message, size, "turn: [%d, %d]", r, i); }
        }
    }
    return true;
}

/// Wrong arguments give a status, and leave memory alone.
static bool arguments(const lathe_kernels *kernels, char *message, size_t size) {
    int8_t codes[8 * 8] = {1};
    uint8_t a[8 * 8] = {0};
    float y[8 * 8] = {0};
    lathe_sparse_weight weight;
    if (lathe_sparse_packed_size(8, lathe_sparse_most_inputs + 1, 4, codes, 8) != 0 || lathe_sparse_packed_size(8, 8, 0, codes, 8) != 0) {
        return failure(message, size, "sparse: sizes that cannot be laid out have a size");
    }
    void *packed = aligned_memory(lathe_sparse_packed_size(8, 8, 4, codes, 8));
    const bool refuses = lathe_sparse_pack(8, 8, 0, codes, 8, packed, &weight) == LATHE_INVALID_ARGUMENT;
    lathe_sparse_pack(8, 8, 4, codes, 8, packed, &weight);
    const lathe_gemm_args args = {.kernels = kernels, .compute = LATHE_COMPUTE_INT8, .m = 8, .n = 8, .k = 8, .a = a, .a_type = LATHE_U8, .a_stride = 8,
                                  .alpha = 1, .c = y, .c_type = LATHE_F32, .c_stride = 8};
    const size_t bytes = lathe_sparse_workspace(&args, &weight);
    void *memory = aligned_memory(bytes);
    struct { const char *what; lathe_gemm_args args; size_t bytes; lathe_status expected; } wrong[] = {
        {"small workspace", args, bytes - 1, LATHE_WORKSPACE_TOO_SMALL},
        {"other outputs", args, bytes, LATHE_INVALID_ARGUMENT},
        {"other inputs", args, bytes, LATHE_INVALID_ARGUMENT},
        {"no result", args, bytes, LATHE_INVALID_ARGUMENT},
        {"floats", args, bytes, LATHE_UNSUPPORTED},
    };
    wrong[1].args.n = 7;
    wrong[2].args.k = 9;
    wrong[3].args.c = NULL;
    wrong[4].args.compute = LATHE_COMPUTE_F32;
    bool passed = refuses || failure(message, size, "sparse: blocks of no rows are laid out");
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong && passed; i++) {
        const lathe_status status = lathe_sparse_product(&wrong[i].args, &weight, memory, wrong[i].bytes);
        if (status != wrong[i].expected) { passed = failure(message, size, "sparse, %s: status %d", wrong[i].what, (int)status); }
    }
    free(packed);
    free(memory);
    return passed;
}

static const lathe_agreement agreements[] = {
    {"block-sparse products", products},
    {"block-sparse strips", strips},
    {"turning rows of codes", turns},
    {"block-sparse arguments", arguments},
};

const lathe_agreement *lathe_sparse_agreements(int *count) {
    *count = sizeof agreements / sizeof *agreements;
    return agreements;
}
