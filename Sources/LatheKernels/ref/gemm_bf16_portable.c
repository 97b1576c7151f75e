// bf16 matrix product for any machine: a 4 x 8 tile. A word's two values become f32 by a mask and a shift.

#include "include/lathe_gemm.h"

#include <string.h>

#define ROWS 4
#define VECTORS 2
#define LANES 4
#define DEPTH 2
#define BUSY 8

#include "ref/gemm_sums_portable.h"

/// The values in the low and in the high half of a word.
typedef struct pair {
    f32x4 low, high;
} pair, left_t, right_t;

static inline pair split(u32x4 words) { return (pair){(f32x4)(words << 16), (f32x4)(words & 0xffff0000u)}; }
static inline left_t broadcast(const void *word) { return split(repeat(word)); }
static inline right_t load(const void *words) { return split(words_at(words)); }
static inline sum_t multiply_add(sum_t sum, left_t a, right_t b) { return sum + a.low * b.low + a.high * b.high; }

#define KEEP_LEFT(left) KEEP((left).low); KEEP((left).high)

#include "gemm/tile_template.h"
#include "gemm/gather_template.h"
#include "gemm/peak_template.h"

const lathe_gemm_tile lathe_gemm_bf16_portable = {ROWS, COLUMNS, DEPTH, kernel, peak, NULL, gather, DEPTH};
