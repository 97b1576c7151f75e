// bf16 matrix product with AMX: 16 x 16 f32 sums of 32 products each in one instruction.

#if defined(__x86_64__)

#include "include/lathe_gemm.h"

#include <immintrin.h>
#include <string.h>

extern const lathe_gemm_tile lathe_gemm_bf16_avx512_bf16;

#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx2,amx-tile,amx-bf16"))), apply_to = function)

#define DEPTH 2
#define SMALL lathe_gemm_bf16_avx512_bf16
#define MULTIPLY_ADD(sums, a, b) _tile_dpbf16ps(sums, a, b)
typedef float sum_t;

#include "x86/gemm_amx_template.h"

#pragma clang attribute pop

const lathe_gemm_tile lathe_gemm_bf16_amx = {ROWS, COLUMNS, DEPTH, kernel, peak, NULL, NULL, STEP_WORDS * DEPTH};

#endif
