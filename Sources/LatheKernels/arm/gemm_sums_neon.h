// Vectors of sums for gemm/tile_template.h: f32, or s32 where INTEGER is defined.

#define KEEP(sum) __asm__ volatile("" : "+w"(sum))

/// Several values of A as one word, wherever they lie.
static inline uint32_t word_at(const void *word) {
    uint32_t value;
    __builtin_memcpy(&value, word, sizeof value);
    return value;
}

#ifdef INTEGER
typedef int32x4_t sum_t;
static inline sum_t zero(void) { return vdupq_n_s32(0); }
static inline sum_t add(sum_t x, sum_t y) { return vaddq_s32(x, y); }
#else
typedef float32x4_t sum_t;
static inline sum_t zero(void) { return vdupq_n_f32(0); }
static inline sum_t add(sum_t x, sum_t y) { return vaddq_f32(x, y); }
#endif

static inline sum_t load_sums(const void *from, int lanes) {
    sum_t sum = zero();
    __builtin_memcpy(&sum, from, lanes == 4 ? 16 : (size_t)lanes * 4);
    return sum;
}
static inline void store_sums(void *to, sum_t sum, int lanes) {
    __builtin_memcpy(to, &sum, lanes == 4 ? 16 : (size_t)lanes * 4);
}
