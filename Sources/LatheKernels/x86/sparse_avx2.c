// Block-sparse product for AVX2, 16 rows at a time. The bytes of two inputs are interleaved and widened to pairs of 16 bits, whose products and sums
// are exact.

#if defined(__x86_64__)

#include "include/lathe_sparse.h"

#include <immintrin.h>

#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)

#define UNROLL _Pragma("clang loop unroll(full)")

enum { ROWS = 16, BYTES = 32 };

typedef __m256i bytes_t;

static inline bytes_t load_bytes(const uint8_t *from) { return _mm256_loadu_si256((const __m256i *)from); }
static inline bytes_t interleave_low(bytes_t x, bytes_t y) { return _mm256_unpacklo_epi8(x, y); }
static inline bytes_t interleave_high(bytes_t x, bytes_t y) { return _mm256_unpackhi_epi8(x, y); }

static inline void store_lane(void *to, __m256i lanes, int lane) {
    _mm_storeu_si128(to, lane == 0 ? _mm256_castsi256_si128(lanes) : _mm256_extracti128_si256(lanes, 1));
}

#include "sparse/turn_template.h"

/// The rows of an input. Each address is computed by itself: compilers would rather compute several in a vector, which takes longer.
static inline __m128i load_rows(const uint8_t *a, uint16_t column) {
    int64_t offset = column;
    __asm__("" : "+r"(offset));
    return _mm_loadu_si128((const __m128i *)(a + offset * ROWS));
}

/// Writes the sums of four outputs for eight rows.
static inline void store(const __m256i x[4], int32_t *sums, int64_t stride) {
    const __m256i low01 = _mm256_unpacklo_epi32(x[0], x[1]), high01 = _mm256_unpackhi_epi32(x[0], x[1]);
    const __m256i low23 = _mm256_unpacklo_epi32(x[2], x[3]), high23 = _mm256_unpackhi_epi32(x[2], x[3]);
    const __m256i rows[4] = {_mm256_unpacklo_epi64(low01, low23), _mm256_unpackhi_epi64(low01, low23), _mm256_unpacklo_epi64(high01, high23),
                             _mm256_unpackhi_epi64(high01, high23)};
    UNROLL for (int r = 0; r < 8; r++) { store_lane(sums + r * stride, rows[r % 4], r / 4); }
}

static void kernel(int64_t groups, const uint16_t *columns, const uint8_t *a, const int8_t *codes, int32_t *sums, int64_t stride) {
    __m256i acc[2][4];  // [half of the rows][output]
    UNROLL for (int i = 0; i < 8; i++) { acc[i / 4][i % 4] = _mm256_setzero_si256(); }
    for (; groups > 0; groups--, columns += 4, codes += 16) {
        _Alignas(32) int32_t weights[8];  // [output][pair]: two codes of 16 bits
        _mm256_store_si256((__m256i *)weights, _mm256_cvtepi8_epi16(_mm_loadu_si128((const __m128i *)codes)));
        UNROLL for (int pair = 0; pair < 2; pair++) {
            const __m128i first = load_rows(a, columns[2 * pair]), second = load_rows(a, columns[2 * pair + 1]);
            const __m256i low = _mm256_cvtepu8_epi16(_mm_unpacklo_epi8(first, second)), high = _mm256_cvtepu8_epi16(_mm_unpackhi_epi8(first, second));
            UNROLL for (int o = 0; o < 4; o++) {
                const __m256i weight = _mm256_set1_epi32(weights[2 * o + pair]);
                acc[0][o] = _mm256_add_epi32(acc[0][o], _mm256_madd_epi16(low, weight));
                acc[1][o] = _mm256_add_epi32(acc[1][o], _mm256_madd_epi16(high, weight));
            }
        }
    }
    store(acc[0], sums, stride);
    store(acc[1], sums + 8 * stride, stride);
}

#pragma clang attribute pop

const lathe_sparse_tile lathe_sparse_avx2 = {ROWS, kernel, kernel, turn, BYTES};

#endif
