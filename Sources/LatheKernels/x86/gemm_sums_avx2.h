// Vectors of sums for gemm/tile_template.h: f32, or s32 where INTEGER is defined. To be included inside a target("avx2…") region.

#define KEEP(sum) __asm__ volatile("" : "+x"(sum))

/// Several values of A as one word, wherever they lie.
static inline int word_at(const void *word) {
    int value;
    __builtin_memcpy(&value, word, sizeof value);
    return value;
}

/// All ones in the first `lanes` lanes.
static inline __m256i first_lanes(int lanes) {
    return _mm256_cmpgt_epi32(_mm256_set1_epi32(lanes), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
}

#ifdef INTEGER
static inline sum_t zero(void) { return _mm256_setzero_si256(); }
static inline sum_t add(sum_t x, sum_t y) { return _mm256_add_epi32(x, y); }
static inline sum_t load_sums(const void *from, int lanes) {
    return lanes == 8 ? _mm256_loadu_si256(from) : _mm256_maskload_epi32(from, first_lanes(lanes));
}
static inline void store_sums(void *to, sum_t sum, int lanes) {
    if (lanes == 8) { _mm256_storeu_si256(to, sum); } else { _mm256_maskstore_epi32(to, first_lanes(lanes), sum); }
}
#else
static inline sum_t zero(void) { return _mm256_setzero_ps(); }
static inline sum_t add(sum_t x, sum_t y) { return _mm256_add_ps(x, y); }
static inline sum_t load_sums(const void *from, int lanes) {
    return lanes == 8 ? _mm256_loadu_ps(from) : _mm256_maskload_ps(from, first_lanes(lanes));
}
static inline void store_sums(void *to, sum_t sum, int lanes) {
    if (lanes == 8) { _mm256_storeu_ps(to, sum); } else { _mm256_maskstore_ps(to, first_lanes(lanes), sum); }
}
#endif
