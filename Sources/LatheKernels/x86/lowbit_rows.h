// Chooses among the compilations of `multiply(bits, rows, length, …)`, the body of a tile with few rows, by bits and rows. To be included behind it.

#define ROWS_OF(bits, length)                                                   \
    switch (rows) {                                                             \
        case 1: multiply(bits, 1, length, a, a_stride, panel, acc); break;      \
        case 2: multiply(bits, 2, length, a, a_stride, panel, acc); break;      \
        case 3: multiply(bits, 3, length, a, a_stride, panel, acc); break;      \
        default: multiply(bits, 4, length, a, a_stride, panel, acc); break;     \
    }

/// `length` is that of a row in the unit that `multiply` counts in.
static inline void multiply_rows(int bits, int rows, int64_t length, const uint8_t *a, int64_t a_stride, const uint8_t *panel, int32_t *acc) {
    switch (bits) {
        case 4: ROWS_OF(4, length) break;
        case 3: ROWS_OF(3, length) break;
        case 2: ROWS_OF(2, length) break;
        default: ROWS_OF(1, length) break;
    }
}
