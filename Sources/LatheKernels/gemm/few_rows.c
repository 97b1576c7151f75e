// f32 products with few rows and a B that is not packed: bringing B into panels would cost more than multiplying, so it is read once, where
// it is stored. A B of 16-bit floats becomes f32 piece by piece, on the stack.
//
// Memory is fastest when it is read in its order. A task therefore takes whole columns of a B that is stored by columns, and of one that is
// stored by rows a range of rows; what the ranges give is added up afterwards. Ranges depend on the shape only, and so does every sum.

#include "gemm/operands.h"
#include "gemm/pieces.h"

enum {
    MOST_ROWS = lathe_gemm_few_rows_limit,
    /// Columns of C that one task finishes.
    COLUMNS = 128,
    /// Values of B that become f32 at a time where B has 16 bits.
    PIECE = 1024,
    /// Rows of B that are added together, for one row of A after the other.
    BLOCK = 8,
    /// Rows of B in a range, at least, and the most ranges.
    RANGE = 128,
    MOST_RANGES = 8,
};

typedef struct call {
    const lathe_gemm_args *args;
    const lathe_kernels *kernels;
    const float *a;
    int64_t a_stride;
    /// [range, row, column]
    float *partial;
    int64_t ranges;
} call;

bool lathe_gemm_has_few_rows(const lathe_gemm_args *args) {
    return args->compute == LATHE_COMPUTE_F32 && args->b_packed == NULL && args->m <= MOST_ROWS;
}

/// Ranges of rows of B; none where it is stored by columns.
static int64_t range_count(const lathe_gemm_args *args) {
    const int64_t count = args->b_transposed ? 0 : lathe_ceil_div(args->k, RANGE);
    return count < MOST_RANGES ? count : MOST_RANGES;
}

size_t lathe_gemm_few_rows_workspace(const lathe_gemm_args *args) {
    return (size_t)(range_count(args) * args->m * args->n) * sizeof(float);
}

/// `count` values of B from the element number `index` on, as f32: B itself or `copy`.
static const float *read_b(const call *call, int64_t index, int64_t count, float *copy) {
    const lathe_gemm_args *g = call->args;
    if (g->b_type == LATHE_F32) { return (const float *)g->b + index; }
    const uint16_t *from = (const uint16_t *)g->b + index;
    (g->b_type == LATHE_BF16 ? call->kernels->bf16_to_f32 : call->kernels->f16_to_f32)(count, from, copy);
    return copy;
}

/// B is [n, k]: sums[row][c] = row · column.
static void multiply_columns(const call *call, int64_t first, int64_t columns, float *sums) {
    const lathe_gemm_args *g = call->args;
    const int64_t step = g->b_type == LATHE_F32 ? g->k : PIECE;
    _Alignas(64) float copy[PIECE];
    for (int64_t c = 0; c < columns; c++) {
        for (int64_t k0 = 0; k0 < g->k; k0 += step) {
            const int64_t count = g->k - k0 < step ? g->k - k0 : step;
            const float *b = read_b(call, (first + c) * g->b_stride + k0, count, copy);
            for (int64_t row = 0; row < g->m; row++) { sums[row * COLUMNS + c] += call->kernels->dot(count, call->a + row * call->a_stride + k0, b); }
        }
    }
}

/// B is [k, n]: partial[row][c] grows by rows of B in f32, `count` of them from k0 on, at `b`.
static void add_block(const call *call, int64_t k0, int64_t count, const float *b, int64_t stride, int64_t columns, float *partial) {
    for (int64_t row = 0; row < call->args->m; row++) {
        call->kernels->add_scaled_rows(count, columns, call->a + row * call->a_stride + k0, b, stride, partial + row * call->args->n);
    }
}

/// The part of every sum that a range of k gives.
static void add_range(void *context, int64_t index, int worker) {
    (void)worker;
    const call *call = context;
    const lathe_gemm_args *g = call->args;
    const int64_t end = (index + 1) * g->k / call->ranges;
    float *partial = call->partial + index * g->m * g->n;
    call->kernels->fill(g->m * g->n, 0, partial);
    _Alignas(64) float copy[BLOCK * PIECE];
    for (int64_t k0 = index * g->k / call->ranges; k0 < end; k0 += BLOCK) {
        const int64_t count = end - k0 < BLOCK ? end - k0 : BLOCK;
        if (g->b_type == LATHE_F32) {
            add_block(call, k0, count, (const float *)g->b + k0 * g->b_stride, g->b_stride, g->n, partial);
            continue;
        }
        for (int64_t c = 0; c < g->n; c += PIECE) {
            const int64_t columns = g->n - c < PIECE ? g->n - c : PIECE;
            for (int64_t i = 0; i < count; i++) { read_b(call, (k0 + i) * g->b_stride + c, columns, copy + i * PIECE); }
            add_block(call, k0, count, copy, PIECE, columns, partial + c);
        }
    }
}

/// Sums of some columns, and their epilogue.
static void finish(void *context, int64_t index, int worker) {
    (void)worker;
    const call *call = context;
    const lathe_gemm_args *g = call->args;
    const int64_t first = index * COLUMNS, columns = g->n - first < COLUMNS ? g->n - first : COLUMNS;
    _Alignas(64) float sums[MOST_ROWS * COLUMNS];
    for (int64_t row = 0; row < g->m; row++) {
        call->kernels->fill(columns, 0, sums + row * COLUMNS);
        call->kernels->add_rows(call->ranges, columns, call->partial + row * g->n + first, g->m * g->n, sums + row * COLUMNS);
    }
    if (g->b_transposed) { multiply_columns(call, first, columns, sums); }
    const lathe_gemm_epilogue block = lathe_gemm_epilogue_for(g, NULL, 0, g->m, first, columns, sums, COLUMNS);
    call->kernels->gemm_epilogue(&block);
}

void lathe_gemm_few_rows(const lathe_gemm_args *args, const lathe_kernels *kernels, const float *a, int64_t a_stride, float *partial, int threads) {
    call call = {args, kernels, a, a_stride, partial, range_count(args)};
    if (call.ranges > 0) { lathe_gemm_run(threads, call.ranges, add_range, &call); }
    lathe_gemm_run(threads, lathe_ceil_div(args->n, COLUMNS), finish, &call);
}
