// The register tile, written once for all vector instruction sets. A file that includes this defines before:
//
//   ROWS, VECTORS, LANES, DEPTH   the tile is ROWS x (VECTORS * LANES); a lane is 32 bits wide and holds DEPTH values of k
//   BUSY                          independent sums that keep the multipliers busy (latency times multiply-adds started per cycle)
//   sum_t, left_t, right_t        vectors of sums, of one broadcast word of A, of LANES words of B
//   sum_t zero(void), sum_t add(sum_t, sum_t), left_t broadcast(const void *word), right_t load(const void *words)
//   sum_t multiply_add(sum_t, left_t, right_t)
//   sum_t load_sums(const void *, int lanes), void store_sums(void *, sum_t, int lanes)   the first `lanes` lanes, 1 ... LANES
//   CORRECTED, if A's codes are multiplied as something else: left_t half_shift(void), one more row of A, and
//   sum_t correct(sum_t sum, sum_t half), which gives the sum that was meant from the one formed and that of the additional row
//
// and gets `kernel`, the function of lathe_gemm_tile. Everything is addressed in 32-bit words: DEPTH consecutive values of k of one row of A,
// or of one column of a panel.

#define INLINE static inline __attribute__((always_inline))
#define UNROLL _Pragma("clang loop unroll(full)")

enum {
    COLUMNS = VECTORS * LANES,
    STEP_BYTES = COLUMNS * 4,   ///< of a panel, per word of k
    AHEAD_BYTES = 4096,         ///< how far ahead of its use a panel is fetched into the first cache
    LINE_WORDS = 16,            ///< words of A in a cache line
};

/// Where the operands of a tile are.
typedef struct operands {
    const uint8_t *a;  ///< first row, at the current word
    int64_t a_stride;  ///< bytes
    const uint8_t *panel;
} operands;


/// Adds the products of `chains` consecutive words of k, each to its own set.
INLINE void step(const int rows, const int vectors, const int chains, sum_t *sums, sum_t *half, operands at) {
    (void)half;
    UNROLL for (int chain = 0; chain < chains; chain++) {
        const uint8_t *panel = at.panel + chain * STEP_BYTES;
        right_t right[VECTORS];
        UNROLL for (int v = 0; v < vectors; v++) { right[v] = load(panel + v * LANES * 4); }
        UNROLL for (int offset = 0; offset < vectors * LANES * 4; offset += 64) { __builtin_prefetch(panel + AHEAD_BYTES + offset, 0, 3); }
#ifdef CORRECTED
        UNROLL for (int v = 0; v < vectors; v++) { half[v] = multiply_add(half[v], half_shift(), right[v]); }
#endif
        UNROLL for (int r = 0; r < rows; r++) {
            const left_t left = broadcast(at.a + r * at.a_stride + chain * 4);
            UNROLL for (int v = 0; v < vectors; v++) {
                sum_t *sum = &sums[(chain * rows + r) * vectors + v];
                *sum = multiply_add(*sum, left, right[v]);
            }
        }
    }
}

/// Adds up the sets of sums, and writes them.
INLINE void finish(const int rows, const int vectors, const int chains, int columns, const sum_t *sums, const sum_t *half, uint8_t *acc,
                   int64_t acc_stride, bool accumulate) {
    (void)half;
    UNROLL for (int r = 0; r < rows; r++) {
        UNROLL for (int v = 0; v < vectors; v++) {
            sum_t sum = sums[r * vectors + v];
            UNROLL for (int chain = 1; chain < chains; chain++) { sum = add(sum, sums[(chain * rows + r) * vectors + v]); }
#ifdef CORRECTED
            sum = correct(sum, half[v]);
#endif
            const int lanes = v < vectors - 1 ? LANES : columns - (vectors - 1) * LANES;
            uint8_t *out = acc + (r * acc_stride + v * LANES) * 4;
            if (accumulate) { sum = add(load_sums(out, lanes), sum); }
            store_sums(out, sum, lanes);
        }
    }
}

