// f32 matrix product for any machine: a 4 x 8 tile.

#include "include/lathe_gemm.h"

#include <string.h>

#define ROWS 4
#define VECTORS 2
#define LANES 4
#define DEPTH 1
#define BUSY 8

#include "ref/gemm_sums_portable.h"

typedef f32x4 left_t, right_t;

static inline left_t broadcast(const void *word) { return (f32x4)repeat(word); }
static inline right_t load(const void *words) { return (f32x4)words_at(words); }
static inline sum_t multiply_add(sum_t sum, left_t a, right_t b) { return sum + a * b; }

#include "gemm/tile_template.h"
#include "gemm/gather_template.h"
#include "gemm/peak_template.h"

const lathe_gemm_tile lathe_gemm_f32_portable = {ROWS, COLUMNS, DEPTH, kernel, peak, NULL, gather, DEPTH};
