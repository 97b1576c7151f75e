// Block-sparse product for AVX-512 with VNNI instructions. Four kept inputs of 64 rows are interleaved to words, and each word's four codes are
// multiplied with those of an output and summed exactly. The interleaving of bytes is undone when sums are written.

#if defined(__x86_64__)

#include "include/lathe_sparse.h"

#include <immintrin.h>

#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx512vnni,avx2,fma"))), apply_to = function)

#define UNROLL _Pragma("clang loop unroll(full)")

enum { ROWS = 64, FEW = 16, BYTES = 64 };

typedef __m512i bytes_t;

static inline bytes_t load_bytes(const uint8_t *from) { return _mm512_loadu_si512(from); }
static inline bytes_t interleave_low(bytes_t x, bytes_t y) { return _mm512_unpacklo_epi8(x, y); }
static inline bytes_t interleave_high(bytes_t x, bytes_t y) { return _mm512_unpackhi_epi8(x, y); }

static inline __attribute__((always_inline)) void store_lane(void *to, __m512i lanes, int lane) {
    switch (lane) {
        case 0: _mm_storeu_si128(to, _mm512_castsi512_si128(lanes)); break;
        case 1: _mm_storeu_si128(to, _mm512_extracti32x4_epi32(lanes, 1)); break;
        case 2: _mm_storeu_si128(to, _mm512_extracti32x4_epi32(lanes, 2)); break;
        default: _mm_storeu_si128(to, _mm512_extracti32x4_epi32(lanes, 3)); break;
    }
}

#include "sparse/turn_template.h"

/// The rows of an input. Each address is computed by itself: compilers would rather compute several in a vector, which takes longer.
static inline const uint8_t *rows_of(const uint8_t *a, uint16_t column, int rows) {
    int64_t offset = column;
    __asm__("" : "+r"(offset));
    return a + offset * rows;
}

/// The word of an output: its codes of four inputs.
static inline __m512i word(const int8_t *codes) {
    int value;
    __builtin_memcpy(&value, codes, sizeof value);
    return _mm512_set1_epi32(value);
}

/// Writes the sums of four outputs: lane l of `x[o]` holds rows l * lane_rows ..< + 4.
static inline __attribute__((always_inline)) void store(const __m512i x[4], int lane_rows, int32_t *sums, int64_t stride) {
    const __m512i low01 = _mm512_unpacklo_epi32(x[0], x[1]), high01 = _mm512_unpackhi_epi32(x[0], x[1]);
    const __m512i low23 = _mm512_unpacklo_epi32(x[2], x[3]), high23 = _mm512_unpackhi_epi32(x[2], x[3]);
    const __m512i rows[4] = {_mm512_unpacklo_epi64(low01, low23), _mm512_unpackhi_epi64(low01, low23), _mm512_unpacklo_epi64(high01, high23),
                             _mm512_unpackhi_epi64(high01, high23)};
    UNROLL for (int lane = 0; lane < 4; lane++) {
        UNROLL for (int r = 0; r < 4; r++) { store_lane(sums + (lane * lane_rows + r) * stride, rows[r], lane); }
    }
}

static void kernel(int64_t groups, const uint16_t *columns, const uint8_t *a, const int8_t *codes, int32_t *sums, int64_t stride) {
    __m512i acc[4][4];  // [quarter of a lane's rows][output]
    UNROLL for (int i = 0; i < 16; i++) { acc[i / 4][i % 4] = _mm512_setzero_si512(); }
    for (; groups > 0; groups--, columns += 4, codes += 16) {
        const __m512i a0 = load_bytes(rows_of(a, columns[0], ROWS)), a1 = load_bytes(rows_of(a, columns[1], ROWS));
        const __m512i a2 = load_bytes(rows_of(a, columns[2], ROWS)), a3 = load_bytes(rows_of(a, columns[3], ROWS));
        const __m512i low01 = interleave_low(a0, a1), high01 = interleave_high(a0, a1), low23 = interleave_low(a2, a3), high23 = interleave_high(a2, a3);
        const __m512i words[4] = {_mm512_unpacklo_epi16(low01, low23), _mm512_unpackhi_epi16(low01, low23), _mm512_unpacklo_epi16(high01, high23),
                                  _mm512_unpackhi_epi16(high01, high23)};
        UNROLL for (int o = 0; o < 4; o++) {
            const __m512i weight = word(codes + 4 * o);
            UNROLL for (int quarter = 0; quarter < 4; quarter++) {
                acc[quarter][o] = _mm512_dpbusd_epi32(acc[quarter][o], words[quarter], weight);
            }
        }
    }
    UNROLL for (int quarter = 0; quarter < 4; quarter++) { store(acc[quarter], 16, sums + 4 * quarter * stride, stride); }
}

static inline __m128i load_few(const uint8_t *a, uint16_t column) { return _mm_loadu_si128((const __m128i *)rows_of(a, column, FEW)); }

/// Adds one group's products for 16 rows: the four inputs' rows come into one vector, whose bytes are turned to words, one a row.
static inline __attribute__((always_inline)) void add_few(const uint16_t *columns, const uint8_t *a, const int8_t *codes, __m512i acc[4]) {
    const __m512i order = _mm512_setr_epi32(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
    const __m512i turned = _mm512_broadcast_i32x4(_mm_setr_epi8(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15));
    __m512i rows = _mm512_castsi128_si512(load_few(a, columns[0]));
    rows = _mm512_inserti32x4(rows, load_few(a, columns[1]), 1);
    rows = _mm512_inserti32x4(rows, load_few(a, columns[2]), 2);
    rows = _mm512_inserti32x4(rows, load_few(a, columns[3]), 3);
    __asm__("" : "+v"(rows));  // else compilers find other shuffles, and more of them
    rows = _mm512_permutexvar_epi32(order, rows);
    __asm__("" : "+v"(rows));
    rows = _mm512_shuffle_epi8(rows, turned);
    UNROLL for (int o = 0; o < 4; o++) { acc[o] = _mm512_dpbusd_epi32(acc[o], rows, word(codes + 4 * o)); }
}

static void few(int64_t groups, const uint16_t *columns, const uint8_t *a, const int8_t *codes, int32_t *sums, int64_t stride) {
    // Two sets of sums, since a product takes longer than a group's other instructions.
    __m512i even[4], odd[4];
    UNROLL for (int o = 0; o < 4; o++) { even[o] = odd[o] = _mm512_setzero_si512(); }
    for (; groups >= 2; groups -= 2, columns += 8, codes += 32) {
        add_few(columns, a, codes, even);
        add_few(columns + 4, a, codes + 16, odd);
    }
    if (groups > 0) { add_few(columns, a, codes, even); }
    UNROLL for (int o = 0; o < 4; o++) { even[o] = _mm512_add_epi32(even[o], odd[o]); }
    store(even, 4, sums, stride);
}

#pragma clang attribute pop

const lathe_sparse_tile lathe_sparse_avx512_vnni = {ROWS, kernel, few, turn, BYTES};

#endif
