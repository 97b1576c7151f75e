// The layout of block-sparse weights (lathe_sparse.h), from dense codes and back.

#include "include/lathe_sparse.h"
#include "sparse/blocks.h"

#include <string.h>

/// Where the parts of a packed weight begin, in bytes; `end` is its size.
typedef struct parts {
    size_t starts, columns, codes, sums, end;
} parts;

static size_t align(size_t size) { return (size + 63) & ~(size_t)63; }

static parts parts_of(int64_t n, int64_t block, int64_t groups) {
    parts p = {0};
    p.columns = align((size_t)(lathe_sparse_blocks(n, block) + 1) * sizeof(int64_t));
    p.codes = p.columns + align((size_t)groups * 4 * sizeof(uint16_t));
    p.sums = p.codes + align((size_t)(groups * lathe_sparse_strips(block) * 16));
    p.end = p.sums + align((size_t)n * sizeof(int32_t));
    return p;
}

static bool can_be_laid_out(int64_t n, int64_t k, int64_t block) {
    return n >= 0 && k >= 0 && k <= lathe_sparse_most_inputs && block >= 1;
}

/// Marks the inputs that any of the rows keeps, and counts them.
static int64_t mark(int64_t rows, int64_t k, const int8_t *codes, int64_t stride, uint8_t *kept) {
    memset(kept, 0, (size_t)k);
    for (int64_t row = 0; row < rows; row++) {
        for (int64_t i = 0; i < k; i++) { kept[i] |= (uint8_t)codes[row * stride + i]; }
    }
    int64_t count = 0;
    for (int64_t i = 0; i < k; i++) { count += kept[i] != 0; }
    return count;
}

size_t lathe_sparse_packed_size(int64_t n, int64_t k, int64_t block, const int8_t *codes, int64_t stride) {
    if (!can_be_laid_out(n, k, block)) { return 0; }
    uint8_t kept[lathe_sparse_most_inputs];
    int64_t groups = 0;
    for (int64_t first = 0; first < n; first += block) {
        groups += (mark(lathe_sparse_rows(n, block, first), k, codes + first * stride, stride, kept) + 3) / 4;
    }
    return parts_of(n, block, groups).end;
}

/// Lists the kept inputs, whole groups of four.
static int64_t list(int64_t k, const uint8_t *kept, uint16_t *columns) {
    int64_t count = 0;
    for (int64_t i = 0; i < k; i++) {
        if (kept[i] != 0) { columns[count++] = (uint16_t)i; }
    }
    for (; count % 4 != 0; count++) { columns[count] = columns[count - 1]; }
    return count / 4;
}

/// Lays out the codes of one block at `to`; a repeated input has zeros, and so have outputs that a strip lacks.
static void lay_out(int64_t rows, int64_t strips, int64_t groups, const uint16_t *columns, const int8_t *codes, int64_t stride, int8_t *to) {
    for (int64_t strip = 0; strip < strips; strip++) {
        for (int64_t i = 0; i < groups * 4; i++) {
            const bool repeated = i > 0 && columns[i] == columns[i - 1];
            for (int64_t o = 0; o < 4; o++) {
                const int64_t row = strip * 4 + o;
                const bool there = row < rows && !repeated;
                to[(strip * groups + i / 4) * 16 + o * 4 + i % 4] = there ? codes[row * stride + columns[i]] : 0;
            }
        }
    }
}

lathe_status lathe_sparse_pack(int64_t n, int64_t k, int64_t block, const int8_t *codes, int64_t stride, void *packed, lathe_sparse_weight *weight) {
    if (!can_be_laid_out(n, k, block) || packed == NULL) { return LATHE_INVALID_ARGUMENT; }
    uint8_t kept[lathe_sparse_most_inputs];
    uint8_t *base = packed;
    const int64_t blocks = lathe_sparse_blocks(n, block), strips = lathe_sparse_strips(block);
    int64_t *starts = packed;
    starts[0] = 0;
    for (int64_t b = 0; b < blocks; b++) {
        const int64_t first = b * block;
        starts[b + 1] = starts[b] + (mark(lathe_sparse_rows(n, block, first), k, codes + first * stride, stride, kept) + 3) / 4;
    }
    const parts p = parts_of(n, block, starts[blocks]);
    uint16_t *columns = (uint16_t *)(void *)(base + p.columns);
    int8_t *values = (int8_t *)(base + p.codes);
    int32_t *sums = (int32_t *)(void *)(base + p.sums);
    for (int64_t b = 0; b < blocks; b++) {
        const int64_t first = b * block, rows = lathe_sparse_rows(n, block, first);
        mark(rows, k, codes + first * stride, stride, kept);
        const int64_t groups = list(k, kept, columns + starts[b] * 4);
        lay_out(rows, strips, groups, columns + starts[b] * 4, codes + first * stride, stride, values + starts[b] * strips * 16);
    }
    for (int64_t o = 0; o < n; o++) {
        sums[o] = 0;
        for (int64_t i = 0; i < k; i++) { sums[o] += codes[o * stride + i]; }
    }
    *weight = (lathe_sparse_weight){.n = n, .k = k, .block = block, .starts = starts, .columns = columns, .codes = values, .sums = sums};
    return LATHE_OK;
}

void lathe_sparse_unpack(const lathe_sparse_weight *w, int8_t *codes, int64_t stride) {
    const int64_t strips = lathe_sparse_strips(w->block);
    for (int64_t o = 0; o < w->n; o++) {
        const int64_t b = o / w->block, row = o % w->block, groups = w->starts[b + 1] - w->starts[b];
        const uint16_t *columns = w->columns + w->starts[b] * 4;
        const int8_t *strip = w->codes + (w->starts[b] * strips + row / 4 * groups) * 16 + row % 4 * 4;
        memset(codes + o * stride, 0, (size_t)w->k);
        for (int64_t i = 0; i < groups * 4; i++) { codes[o * stride + columns[i]] |= strip[i / 4 * 16 + i % 4]; }  // zero where repeated
    }
}
