// f32 products with few rows and a B that is not packed: bringing B into panels would cost more than multiplying, so it is read once, where
// it is stored. A B of 16-bit floats becomes f32 piece by piece, on the stack.

#include "gemm/operands.h"
#include "gemm/pieces.h"

enum {
    MOST_ROWS = lathe_gemm_few_rows_limit,
    /// Columns of C that one task computes.
    COLUMNS = 128,
    /// Values of k that become f32 at a time where B has 16 bits.
    PIECE = 1024,
    /// Rows of B, of COLUMNS values, that are added for one row of A after the other while they are in a near cache.
    BLOCK = 32,
};

typedef struct call {
    const lathe_gemm_args *args;
    const lathe_kernels *kernels;
    const float *a;
    int64_t a_stride;
} call;

bool lathe_gemm_has_few_rows(const lathe_gemm_args *args) {
    return args->compute == LATHE_COMPUTE_F32 && args->b_packed == NULL && args->m <= MOST_ROWS;
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
            for (int64_t row = 0; row < g->m; row++) {
                const float sum = call->kernels->dot(count, call->a + row * call->a_stride + k0, b);
                sums[row * COLUMNS + c] = k0 == 0 ? sum : sums[row * COLUMNS + c] + sum;
            }
        }
    }
}

/// B is [k, n]: sums[row][c] grows by one value of k at a time.
static void add_rows(const call *call, int64_t first, int64_t columns, float *sums) {
    const lathe_gemm_args *g = call->args;
    _Alignas(64) float copy[BLOCK * COLUMNS];
    for (int64_t k0 = 0; k0 < g->k; k0 += BLOCK) {
        const int64_t count = g->k - k0 < BLOCK ? g->k - k0 : BLOCK;
        const float *b = (const float *)g->b + k0 * g->b_stride + first;
        int64_t stride = g->b_stride;
        if (g->b_type != LATHE_F32) {
            for (int64_t i = 0; i < count; i++) { read_b(call, (k0 + i) * g->b_stride + first, columns, copy + i * COLUMNS); }
            b = copy, stride = COLUMNS;
        }
        for (int64_t row = 0; row < g->m; row++) {
            call->kernels->add_scaled_rows(count, columns, call->a + row * call->a_stride + k0, b, stride, sums + row * COLUMNS);
        }
    }
}

static void run_task(void *context, int64_t index, int worker) {
    (void)worker;
    const call *call = context;
    const lathe_gemm_args *g = call->args;
    const int64_t first = index * COLUMNS, columns = g->n - first < COLUMNS ? g->n - first : COLUMNS;
    _Alignas(64) float sums[MOST_ROWS * COLUMNS];
    for (int64_t row = 0; row < g->m; row++) { call->kernels->fill(columns, 0, sums + row * COLUMNS); }
    (g->b_transposed ? multiply_columns : add_rows)(call, first, columns, sums);
    const lathe_gemm_epilogue block = lathe_gemm_epilogue_for(g, NULL, 0, g->m, first, columns, sums, COLUMNS);
    call->kernels->gemm_epilogue(&block);
}

void lathe_gemm_few_rows(const lathe_gemm_args *args, const lathe_kernels *kernels, const float *a, int64_t a_stride, int threads) {
    call call = {args, kernels, a, a_stride};
    lathe_gemm_run(threads, lathe_ceil_div(args->n, COLUMNS), run_task, &call);
}
