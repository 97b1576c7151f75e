// u8 x s8 matrix product for any machine: a 4 x 8 tile. The codes in the low and in the high byte of a 16-bit half are multiplied apart: a
// product (at most 255 * 128) fits into 16 bits, and is summed in 32.

#include "include/lathe_gemm.h"

#include <string.h>

#define ROWS 4
#define VECTORS 2
#define LANES 4
#define DEPTH 4
#define INTEGER
#define BUSY 4

#include "ref/gemm_sums_portable.h"

typedef struct pair {
    s16x8 low, high;
} left_t, right_t;

static inline left_t broadcast(const void *word) {
    const u16x8 codes = (u16x8)repeat(word);
    return (left_t){(s16x8)(codes & 0xff), (s16x8)(codes >> 8)};
}
static inline right_t load(const void *words) {
    const s16x8 codes = (s16x8)words_at(words);
    return (right_t){(s16x8)((u16x8)codes << 8) >> 8, codes >> 8};
}

/// The sum of the two 16-bit halves of every word.
static inline s32x4 sum_of_halves(s16x8 values) { return ((s32x4)((u32x4)values << 16) >> 16) + ((s32x4)values >> 16); }

static inline sum_t multiply_add(sum_t sum, left_t a, right_t b) { return sum + sum_of_halves(a.low * b.low) + sum_of_halves(a.high * b.high); }

#define KEEP_LEFT(left) KEEP((left).low); KEEP((left).high)

#include "gemm/tile_template.h"
#include "gemm/gather_template.h"
#include "gemm/peak_template.h"

const lathe_gemm_tile lathe_gemm_int8_portable = {ROWS, COLUMNS, DEPTH, kernel, peak, NULL, gather, DEPTH};
