// Embedding rows and transposition.

LATHE_TARGET_BEGIN

void LATHE_VARIANT(gather_rows)(int64_t count, int64_t width, const int32_t *ids, const float *table, float *y) {
    for (int64_t r = 0; r < count; r++) memcpy(y + r * width, table + ids[r] * width, (size_t)width * sizeof(float));
}

void LATHE_VARIANT(scatter_add_rows)(int64_t count, int64_t width, const int32_t *ids, const float *dy, int64_t dy_stride, float *table,
                                     int64_t table_stride) {
    for (int64_t r = 0; r < count; r++) {
        const float *from = dy + r * dy_stride;
        float *to = table + ids[r] * table_stride;
        LATHE_EACH_VECTOR(width, { WRITE(to + i, READ(to + i) + READ(from + i)); });
    }
}

// ---- Transposition ----
//
// Square tiles of vectors are turned in registers, so that every line of memory is read and written once, whole: strides
// that are powers of two cannot make lines push each other out. Bands of rows keep the pages of x in the translation buffer.

// The lanes of a and b alternating: those of the lower halves, those of the upper halves.
#if LATHE_VECTOR_WIDTH == 16
#define LATHE_ZIP_LOW(a, b) __builtin_shufflevector(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23)
#define LATHE_ZIP_HIGH(a, b) __builtin_shufflevector(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31)
enum { transpose_rounds = 4 };
#elif LATHE_VECTOR_WIDTH == 8
#define LATHE_ZIP_LOW(a, b) __builtin_shufflevector(a, b, 0, 8, 1, 9, 2, 10, 3, 11)
#define LATHE_ZIP_HIGH(a, b) __builtin_shufflevector(a, b, 4, 12, 5, 13, 6, 14, 7, 15)
enum { transpose_rounds = 3 };
#else
#define LATHE_ZIP_LOW(a, b) __builtin_shufflevector(a, b, 0, 4, 1, 5)
#define LATHE_ZIP_HIGH(a, b) __builtin_shufflevector(a, b, 2, 6, 3, 7)
enum { transpose_rounds = 2 };
#endif

// Zipping row k with row k + width / 2, log2(width) times over, transposes.
LATHE_INLINE void transpose_tile(const float *x, int64_t x_stride, float *y, int64_t y_stride) {
    vf rows[LATHE_VECTOR_WIDTH], next[LATHE_VECTOR_WIDTH];
#pragma clang loop unroll(full)
    for (int k = 0; k < v_width; k++) rows[k] = v_load(x + k * x_stride);
#pragma clang loop unroll(full)
    for (int round = 0; round < transpose_rounds; round++) {
#pragma clang loop unroll(full)
        for (int k = 0; k < v_width / 2; k++) {
            next[2 * k] = LATHE_ZIP_LOW(rows[k], rows[k + v_width / 2]);
            next[2 * k + 1] = LATHE_ZIP_HIGH(rows[k], rows[k + v_width / 2]);
        }
#pragma clang loop unroll(full)
        for (int k = 0; k < v_width; k++) rows[k] = next[k];
    }
#pragma clang loop unroll(full)
    for (int k = 0; k < v_width; k++) v_store(y + k * y_stride, rows[k]);
}

void LATHE_VARIANT(transpose)(int64_t rows, int64_t cols, const float *x, int64_t x_stride, float *y, int64_t y_stride) {
    const int64_t whole_rows = rows & -v_width, whole_cols = cols & -v_width;
    for (int64_t band = 0; band < whole_rows; band += 128) {
        int64_t end = whole_rows - band < 128 ? whole_rows : band + 128;
        for (int64_t c = 0; c < whole_cols; c += v_width)
            for (int64_t r = band; r < end; r += v_width) transpose_tile(x + r * x_stride + c, x_stride, y + c * y_stride + r, y_stride);
    }
    for (int64_t r = 0; r < whole_rows; r++)
        for (int64_t c = whole_cols; c < cols; c++) y[c * y_stride + r] = x[r * x_stride + c];
    for (int64_t r = whole_rows; r < rows; r++)
        for (int64_t c = 0; c < cols; c++) y[c * y_stride + r] = x[r * x_stride + c];
}

#undef LATHE_ZIP_LOW
#undef LATHE_ZIP_HIGH

LATHE_TARGET_END
