// u8 x s8 matrix product with AMX: 16 x 16 sums of 64 products each in one instruction.

#if defined(__x86_64__)

#include "include/lathe_gemm.h"

#include <immintrin.h>
#include <string.h>

extern const lathe_gemm_tile lathe_gemm_int8_avx512_vnni;

#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx2,amx-tile,amx-int8"))), apply_to = function)

#define DEPTH 4
#define SMALL lathe_gemm_int8_avx512_vnni
#define MULTIPLY_ADD(sums, a, b) _tile_dpbusd(sums, a, b)
typedef int32_t sum_t;

#include "x86/gemm_amx_template.h"

#pragma clang attribute pop

void lathe_lowbit_rows_avx512_vnni(int bits, int rows, int64_t k, const uint8_t *a, int64_t a_stride, const uint8_t *panel, int32_t *acc);

const lathe_gemm_tile lathe_gemm_int8_amx = {ROWS, COLUMNS, DEPTH, kernel, peak, lathe_lowbit_rows_avx512_vnni, NULL, STEP_WORDS * DEPTH};

#endif
