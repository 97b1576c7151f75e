// Turns 16 rows of bytes round, written once for all vector instruction sets. A file that includes this defines before:
//
//   bytes_t, BYTES                                a vector of BYTES bytes: lanes of 16
//   bytes_t load_bytes(const uint8_t *)
//   bytes_t interleave_low(bytes_t, bytes_t)      in every lane: the low halves' bytes in turn
//   bytes_t interleave_high(bytes_t, bytes_t)     the high halves'
//   void store_lane(uint8_t *, bytes_t, int)      one lane's 16 bytes
//
// and gets `turn`, the function of lathe_sparse_tile. Each lane turns a square of 16 x 16: four times, row i is interleaved with row i + 8.

static void turn(int64_t columns, const uint8_t *a, int64_t a_stride, uint8_t *to, int64_t to_stride) {
    for (int64_t column = 0; column < columns; column += BYTES) {
        bytes_t rows[16];
#pragma clang loop unroll(full)
        for (int r = 0; r < 16; r++) { rows[r] = load_bytes(a + r * a_stride + column); }
#pragma clang loop unroll(full)
        for (int round = 0; round < 4; round++) {
            bytes_t next[16];
#pragma clang loop unroll(full)
            for (int i = 0; i < 8; i++) {
                next[2 * i] = interleave_low(rows[i], rows[i + 8]);
                next[2 * i + 1] = interleave_high(rows[i], rows[i + 8]);
            }
#pragma clang loop unroll(full)
            for (int i = 0; i < 16; i++) { rows[i] = next[i]; }
        }
#pragma clang loop unroll(full)
        for (int lane = 0; lane < BYTES / 16; lane++) {
#pragma clang loop unroll(full)
            for (int i = 0; i < 16; i++) { store_lane(to + (column + 16 * lane + i) * to_stride, rows[i], lane); }
        }
    }
}
