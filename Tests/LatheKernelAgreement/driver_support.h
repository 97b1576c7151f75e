#ifndef LATHE_DRIVER_SUPPORT_H
#define LATHE_DRIVER_SUPPORT_H

#include <math.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// What the checks of attention and convolution share: memory, test values, comparison.

/// 64-byte aligned memory, never NULL.
static inline void *aligned_memory(size_t bytes) {
    void *memory = NULL;
    if (posix_memalign(&memory, 64, bytes > 0 ? bytes : 64) != 0) { abort(); }
    return memory;
}

/// Values in [-1, 1) from a fixed sequence.
static inline float *test_values(int64_t count, uint32_t seed) {
    float *values = aligned_memory((size_t)count * sizeof(float));
    uint32_t state = seed * 2654435761u + 12345u;
    for (int64_t i = 0; i < count; i++) {
        state = state * 1664525u + 1013904223u;
        values[i] = (float)(int32_t)(state >> 8) / (1 << 23) - 1;
    }
    return values;
}

/// What outputs hold before a call, to see what it leaves alone.
static const float untouched = -12345.5f;

static inline float *untouched_values(int64_t count) {
    float *values = aligned_memory((size_t)count * sizeof(float));
    for (int64_t i = 0; i < count; i++) { values[i] = untouched; }
    return values;
}

/// Writes the message of a failed check; false, so that checks can return it.
__attribute__((format(printf, 3, 4))) static inline bool failure(char *message, size_t size, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message, size, format, arguments);
    va_end(arguments);
    return false;
}

/// Compares values with expected ones: infinities exactly, others within `tolerance` times the largest expected magnitude (at least 1e-3).
static inline bool close_values(const char *what, int64_t count, const float *got, const double *expected, double tolerance, char *message,
                                size_t size) {
    double largest = 1e-3;
    for (int64_t i = 0; i < count; i++) {
        if (isfinite(expected[i]) && fabs(expected[i]) > largest) { largest = fabs(expected[i]); }
    }
    for (int64_t i = 0; i < count; i++) {
        const bool close = isfinite(expected[i]) ? fabs(got[i] - expected[i]) <= tolerance * largest : got[i] == (float)expected[i];
        if (!close) { return failure(message, size, "%s[%lld]: expected %.8g, got %.8g", what, (long long)i, expected[i], got[i]); }
    }
    return true;
}

/// Compares bits.
static inline bool same_values(const char *what, int64_t count, const float *got, const float *expected, char *message, size_t size) {
    for (int64_t i = 0; i < count; i++) {
        if (memcmp(&got[i], &expected[i], sizeof(float)) != 0) {
            return failure(message, size, "%s[%lld] depends on the threads: %.9g and %.9g", what, (long long)i, expected[i], got[i]);
        }
    }
    return true;
}

#endif
