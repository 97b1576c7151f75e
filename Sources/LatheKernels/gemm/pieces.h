#ifndef LATHE_GEMM_PIECES_H
#define LATHE_GEMM_PIECES_H

// What the ways to compute a piece of C share.

#include "gemm/operands.h"
#include "include/lathe_threads.h"

/// The address of C[row, column].
static inline uint8_t *lathe_gemm_place(const lathe_gemm_args *args, int64_t row, int64_t column) {
    return (uint8_t *)args->c + (row * args->c_stride + column) * lathe_gemm_c_size(args);
}

/// Whether C is too large to be in a near cache, so that its lines are best fetched before the sums that go there are ready.
static inline bool lathe_gemm_is_far(const lathe_gemm_args *args) { return args->m * args->n * lathe_gemm_c_size(args) > 1024 * 1024; }

/// Asks for the lines of C that a tile is going to write: rows row ..< end, `columns` columns from `column` on.
void lathe_gemm_fetch(const lathe_gemm_args *args, int64_t row, int64_t end, int64_t column, int64_t columns);

/// What finishes the sums of a piece of C that begins at (row, column). `b_sums` are all of B's column sums, or NULL.
lathe_gemm_epilogue lathe_gemm_epilogue_for(const lathe_gemm_args *args, const int32_t *b_sums, int64_t row, int64_t rows, int64_t column,
                                            int64_t columns, const void *sums, int64_t sums_stride);

/// Runs the tasks on the threads that the call was cut for, whatever the number of threads is by now.
void lathe_gemm_run(int threads, int64_t count, lathe_task task, void *context);

/// Whether lathe_gemm_few_rows is the way to compute this product.
bool lathe_gemm_has_few_rows(const lathe_gemm_args *args);

/// Bytes of workspace that lathe_gemm_few_rows needs.
size_t lathe_gemm_few_rows_workspace(const lathe_gemm_args *args);

/// An f32 product with few rows, from A's rows at `a` and B where it is stored. `partial` is its workspace.
void lathe_gemm_few_rows(const lathe_gemm_args *args, const lathe_kernels *kernels, const float *a, int64_t a_stride, float *partial, int threads);

#endif
