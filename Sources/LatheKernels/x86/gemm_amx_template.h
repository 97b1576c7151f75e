// The register tile of AMX, for int8 and bf16: 32 x 64, in matrices of 16 x 16 sums. A file that includes this defines before, inside a
// target("amx-…") region:
//
//   MULTIPLY_ADD(sums, a, b)   the instruction, with numbers of tile registers
//   sum_t                      float or int32_t
//   DEPTH                      values of k in a word of 32 bits
//   SMALL                      the lathe_gemm_tile for few rows, and for the words that are left behind the last whole step
//
// and gets `kernel` and `peak`. One step multiplies 16 words of each row of A with 16 rows of words of a panel.

enum {
    ROWS = 32,
    COLUMNS = 64,
    SIDE = 16,                      ///< of a matrix of sums
    STEP_WORDS = 16,                ///< of k
    STEP_BYTES = STEP_WORDS * 4,    ///< of a row of A
    PANEL_ROW = COLUMNS * 4,        ///< bytes
    PANEL_STEP = STEP_WORDS * PANEL_ROW,
    FEW_ROWS = 6,                   ///< fewer rows than a whole matrix is worth
    CHUNK = 16,                     ///< steps for which rows are copied at a time
};

/// All tile registers of this thread have 16 rows of 64 bytes from its first product on.
static void configure(void) {
    static _Thread_local bool is_configured;
    if (is_configured) { return; }
    struct {
        uint8_t palette, start_row, reserved[14];
        uint16_t row_bytes[16];
        uint8_t rows[16];
    } __attribute__((aligned(64))) config = {.palette = 1};
    for (int i = 0; i < 8; i++) { config.row_bytes[i] = 64, config.rows[i] = SIDE; }
    _tile_loadconfig(&config);
    is_configured = true;
}

/// What a call multiplies: rows of A, which is a matrix that may be read in whole steps, and a panel.
typedef struct operands {
    const uint8_t *a;
    int64_t a_stride;  ///< bytes
    const uint8_t *panel;
    int64_t steps;
} operands;

/// sums (+)= 16 rows times `count` matrices of columns (1 ... 4).
static void multiply_16(operands at, int count, sum_t *sums, int64_t stride, bool accumulate) {
    const size_t bytes = (size_t)stride * 4;
    if (accumulate) {
        _tile_loadd(0, sums, bytes);
        if (count > 1) { _tile_loadd(1, sums + SIDE, bytes); }
        if (count > 2) { _tile_loadd(2, sums + 2 * SIDE, bytes); }
        if (count > 3) { _tile_loadd(3, sums + 3 * SIDE, bytes); }
    } else {
        _tile_zero(0);
        _tile_zero(1);
        _tile_zero(2);
        _tile_zero(3);
    }
    for (int64_t step = 0; step < at.steps; step++) {
        const uint8_t *panel = at.panel + step * PANEL_STEP;
        _tile_loadd(4, at.a + step * STEP_BYTES, (size_t)at.a_stride);
        _tile_loadd(5, panel, PANEL_ROW);
        MULTIPLY_ADD(0, 4, 5);
        if (count > 1) {
            _tile_loadd(6, panel + 64, PANEL_ROW);
            MULTIPLY_ADD(1, 4, 6);
        }
        if (count > 2) {
            _tile_loadd(5, panel + 128, PANEL_ROW);
            MULTIPLY_ADD(2, 4, 5);
        }
        if (count > 3) {
            _tile_loadd(6, panel + 192, PANEL_ROW);
            MULTIPLY_ADD(3, 4, 6);
        }
    }
    _tile_stored(0, sums, bytes);
    if (count > 1) { _tile_stored(1, sums + SIDE, bytes); }
    if (count > 2) { _tile_stored(2, sums + 2 * SIDE, bytes); }
    if (count > 3) { _tile_stored(3, sums + 3 * SIDE, bytes); }
}

/// sums (+)= 32 rows times two matrices of columns: each matrix that is loaded is used twice.
static void multiply_32(operands at, sum_t *sums, int64_t stride, bool accumulate) {
    const size_t bytes = (size_t)stride * 4;
    sum_t *below = sums + SIDE * stride;
    if (accumulate) {
        _tile_loadd(0, sums, bytes);
        _tile_loadd(1, sums + SIDE, bytes);
        _tile_loadd(2, below, bytes);
        _tile_loadd(3, below + SIDE, bytes);
    } else {
        _tile_zero(0);
        _tile_zero(1);
        _tile_zero(2);
        _tile_zero(3);
    }
    for (int64_t step = 0; step < at.steps; step++) {
        const uint8_t *a = at.a + step * STEP_BYTES, *panel = at.panel + step * PANEL_STEP;
        _tile_loadd(4, a, (size_t)at.a_stride);
        _tile_loadd(6, panel, PANEL_ROW);
        _tile_loadd(7, panel + 64, PANEL_ROW);
        MULTIPLY_ADD(0, 4, 6);
        _tile_loadd(5, a + SIDE * at.a_stride, (size_t)at.a_stride);
        MULTIPLY_ADD(1, 4, 7);
        MULTIPLY_ADD(2, 5, 6);
        MULTIPLY_ADD(3, 5, 7);
    }
    _tile_stored(0, sums, bytes);
    _tile_stored(1, sums + SIDE, bytes);
    _tile_stored(2, below, bytes);
    _tile_stored(3, below + SIDE, bytes);
}

