// f32 products with few rows and a B that is not packed: bringing B into panels would cost more than multiplying, so it is read once, where
// it lies.

#include "gemm/operands.h"
#include "gemm/pieces.h"

enum {
    MOST_ROWS = 4,
    /// Columns of C that one task computes.
    COLUMNS = 128,
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

/// sums[c] = the row times the columns of B from `first` on.
static void multiply_row(const call *call, const float *a, int64_t first, int64_t columns, float *sums) {
    const lathe_gemm_args *g = call->args;
    const float *b = g->b;
    if (g->b_transposed) {
        for (int64_t c = 0; c < columns; c++) { sums[c] = call->kernels->dot(g->k, a, b + (first + c) * g->b_stride); }
        return;
    }
    call->kernels->fill(columns, 0, sums);
    for (int64_t i = 0; i < g->k; i++) { call->kernels->scale_add(columns, a[i], b + i * g->b_stride + first, 1, sums); }
}

static void run_task(void *context, int64_t index, int worker) {
    (void)worker;
    const call *call = context;
    const lathe_gemm_args *g = call->args;
    const int64_t first = index * COLUMNS, columns = g->n - first < COLUMNS ? g->n - first : COLUMNS;
    _Alignas(64) float sums[MOST_ROWS * COLUMNS];
    for (int64_t row = 0; row < g->m; row++) { multiply_row(call, call->a + row * call->a_stride, first, columns, sums + row * COLUMNS); }
    const lathe_gemm_epilogue block = lathe_gemm_epilogue_for(g, NULL, 0, g->m, first, columns, sums, COLUMNS);
    call->kernels->gemm_epilogue(&block);
}

void lathe_gemm_few_rows(const lathe_gemm_args *args, const lathe_kernels *kernels, const float *a, int64_t a_stride, int threads) {
    call call = {args, kernels, a, a_stride};
    lathe_gemm_run(threads, lathe_ceil_div(args->n, COLUMNS), run_task, &call);
}
