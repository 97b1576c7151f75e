// Vectors of sums for gemm/tile_template.h: f32, or s32 where INTEGER is defined. To be included inside a target("avx512…") region.

#define KEEP(sum) __asm__ volatile("" : "+v"(sum))

/// Several values of A as one word, wherever they lie.
static inline int word_at(const void *word) {
    int value;
    __builtin_memcpy(&value, word, sizeof value);
    return value;
}

static inline __mmask16 first_lanes(int lanes) { return (__mmask16)(0xffff >> (16 - lanes)); }

#ifdef INTEGER
static inline sum_t zero(void) { return _mm512_setzero_si512(); }
static inline sum_t add(sum_t x, sum_t y) { return _mm512_add_epi32(x, y); }
static inline sum_t load_sums(const void *from, int lanes) { return _mm512_maskz_loadu_epi32(first_lanes(lanes), from); }
static inline void store_sums(void *to, sum_t sum, int lanes) { _mm512_mask_storeu_epi32(to, first_lanes(lanes), sum); }
#else
static inline sum_t zero(void) { return _mm512_setzero_ps(); }
static inline sum_t add(sum_t x, sum_t y) { return _mm512_add_ps(x, y); }
static inline sum_t load_sums(const void *from, int lanes) { return _mm512_maskz_loadu_ps(first_lanes(lanes), from); }
static inline void store_sums(void *to, sum_t sum, int lanes) { _mm512_mask_storeu_ps(to, first_lanes(lanes), sum); }
#endif
