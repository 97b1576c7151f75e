#include "gemm/pieces.h"

lathe_gemm_epilogue lathe_gemm_epilogue_for(const lathe_gemm_args *args, const int32_t *b_sums, int64_t row, int64_t rows, int64_t column,
                                            int64_t columns, const void *sums, int64_t sums_stride) {
    return (lathe_gemm_epilogue){
        .rows = rows,
        .cols = columns,
        .sums = sums,
        .integer = args->compute == LATHE_COMPUTE_INT8,
        .sums_stride = sums_stride,
        .a_scale = args->a_scale == NULL ? NULL : args->a_scale + row,
        .a_zero = args->a_zero == NULL ? NULL : args->a_zero + row,
        .b_scale = args->b_scale == NULL ? NULL : args->b_scale + column,
        .b_sums = b_sums == NULL ? NULL : b_sums + column,
        .alpha = args->alpha,
        .bias = args->bias == NULL ? NULL : args->bias + column,
        .preactivation = args->preactivation == NULL ? NULL : args->preactivation + row * args->preactivation_stride + column,
        .preactivation_stride = args->preactivation_stride,
        .activation = args->activation,
        .residual = args->residual == NULL ? NULL : args->residual + row * args->residual_stride + column,
        .residual_stride = args->residual_stride,
        .c = lathe_gemm_place(args, row, column),
        .c_type = args->c_type,
        .c_stride = args->c_stride,
        .accumulate = args->accumulate,
        .c_scale = args->c_scale,
        .c_zero = args->c_zero,
    };
}

void lathe_gemm_run(int threads, int64_t count, lathe_task task, void *context) {
    if (threads > 1) {
        lathe_parallel_on(threads, count, task, context);
        return;
    }
    for (int64_t i = 0; i < count; i++) { task(context, i, 0); }
}

void lathe_gemm_fetch(const lathe_gemm_args *args, int64_t row, int64_t end, int64_t column, int64_t columns) {
    const int64_t bytes = columns * lathe_gemm_c_size(args);
    for (; row < end; row++) {
        const uint8_t *line = lathe_gemm_place(args, row, column);
        for (int64_t i = 0; i < bytes; i += 64) { __builtin_prefetch(line + i, 1, 3); }
    }
}
