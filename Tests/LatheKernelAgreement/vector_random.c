#include "vector_check.h"
#include "vector_families.h"

// Random numbers: known answers, order of the values, distribution, split runs.

static void philox_plain(const uint32_t counter[4], const uint32_t key[2], uint32_t out[4]) {
    uint32_t c[4] = {counter[0], counter[1], counter[2], counter[3]}, k0 = key[0], k1 = key[1];
    for (int round = 0; round < 10; round++) {
        uint64_t a = (uint64_t)0xd2511f53 * c[0], b = (uint64_t)0xcd9e8d57 * c[2];
        uint32_t next[4] = {(uint32_t)(b >> 32) ^ c[1] ^ k0, (uint32_t)b, (uint32_t)(a >> 32) ^ c[3] ^ k1, (uint32_t)a};
        memcpy(c, next, sizeof next);
        k0 += 0x9e3779b9, k1 += 0xbb67ae85;
    }
    memcpy(out, c, sizeof c);
}

// Value `index` as lathe_ops.h numbers them.
static uint32_t random_word(uint64_t seed, uint64_t block, int64_t index) {
    uint64_t counter = 16 * (block + (uint64_t)(index / 64)) + (uint64_t)(index % 16);
    uint32_t words[4], c[4] = {(uint32_t)counter, (uint32_t)(counter >> 32), 0, 0}, key[2] = {(uint32_t)seed, (uint32_t)(seed >> 32)};
    philox_plain(c, key, words);
    return words[index % 64 / 16];
}

// Random123's known answers: directly for the plain loop above, and as far as the interface reaches for the kernel.
static bool random_known(const lathe_kernels *kernels, char *message, size_t size) {
    const uint32_t zeros[4] = {0}, ones[4] = {~0u, ~0u, ~0u, ~0u};
    const uint32_t first[4] = {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}, last[4] = {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd};
    uint32_t words[4];
    float uniform[64];
    philox_plain(zeros, zeros, words);
    bool good = memcmp(words, first, sizeof words) == 0;
    philox_plain(ones, ones, words);
    good &= memcmp(words, last, sizeof words) == 0;
    if (!good) return check_fail(message, size, "the plain Philox of the check itself is wrong");
    // The upper 24 bits of a word, which is all that the kernels use.
    kernels->random_uniform(64, 0, 0, 0, 0x1p24f, uniform);
    for (int w = 0; w < 4; w++)
        if (uniform[16 * w] != (float)(first[w] >> 8)) return check_fail(message, size, "random_uniform, word %d of counter 0, key 0: expected %06x, got %06x", w, first[w] >> 8, (unsigned)uniform[16 * w]);
    return true;
}

static bool random_one(const lathe_kernels *kernels, int64_t n, uint64_t seed, uint64_t block, char *message, size_t size) {
    check_random random = {61};
    check_pool pool = {0};
    float *uniform = check_floats(&pool, n), *normal = check_floats(&pool, n), *x = check_filled(&pool, &random, n, -3, 3), *y = check_floats(&pool, n);
    if (n > 3) x[3] = NAN, x[2] = INFINITY;
    kernels->random_uniform(n, seed, block, -1, 3, uniform);
    kernels->random_normal(n, seed, block, 1, 2, normal);
    kernels->dropout(n, seed, block, 0.7f, x, y);
    bool good = true;
    for (int64_t i = 0; i < n && good; i++) {
        uint32_t word = random_word(seed, block, i), other = random_word(seed, block, (i % 32 < 16) ? i + 16 : i - 16);
        float unit = (float)(word >> 8) * 0x1p-24f;
        bool second = i % 32 >= 16;
        double u0 = ((second ? other : word) >> 8) * 0x1p-24, u1 = ((second ? word : other) >> 8) * 0x1p-24, radius = sqrt(-2 * log(1 - u0));
        double gauss = 1 + 2 * radius * (second ? sin(6.283185307179586 * u1) : cos(6.283185307179586 * u1));
        float dropped = unit < 0.7f ? x[i] / 0.7f : 0;
        const char *what = uniform[i] != unit * 4 + -1 ? "random_uniform"
            : !check_near(normal[i], gauss, 4e-6, 0) ? "random_normal" : !(y[i] == dropped || (isnan(y[i]) && isnan(dropped))) ? "dropout" : NULL;
        if (what) good = check_fail(message, size, "%s n %d at %d", what, (int)n, (int)i);
    }
    if (good) {
        kernels->dropout(n, seed, block, 0.7f, x, x);
        good = check_first_difference(x, y, n) < 0 || check_fail(message, size, "dropout in place differs, n %d", (int)n);
    }
    // A run may be split at any block.
    if (good && n > 64) {
        kernels->random_normal(64, seed, block, 1, 2, x);
        kernels->random_normal(n - 64, seed, block + 1, 1, 2, x + 64);
        good = check_first_difference(x, normal, n) < 0 || check_fail(message, size, "random_normal split differs, n %d", (int)n);
    }
    if (!check_release(&pool) && good) return check_fail(message, size, "a random kernel wrote behind an array, n %d", (int)n);
    return good;
}

static bool random_all(const lathe_kernels *kernels, char *message, size_t size) {
    // Counters whose low word is about to carry into the high one, and a key with both words in use.
    for (int s = 0; s < check_size_count; s++)
        if (!random_one(kernels, check_sizes[s], 0x123456789abcdef0u, s % 3 ? (uint64_t)s * 0x0fffffffu : 0, message, size)) return false;
    return random_one(kernels, 300, ~(uint64_t)0, ((uint64_t)1 << 60) - 3, message, size);
}

static bool random_moments(const lathe_kernels *kernels, char *message, size_t size) {
    enum { n = 100000 };
    check_pool pool = {0};
    float *x = check_floats(&pool, n);
    double mean = 0, variance = 0;
    kernels->random_normal(n, 5, 9, 0, 1, x);
    bool finite = true;
    for (int i = 0; i < n; i++) mean += (double)x[i] / n, variance += (double)x[i] * (double)x[i] / n, finite &= isfinite(x[i]) && fabsf(x[i]) < 5.9f;
    check_release(&pool);
    if (!finite || fabs(mean) > 0.015 || fabs(variance - 1) > 0.02) return check_fail(message, size, "random_normal: mean %g, variance %g", mean, variance);
    return true;
}

const lathe_agreement vector_random_checks[] = {
    {"random: Random123's known answers", random_known},
    {"random: values, order, split runs", random_all},
    {"random: moments of the normal numbers", random_moments},
};
const int vector_random_check_count = sizeof vector_random_checks / sizeof vector_random_checks[0];
