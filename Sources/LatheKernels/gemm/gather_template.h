// `gather` of lathe_gemm_tile: the register tile over rows of A that are anywhere, as the windows of an image are. To be included after
// gemm/tile_template.h.

/// Adds the products of `chains` consecutive words of k, each to its own set; `a` are the rows, `at` the first word's byte.
INLINE void gather_step(const int rows, const int vectors, const int chains, sum_t *sums, sum_t *half, const uint8_t *const *a, int64_t at,
                        const uint8_t *words) {
    (void)half;
    UNROLL for (int chain = 0; chain < chains; chain++) {
        const uint8_t *panel = words + chain * STEP_BYTES;
        right_t right[VECTORS];
        UNROLL for (int v = 0; v < vectors; v++) { right[v] = load(panel + v * LANES * 4); }
        UNROLL for (int offset = 0; offset < vectors * LANES * 4; offset += 64) { __builtin_prefetch(panel + AHEAD_BYTES + offset, 0, 3); }
#ifdef CORRECTED
        UNROLL for (int v = 0; v < vectors; v++) { half[v] = multiply_add(half[v], half_shift(), right[v]); }
#endif
        UNROLL for (int r = 0; r < rows; r++) {
            const left_t left = broadcast(a[r] + at + chain * 4);
            UNROLL for (int v = 0; v < vectors; v++) {
                sum_t *sum = &sums[(chain * rows + r) * vectors + v];
                *sum = multiply_add(*sum, left, right[v]);
            }
        }
    }
}

INLINE void gather_tile(const int rows, const int vectors, const int chains, int columns, const lathe_gemm_windows *windows,
                        const int64_t *starts, const uint8_t *panel, uint8_t *acc, int64_t acc_stride, bool accumulate) {
    enum { GROUP = 4 };  // words: as many as there are sets of sums at most
    sum_t sums[chains * rows * vectors], half[VECTORS];
    UNROLL for (int i = 0; i < chains * rows * vectors; i++) { sums[i] = zero(); }
    UNROLL for (int v = 0; v < vectors; v++) { half[v] = zero(); }

    const int64_t bytes = (windows->length + DEPTH - 1) / DEPTH * 4;
    for (int64_t segment = 0; segment < windows->segments; segment++) {
        const uint8_t *a[ROWS];
        UNROLL for (int r = 0; r < rows; r++) { a[r] = (const uint8_t *)windows->image + starts[r] + windows->offsets[segment]; }
        int64_t at = 0;
#pragma clang loop unroll_count(2)
        for (; at + GROUP * 4 <= bytes; at += GROUP * 4) {
            UNROLL for (int i = 0; i < GROUP; i += chains) {
                gather_step(rows, vectors, chains, sums, half, a, at + i * 4, panel);
                panel += chains * STEP_BYTES;
            }
        }
#pragma clang loop unroll(disable)
        for (; at < bytes; at += 4, panel += STEP_BYTES) { gather_step(rows, vectors, 1, sums, half, a, at, panel); }
    }
    finish(rows, vectors, chains, columns, sums, half, acc, acc_stride, accumulate);
}

#define TILE(r, v) gather_tile(r, v, CHAINS(r, v), columns, windows, starts, panel, acc, acc_stride, accumulate)

static void gather(int rows, int columns, const lathe_gemm_windows *windows, const int64_t *starts, const void *panel, void *acc,
                   int64_t acc_stride, bool accumulate) {
    TILES
}

#undef TILE
