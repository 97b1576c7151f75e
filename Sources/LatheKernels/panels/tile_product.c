// A matrix product as a loop over register tiles.

#include "panels/panels.h"

#include <string.h>

/// A run of k is chosen so that its part of a panel stays in the first-level cache while the rows of A pass by.
enum { RUN_BYTES = 32 * 1024 };

void lathe_tile_product(const lathe_panel_format *format, int64_t m, int64_t n, int64_t k, const void *a, int64_t a_stride,
                        const void *panels, int64_t panel_k, float *c, int64_t c_stride, bool accumulate) {
    const lathe_gemm_tile *tile = format->tile;
    const size_t element = format->element_size;
    if (k == 0) {
        for (int64_t r = 0; r < m && !accumulate; r++) { memset(c + r * c_stride, 0, (size_t)n * sizeof(float)); }
        return;
    }
    const int64_t padded = lathe_padded_depth(format, k);
    // Equal runs, so that the last one is not a sliver.
    const int64_t longest = RUN_BYTES / (int64_t)element / tile->columns;
    const int64_t runs = (padded + longest - 1) / longest;
    const int64_t run = lathe_padded_depth(format, (padded + runs - 1) / runs);
    const size_t panel_bytes = lathe_panel_bytes(format, panel_k);

    for (int64_t column = 0; column < n; column += tile->columns) {
        const int columns = (int)(n - column < tile->columns ? n - column : tile->columns);
        const char *panel = (const char *)panels + (size_t)(column / tile->columns) * panel_bytes;
        for (int64_t kk = 0; kk < padded; kk += run) {
            const int64_t length = padded - kk < run ? padded - kk : run;
            const char *b = panel + (size_t)(kk * tile->columns) * element;
            for (int64_t row = 0; row < m; row += tile->rows) {
                const int rows = (int)(m - row < tile->rows ? m - row : tile->rows);
                tile->kernel(rows, columns, length, (const char *)a + (size_t)(row * a_stride + kk) * element, a_stride, b,
                             c + row * c_stride + column, c_stride, accumulate || kk > 0, NULL);
            }
        }
    }
}
