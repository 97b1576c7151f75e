// Vectors of four sums for gemm/tile_template.h, in the compiler's own vector types, which every machine has: f32, or s32 where INTEGER
// is defined.

typedef float f32x4 __attribute__((vector_size(16)));
typedef int32_t s32x4 __attribute__((vector_size(16)));
typedef uint32_t u32x4 __attribute__((vector_size(16)));
typedef int16_t s16x8 __attribute__((vector_size(16)));
typedef uint16_t u16x8 __attribute__((vector_size(16)));

#if defined(__x86_64__)
#define KEEP(sum) __asm__ volatile("" : "+x"(sum))
#elif defined(__aarch64__)
#define KEEP(sum) __asm__ volatile("" : "+w"(sum))
#else
#define KEEP(sum) __asm__ volatile("" : "+m"(sum))
#endif

#ifdef INTEGER
typedef s32x4 sum_t;
#else
typedef f32x4 sum_t;
#endif

static inline sum_t zero(void) { return (sum_t){0}; }
static inline sum_t add(sum_t x, sum_t y) { return x + y; }
static inline sum_t load_sums(const void *from, int lanes) {
    sum_t sum = zero();
    memcpy(&sum, from, lanes == 4 ? sizeof sum : (size_t)lanes * 4);
    return sum;
}
static inline void store_sums(void *to, sum_t sum, int lanes) {
    memcpy(to, &sum, lanes == 4 ? sizeof sum : (size_t)lanes * 4);
}

/// A word of A, or four words of a panel.
static inline u32x4 repeat(const void *word) {
    uint32_t value;
    memcpy(&value, word, sizeof value);
    return (u32x4){value, value, value, value};
}
static inline u32x4 words_at(const void *words) {
    u32x4 value;
    memcpy(&value, words, sizeof value);
    return value;
}
