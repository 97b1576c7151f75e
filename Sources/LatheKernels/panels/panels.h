#ifndef LATHE_PANELS_H
#define LATHE_PANELS_H

#include "gemm/operands.h"

// Products on register tiles for drivers that lay out their own operands (attention, convolution): A is read where it lies, B is written
// straight into panels, the sums go straight to where they belong. Serial, no allocation.
//
// B [k, n] is kept as consecutive panels of tile->columns columns. Panel p begins at p * lathe_panel_bytes(format, panel_k), where
// panel_k >= k is the number of rows the panels have room for; row kk of a panel (kk a multiple of the depth) is at
// kk * columns * element_size.

/// How one variant multiplies in one compute type: f32, or bf16 with f32 sums.
typedef struct lathe_panel_format {
    const lathe_kernels *kernels;
    const lathe_gemm_tile *tile;
    size_t element_size;  ///< of A and B: 4 or 2
    bool bf16;
    const lathe_bf16_layout *layout;  ///< faster ways into the form of a bf16 tile, or NULL
} lathe_panel_format;

lathe_panel_format lathe_panel_format_for(const lathe_kernels *kernels, lathe_compute compute);

/// `bytes` rounded up so that what follows is aligned for every kernel.
static inline size_t lathe_aligned(size_t bytes) {
    return (bytes + 63) / 64 * 64;
}

/// k rounded up to the depth: the row length of A, the rows of a panel.
static inline int64_t lathe_padded_depth(const lathe_panel_format *format, int64_t k) {
    return lathe_round_up(k, format->tile->depth);
}

static inline size_t lathe_panel_bytes(const lathe_panel_format *format, int64_t panel_k) {
    return (size_t)(lathe_padded_depth(format, panel_k) * format->tile->columns) * format->element_size;
}

/// Bytes of all panels of B [k, n], a multiple of 64.
static inline size_t lathe_panels_bytes(const lathe_panel_format *format, int64_t k, int64_t n) {
    const int64_t panels = (n + format->tile->columns - 1) / format->tile->columns;
    return lathe_aligned((size_t)panels * lathe_panel_bytes(format, k));
}

/// Puts rows kk ... kk + depth - 1 of B, n values each, into panels; kk is a multiple of the depth. A NULL row counts as zeros, and columns
/// beyond n of the last panel become zeros.
void lathe_panels_put_rows(const lathe_panel_format *format, int64_t kk, int64_t n, const float *const rows[2], void *panels,
                           int64_t panel_k);

/// Lays out B [k, n], rows `stride` apart.
void lathe_panels_from_rows(const lathe_panel_format *format, int64_t k, int64_t n, const float *b, int64_t stride, void *panels,
                            int64_t panel_k);

/// Lays out B [k, n] that is stored as [n, k], rows `stride` apart. `scratch`: lathe_panels_scratch(format, k) bytes, 64-byte aligned.
void lathe_panels_from_columns(const lathe_panel_format *format, int64_t k, int64_t n, const float *b, int64_t stride, void *panels,
                               int64_t panel_k, void *scratch);
size_t lathe_panels_scratch(const lathe_panel_format *format, int64_t k);

/// A [m, k] as the tile reads it, in rows of lathe_padded_depth(k) elements: a copy, or a conversion to bf16 padded with zeros.
void lathe_rows_for_tile(const lathe_panel_format *format, int64_t m, int64_t k, const float *a, int64_t a_stride, void *rows);

/// C[m, n] (+)= A[m, k] * B[k, n]; A in the compute type, a_stride in elements. k = 0 gives zeros (or adds none).
void lathe_tile_product(const lathe_panel_format *format, int64_t m, int64_t n, int64_t k, const void *a, int64_t a_stride,
                        const void *panels, int64_t panel_k, float *c, int64_t c_stride, bool accumulate);

#endif
