// `peak` of lathe_gemm_tile, from the same functions as gemm/tile_template.h: multiply-adds between registers, enough of them
// independent of each other. KEEP(sum) makes a register's value unknown to the compiler, KEEP_LEFT (if not the same) one of A's.

#ifndef KEEP_LEFT
#define KEEP_LEFT(left) KEEP(left)
#endif

static double peak(int64_t iterations) {
    enum { SUMS = ROWS * VECTORS };
    static const uint8_t zeros[64];
    const uint8_t *source = zeros;
    __asm__ volatile("" : "+r"(source));  // unknown operands, so that nothing is computed ahead
    left_t left = broadcast(source);
    const right_t right = load(source);
    sum_t sums[SUMS];
    UNROLL for (int i = 0; i < SUMS; i++) { sums[i] = zero(); }
    for (int64_t n = 0; n < iterations; n++) {
        UNROLL for (int i = 0; i < SUMS; i++) {
            sums[i] = multiply_add(sums[i], left, right);
            KEEP_LEFT(left);
        }
        UNROLL for (int i = 0; i < SUMS; i++) { KEEP(sums[i]); }
    }
    return 2.0 * SUMS * LANES * DEPTH * (double)iterations;
}
