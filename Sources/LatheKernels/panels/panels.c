// Operands of register tiles: B in panels, A in rows.

#include "panels/panels.h"

#include <string.h>

lathe_panel_format lathe_panel_format_for(const lathe_kernels *kernels, lathe_compute compute) {
    const bool bf16 = compute == LATHE_COMPUTE_BF16;
    return (lathe_panel_format){kernels, &kernels->gemm[compute], bf16 ? sizeof(uint16_t) : sizeof(float), bf16, bf16 ? lathe_bf16_layout_for(kernels) : NULL};
}

/// Columns are converted in pieces of this many, through the stack.
enum { PIECE = 64 };

/// Interleaves two rows of `count` values (<= PIECE) as pairs of bf16.
static void put_bf16_pairs(const lathe_kernels *kernels, int64_t count, const float *first, const float *second, uint32_t *pairs) {
    uint16_t low[PIECE], high[PIECE];
    kernels->f32_to_bf16(count, first, low);
    if (second == NULL) {
        for (int64_t c = 0; c < count; c++) { pairs[c] = low[c]; }
        return;
    }
    kernels->f32_to_bf16(count, second, high);
    // The first value of a pair has the lower address: little-endian words, on every machine this library knows.
    for (int64_t c = 0; c < count; c++) { pairs[c] = low[c] | (uint32_t)high[c] << 16; }
}

static void put_row_in_panel(const lathe_panel_format *format, int64_t count, const float *const rows[2], void *row) {
    const int64_t columns = format->tile->columns;
    if (count < columns || rows[0] == NULL) { memset(row, 0, (size_t)(columns * format->tile->depth) * format->element_size); }
    if (rows[0] == NULL) { return; }
    if (!format->bf16) {
        memcpy(row, rows[0], (size_t)count * sizeof(float));
        return;
    }
    if (format->layout != NULL && rows[1] != NULL && count % 16 == 0) {
        format->layout->interleave(rows[0], rows[1], (int)count, row);
        return;
    }
    for (int64_t c = 0; c < count; c += PIECE) {
        const int64_t piece = count - c < PIECE ? count - c : PIECE;
        put_bf16_pairs(format->kernels, piece, rows[0] + c, rows[1] == NULL ? NULL : rows[1] + c, (uint32_t *)row + c);
    }
}

void lathe_panels_put_rows(const lathe_panel_format *format, int64_t kk, int64_t n, const float *const rows[2], void *panels,
                           int64_t panel_k) {
    const int64_t columns = format->tile->columns;
    const size_t panel_bytes = lathe_panel_bytes(format, panel_k);
    char *row = (char *)panels + (size_t)(kk * columns) * format->element_size;
    for (int64_t c = 0; c < n; c += columns, row += panel_bytes) {
        const float *const part[2] = {rows[0] == NULL ? NULL : rows[0] + c, rows[1] == NULL ? NULL : rows[1] + c};
        put_row_in_panel(format, n - c < columns ? n - c : columns, part, row);
    }
}

void lathe_panels_from_rows(const lathe_panel_format *format, int64_t k, int64_t n, const float *b, int64_t stride, void *panels,
                            int64_t panel_k) {
    const int depth = format->tile->depth;
    for (int64_t kk = 0; kk < k; kk += depth) {
        const float *const rows[2] = {b + kk * stride, depth > 1 && kk + 1 < k ? b + (kk + 1) * stride : NULL};
        lathe_panels_put_rows(format, kk, n, rows, panels, panel_k);
    }
}

size_t lathe_panels_scratch(const lathe_panel_format *format, int64_t k) {
    return format->bf16 ? lathe_aligned(lathe_panel_bytes(format, k)) : 0;
}

/// A whole panel from its columns, which lie as rows `stride` apart.
static void turn_columns(const lathe_panel_format *format, int64_t k, const float *source, int64_t stride, uint16_t *panel) {
    const int64_t columns = format->tile->columns;
    for (int64_t c = 0; c < columns; c += 16) {
        for (int64_t kk = 0; kk < k; kk += 32) {
            format->layout->turn_columns(source + c * stride + kk, stride, panel + kk * columns + 2 * c, 2 * columns);
        }
    }
}

void lathe_panels_from_columns(const lathe_panel_format *format, int64_t k, int64_t n, const float *b, int64_t stride, void *panels,
                               int64_t panel_k, void *scratch) {
    const int64_t columns = format->tile->columns, padded = lathe_padded_depth(format, k);
    const size_t panel_bytes = lathe_panel_bytes(format, panel_k);
    char *panel = panels;
    for (int64_t c = 0; c < n; c += columns, panel += panel_bytes) {
        const int64_t count = n - c < columns ? n - c : columns;
        const float *source = b + c * stride;
        if (format->layout != NULL && count == columns && columns % 16 == 0 && k % 32 == 0) {
            turn_columns(format, k, source, stride, (uint16_t *)panel);
            continue;
        }
        if (count < columns) { memset(panel, 0, lathe_panel_bytes(format, k)); }
        if (format->bf16) {
            // A pair of bf16 is one 32-bit word, and panels hold the transpose of the rows of words.
            lathe_rows_for_tile(format, count, k, source, stride, scratch);
            format->kernels->transpose(count, padded / 2, scratch, padded / 2, (float *)panel, columns);
        } else {
            format->kernels->transpose(count, k, source, stride, (float *)panel, columns);
        }
    }
}

void lathe_rows_for_tile(const lathe_panel_format *format, int64_t m, int64_t k, const float *a, int64_t a_stride, void *rows) {
    const int64_t padded = lathe_padded_depth(format, k);
    for (int64_t r = 0; r < m; r++, a += a_stride) {
        if (format->bf16) {
            uint16_t *row = (uint16_t *)rows + r * padded;
            lathe_round_for_tile(format->kernels, k, a, row);
            for (int64_t kk = k; kk < padded; kk++) { row[kk] = 0; }
        } else {
            memcpy((float *)rows + r * padded, a, (size_t)k * sizeof(float));
        }
    }
}
