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
// Tiles of 16 x 16 touch 16 cache lines on either side, all of them whole; within a tile, 4 x 4 blocks are turned in registers.

typedef float layout_four __attribute__((ext_vector_type(4)));

LATHE_INLINE void transpose_four(const float *x, int64_t x_stride, float *y, int64_t y_stride) {
    layout_four a, b, c, d;
    memcpy(&a, x, 16);
    memcpy(&b, x + x_stride, 16);
    memcpy(&c, x + 2 * x_stride, 16);
    memcpy(&d, x + 3 * x_stride, 16);
    layout_four ab_low = __builtin_shufflevector(a, b, 0, 4, 1, 5), ab_high = __builtin_shufflevector(a, b, 2, 6, 3, 7);
    layout_four cd_low = __builtin_shufflevector(c, d, 0, 4, 1, 5), cd_high = __builtin_shufflevector(c, d, 2, 6, 3, 7);
    a = __builtin_shufflevector(ab_low, cd_low, 0, 1, 4, 5);
    b = __builtin_shufflevector(ab_low, cd_low, 2, 3, 6, 7);
    c = __builtin_shufflevector(ab_high, cd_high, 0, 1, 4, 5);
    d = __builtin_shufflevector(ab_high, cd_high, 2, 3, 6, 7);
    memcpy(y, &a, 16);
    memcpy(y + y_stride, &b, 16);
    memcpy(y + 2 * y_stride, &c, 16);
    memcpy(y + 3 * y_stride, &d, 16);
}

static void transpose_tile(int64_t rows, int64_t cols, const float *x, int64_t x_stride, float *y, int64_t y_stride) {
    int64_t r = 0;
    for (; r + 4 <= rows; r += 4) {
        int64_t c = 0;
        for (; c + 4 <= cols; c += 4) transpose_four(x + r * x_stride + c, x_stride, y + c * y_stride + r, y_stride);
        for (; c < cols; c++)
            for (int64_t k = r; k < r + 4; k++) y[c * y_stride + k] = x[k * x_stride + c];
    }
    for (; r < rows; r++)
        for (int64_t c = 0; c < cols; c++) y[c * y_stride + r] = x[r * x_stride + c];
}

void LATHE_VARIANT(transpose)(int64_t rows, int64_t cols, const float *x, int64_t x_stride, float *y, int64_t y_stride) {
    for (int64_t c = 0; c < cols; c += 16) {
        int64_t width = cols - c < 16 ? cols - c : 16;
        for (int64_t r = 0; r < rows; r += 16) {
            int64_t height = rows - r < 16 ? rows - r : 16;
            transpose_tile(height, width, x + r * x_stride + c, x_stride, y + c * y_stride + r, y_stride);
        }
    }
}

LATHE_TARGET_END