/// Whole matrices: 16 or 32 rows, `matrices` times 16 columns.
static void multiply_whole(int rows, int matrices, operands at, sum_t *sums, int64_t stride, bool accumulate) {
    if (rows == SIDE) {
        multiply_16(at, matrices, sums, stride, accumulate);
        return;
    }
    int first = 0;
    for (; first + 2 <= matrices; first += 2) {
        operands part = at;
        part.panel += first * 64;
        multiply_32(part, sums + first * SIDE, stride, accumulate);
    }
    if (first == matrices) { return; }
    at.panel += first * 64;
    multiply_16(at, 1, sums + first * SIDE, stride, accumulate);
    at.a += SIDE * at.a_stride;
    multiply_16(at, 1, sums + SIDE * stride + first * SIDE, stride, accumulate);
}

/// Any numbers of rows and columns: through copies, so that nothing is read or written beyond them.
static void multiply_part(int rows, int columns, operands at, sum_t *sums, int64_t stride, bool accumulate) {
    _Alignas(64) uint8_t copy[ROWS * CHUNK * STEP_BYTES];
    _Alignas(64) sum_t own[ROWS * COLUMNS];
    const int whole = rows > SIDE ? ROWS : SIDE, matrices = (columns + SIDE - 1) / SIDE;
    for (int64_t step = 0; step < at.steps; step += CHUNK) {
        operands part = {copy, CHUNK * STEP_BYTES, at.panel + step * PANEL_STEP, at.steps - step < CHUNK ? at.steps - step : CHUNK};
        for (int r = 0; r < rows; r++) {
            memcpy(copy + r * CHUNK * STEP_BYTES, at.a + r * at.a_stride + step * STEP_BYTES, (size_t)part.steps * STEP_BYTES);
        }
        for (int r = rows; r < whole && step == 0; r++) { memset(copy + r * CHUNK * STEP_BYTES, 0, CHUNK * STEP_BYTES); }
        multiply_whole(whole, matrices, part, own, COLUMNS, step > 0);
    }
    for (int r = 0; r < rows; r++) {
        for (int c = 0; c < columns; c++) {
            sum_t *sum = sums + r * stride + c;
            *sum = accumulate ? *sum + own[r * COLUMNS + c] : own[r * COLUMNS + c];
        }
    }
}

static void multiply_small(int rows, int columns, int64_t k, operands at, sum_t *sums, int64_t stride, bool accumulate) {
    for (int r = 0; r < rows; r += SMALL.rows) {
        const int some = rows - r < SMALL.rows ? rows - r : SMALL.rows;
        SMALL.kernel(some, columns, k, at.a + r * at.a_stride, at.a_stride * DEPTH / 4, at.panel, sums + r * stride, stride, accumulate, NULL);
    }
}

static void kernel(int rows, int columns, int64_t k, const void *a, int64_t a_stride, const void *panel, void *acc, int64_t acc_stride,
                   bool accumulate, const void *ahead) {
    const int64_t words = (k + DEPTH - 1) / DEPTH;
    operands at = {a, a_stride * 4 / DEPTH, panel, words / STEP_WORDS};
    if (rows < FEW_ROWS || at.steps == 0) {
        multiply_small(rows, columns, k, at, acc, acc_stride, accumulate);
        return;
    }
    configure();
    // Lines of a later panel, as many as lathe_gemm_tile promises.
    for (int64_t line = 0; ahead != NULL && line < at.steps * lathe_gemm_ahead; line++) {
        __builtin_prefetch((const uint8_t *)ahead + line * 64, 0, 2);
    }
    if (rows % SIDE == 0 && columns % SIDE == 0) {
        multiply_whole(rows, columns / SIDE, at, acc, acc_stride, accumulate);
    } else {
        multiply_part(rows, columns, at, acc, acc_stride, accumulate);
    }
    const int64_t done = at.steps * STEP_WORDS;
    if (done == words) { return; }
    at.a += at.steps * STEP_BYTES, at.panel += at.steps * PANEL_STEP;
    multiply_small(rows, columns, k - done * DEPTH, at, acc, acc_stride, true);
}

static double peak(int64_t iterations) {
    _Alignas(64) static const uint8_t zeros[SIDE * 64];
    configure();
    _tile_zero(0);
    _tile_zero(1);
    _tile_zero(2);
    _tile_zero(3);
    _tile_loadd(4, zeros, 64);
    _tile_loadd(5, zeros, 64);
    for (int64_t n = 0; n < iterations; n++) {
        MULTIPLY_ADD(0, 4, 5);
        MULTIPLY_ADD(1, 4, 5);
        MULTIPLY_ADD(2, 4, 5);
        MULTIPLY_ADD(3, 4, 5);
    }
    return 2.0 * 4 * SIDE * SIDE * STEP_WORDS * DEPTH * (double)iterations;
}