INLINE void tile(const int rows, const int vectors, const int chains, int columns, int64_t words, operands at, uint8_t *acc,
                 int64_t acc_stride, bool accumulate, const uint8_t *ahead) {
    sum_t sums[chains * rows * vectors], half[VECTORS];
    UNROLL for (int i = 0; i < chains * rows * vectors; i++) { sums[i] = zero(); }
    UNROLL for (int v = 0; v < vectors; v++) { half[v] = zero(); }

    // A line's worth of words at a time, with the next tile's rows of A and a share of a later panel on their way to the second cache.
    for (; words >= LINE_WORDS; words -= LINE_WORDS) {
        UNROLL for (int r = 0; r < rows; r++) { __builtin_prefetch(at.a + (rows + r) * at.a_stride, 0, 2); }
        if (ahead != NULL) {
            UNROLL for (int line = 0; line < lathe_gemm_ahead; line++) { __builtin_prefetch(ahead + line * LINE_WORDS * 4, 0, 2); }
            ahead += lathe_gemm_ahead * LINE_WORDS * 4;
        }
#pragma clang loop unroll_count(2)
        for (int i = 0; i < LINE_WORDS; i += chains) {
            step(rows, vectors, chains, sums, half, at);
            at.a += chains * 4, at.panel += chains * STEP_BYTES;
        }
    }
#pragma clang loop unroll(disable)
    for (; words > 0; words--) {
        step(rows, vectors, 1, sums, half, at);
        at.a += 4, at.panel += STEP_BYTES;
    }

    finish(rows, vectors, chains, columns, sums, half, acc, acc_stride, accumulate);
}

/// The number of sets of sums: a power of two, so that a line of words is a whole number of steps.
#define CHAINS(rows, vectors) ((rows) * (vectors) * 2 <= BUSY ? 4 : (rows) * (vectors) < BUSY ? 2 : 1)

/// TILE(rows, vectors) with constants. A caller defines TILE.
#define TILES_OF_WIDTH(v) \
    switch (rows) { \
        case 1: TILE(1, v); break; \
        case 2: TILE(2, v); break; \
        case 3: TILE(3, v); break; \
        case 4: TILE(4, v); break; \
        TALLER_TILES(v) \
    }

#if ROWS == 4
#define TALLER_TILES(v)
#elif ROWS == 6
#define TALLER_TILES(v) \
        case 5: TILE(5, v); break; \
        case 6: TILE(6, v); break;
#elif ROWS == 8
#define TALLER_TILES(v) \
        case 5: TILE(5, v); break; \
        case 6: TILE(6, v); break; \
        case 7: TILE(7, v); break; \
        case 8: TILE(8, v); break;
#else
#error "a tile height without its cases"
#endif

#if VECTORS == 2
#define WIDER_TILES
#elif VECTORS == 3
#define WIDER_TILES case 3: TILES_OF_WIDTH(3); break;
#else
#define WIDER_TILES case 3: TILES_OF_WIDTH(3); break; case 4: TILES_OF_WIDTH(4); break;
#endif

#define TILES \
    switch ((columns + LANES - 1) / LANES) { \
        case 1: TILES_OF_WIDTH(1); break; \
        case 2: TILES_OF_WIDTH(2); break; \
        WIDER_TILES \
    }

#define TILE(r, v) tile(r, v, CHAINS(r, v), columns, words, at, acc, acc_stride, accumulate, ahead)

static void kernel(int rows, int columns, int64_t k, const void *a, int64_t a_stride, const void *panel, void *acc, int64_t acc_stride,
                   bool accumulate, const void *ahead) {
    const int64_t words = (k + DEPTH - 1) / DEPTH;
    const operands at = {a, a_stride * 4 / DEPTH, panel};
    TILES
}

#undef TILE
