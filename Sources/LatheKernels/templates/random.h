// Counter-based random numbers: Philox4x32-10 (Salmon et al., SC 2011), in the order that lathe_ops.h lays down.
//
// A block is 16 counters of four words each, 64 values; vectors run along the counters.

LATHE_TARGET_BEGIN

#pragma STDC FP_CONTRACT OFF  // uniform numbers are the same bits in every variant

typedef struct random_words {
    vu word[4];
} random_words;

// The words of counters first, first + 1, ... (the high halves are all the same: first is a multiple of the width).
LATHE_INLINE random_words philox(uint64_t first, uint64_t seed) {
    vu c0 = vu_splat((uint32_t)first) + (vu)vi_iota(), c1 = vu_splat((uint32_t)(first >> 32)), c2 = 0, c3 = 0;
    uint32_t k0 = (uint32_t)seed, k1 = (uint32_t)(seed >> 32);
    for (int round = 0; round < 10; round++) {
        vu high0, low0, high1, low1;
        vu_multiply_wide(c0, 0xd2511f53u, &high0, &low0);
        vu_multiply_wide(c2, 0xcd9e8d57u, &high1, &low1);
        c0 = high1 ^ c1 ^ k0;
        c1 = low1;
        c2 = high0 ^ c3 ^ k1;
        c3 = low0;
        k0 += 0x9e3779b9u;
        k1 += 0xbb67ae85u;
    }
    return (random_words){{c0, c1, c2, c3}};
}

LATHE_INLINE vf random_unit(vu word) { return v_from_int((vi)(word >> 8)) * 0x1p-24f; }

// Runs the last argument for every vector of counters: it turns `words` into the values at, at + 16, at + 32, at + 48
// of `out`, which is y itself or, for the last values of a run, a whole block beside it.
#define LATHE_RANDOM_BLOCKS(y_, ...)                                                            \
    do {                                                                                            \
        for (; n > 0; n -= 64, block++, y_ += 64) {                                                 \
            float partial[64];                                                                      \
            float *out = n < 64 ? partial : y_;                                                     \
            for (int64_t at = 0; at < 16; at += v_width) {                                          \
                random_words words = philox(16 * block + (uint64_t)at, seed);                       \
                __VA_ARGS__                                                                         \
            }                                                                                       \
            if (n < 64) memcpy(y_, partial, (size_t)n * sizeof(float));                             \
        }                                                                                           \
    } while (0)

void LATHE_VARIANT(random_uniform)(int64_t n, uint64_t seed, uint64_t block, float low, float high, float *y) {
    vf base = v_splat(low), range = v_splat(high - low);
    LATHE_RANDOM_BLOCKS(y, {
        for (int w = 0; w < 4; w++) v_store(out + 16 * w + at, random_unit(words.word[w]) * range + base);
    });
}

void LATHE_VARIANT(random_normal)(int64_t n, uint64_t seed, uint64_t block, float mean, float deviation, float *y) {
    vf center = v_splat(mean), scale = v_splat(deviation);
    LATHE_RANDOM_BLOCKS(y, {
        for (int w = 0; w < 4; w += 2) {
            vf sine, cosine;
            vf radius = v_sqrt(-2.0f * v_log_of_normal(1.0f - random_unit(words.word[w])));
            v_sin_cos_turns(random_unit(words.word[w + 1]), &sine, &cosine);
            v_store(out + 16 * w + at, v_fma(scale, radius * cosine, center));
            v_store(out + 16 * w + 16 + at, v_fma(scale, radius * sine, center));
        }
    });
}

void LATHE_VARIANT(dropout)(int64_t n, uint64_t seed, uint64_t block, float keep, const float *x, float *y) {
    vf zero = v_splat(0.0f);
    for (; n > 0; n -= 64, block++, x += 64, y += 64) {
        float x_part[64], y_part[64];
        const float *in = x;
        float *out = y;
        if (n < 64) {
            memset(x_part, 0, sizeof x_part);
            memcpy(x_part, x, (size_t)n * sizeof(float));
            in = x_part, out = y_part;
        }
        for (int64_t at = 0; at < 16; at += v_width) {
            random_words words = philox(16 * block + (uint64_t)at, seed);
            for (int w = 0; w < 4; w++) {
                int64_t place = 16 * w + at;
                v_store(out + place, v_select(random_unit(words.word[w]) < keep, v_load(in + place) / keep, zero));
            }
        }
        if (n < 64) memcpy(y, y_part, (size_t)n * sizeof(float));
    }
}

#undef LATHE_RANDOM_BLOCKS

#pragma STDC FP_CONTRACT DEFAULT

LATHE_TARGET_END
