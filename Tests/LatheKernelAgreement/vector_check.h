#ifndef LATHE_VECTOR_CHECK_H
#define LATHE_VECTOR_CHECK_H

// What the checks of the vector kernels share: arrays with guarded ends, reproducible values, comparison.

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "LatheKernelAgreement.h"

#define CHECK_UNUSED __attribute__((unused))

// Lengths around every vector width, and some that are long.
static const int64_t check_sizes[] CHECK_UNUSED = {0, 1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 32, 33, 63, 64, 65, 127, 128, 200, 1000, 1023, 4099};
enum { check_size_count = sizeof check_sizes / sizeof check_sizes[0] };

// Writes the line and returns false, for `return check_fail(...)`.
__attribute__((format(printf, 3, 4))) static CHECK_UNUSED bool check_fail(char *message, size_t size, const char *format, ...) {
    va_list list;
    va_start(list, format);
    vsnprintf(message, size, format, list);
    va_end(list);
    return false;
}

// ---- Values ----

typedef struct check_random {
    uint64_t state;
} check_random;

static CHECK_UNUSED uint32_t check_next(check_random *random) {
    random->state = random->state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(random->state >> 32);
}
static CHECK_UNUSED float check_uniform(check_random *random, float low, float high) {
    return low + (high - low) * ((float)(check_next(random) >> 8) * 0x1p-24f);
}

// ---- Arrays ----
//
// An array begins one element past the allocation's alignment, so that nothing can rely on alignment, and is followed by a guard.

enum { check_guard = 16 };
static const unsigned char check_guard_byte = 0xa5;

typedef struct check_array {
    void *base;
    void *data;
    size_t bytes;
} check_array;

static CHECK_UNUSED check_array check_make(int64_t count, size_t element) {
    check_array array;
    array.bytes = (size_t)count * element;
    array.base = malloc(array.bytes + element + check_guard);
    array.data = (char *)array.base + element;
    memset(array.base, check_guard_byte, array.bytes + element + check_guard);
    return array;
}
static CHECK_UNUSED bool check_intact(const check_array *array) {
    const unsigned char *end = (const unsigned char *)array->data + array->bytes;
    for (int i = 0; i < check_guard; i++)
        if (end[i] != check_guard_byte) return false;
    return true;
}

// The arrays of one check, released together.
typedef struct check_pool {
    check_array arrays[64];
    int count;
} check_pool;

static CHECK_UNUSED void *check_take(check_pool *pool, int64_t count, size_t element) {
    check_array array = check_make(count, element);
    pool->arrays[pool->count++] = array;
    return array.data;
}
static CHECK_UNUSED float *check_floats(check_pool *pool, int64_t count) { return check_take(pool, count, sizeof(float)); }
static CHECK_UNUSED float *check_filled(check_pool *pool, check_random *random, int64_t count, float low, float high) {
    float *values = check_floats(pool, count);
    for (int64_t i = 0; i < count; i++) values[i] = check_uniform(random, low, high);
    return values;
}
// Releases all arrays; false if something was written behind one of them.
static CHECK_UNUSED bool check_release(check_pool *pool) {
    bool intact = true;
    for (int i = 0; i < pool->count; i++) {
        intact &= check_intact(&pool->arrays[i]);
        free(pool->arrays[i].base);
    }
    pool->count = 0;
    return intact;
}

// ---- Comparison ----

// NaN agrees with NaN, an infinity with itself; a value that rounds to infinity agrees with that infinity.
static CHECK_UNUSED bool check_near(float got, double expected, double absolute, double relative) {
    if (isnan(expected)) return isnan(got);
    if (isinf((float)expected)) return got == (float)expected;
    return fabs((double)got - expected) <= absolute + relative * fabs(expected);
}
static CHECK_UNUSED bool check_same_bits(const void *a, const void *b, int64_t count, size_t element) {
    return memcmp(a, b, (size_t)count * element) == 0;
}
// The first index at which two float arrays differ in a bit (two NaNs count as the same), or -1.
static CHECK_UNUSED int64_t check_first_difference(const float *a, const float *b, int64_t count) {
    for (int64_t i = 0; i < count; i++)
        if (memcmp(a + i, b + i, sizeof(float)) != 0 && !(isnan(a[i]) && isnan(b[i]))) return i;
    return -1;
}

// ---- Functions in double ----

static CHECK_UNUSED double check_activation(lathe_activation activation, double x) {
    switch (activation) {
    case LATHE_ACTIVATION_NONE: return x;
    case LATHE_ACTIVATION_RELU: return x > 0 ? x : 0;
    case LATHE_ACTIVATION_GELU_ERF: return 0.5 * x * erfc(-x * 0.70710678118654752);
    case LATHE_ACTIVATION_GELU_TANH: return x / (1 + exp(-2 * 0.79788456080286536 * (x + 0.044715 * x * x * x)));
    case LATHE_ACTIVATION_SILU: return x / (1 + exp(-x));
    case LATHE_ACTIVATION_TANH: return tanh(x);
    }
    return x;
}

#endif
