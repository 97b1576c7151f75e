#ifndef LATHE_IMAGES_H
#define LATHE_IMAGES_H

#include "include/LatheKernels.h"

#include <stdatomic.h>

/// The bits of infinity: sizes from there on are not finite.
enum { lathe_image_infinity = 0x7f800000 };

/// What is known of a value of one image while a network runs.
typedef struct lathe_image_state {
    _Atomic uint32_t largest;  ///< bits of the largest |v|, which infinity and NaN are above
    float scale;               ///< of codes
    int32_t zero_point;
} lathe_image_state;

/// One step for one image.
typedef struct lathe_image_call {
    const lathe_kernels *kernels;
    const lathe_image_network *network;
    const lathe_image_step *step;
    lathe_image_state *states;  ///< [values]
    char *memory;               ///< of the image's values
    const float *x;             ///< the image, of the network's input
    float *y;                   ///< its part of the network's output
    int threads;                ///< that share the step: how many parts are worth their while
} lathe_image_call;

static inline const lathe_image_value *lathe_image_at(const lathe_image_call *call, int index) { return &call->network->values[index]; }
static inline char *lathe_image_memory(const lathe_image_call *call, int index) { return call->memory + lathe_image_at(call, index)->offset; }

static inline int64_t lathe_image_element(const lathe_image_value *value) {
    return value->type == LATHE_F32 ? 4 : value->type == LATHE_U8 ? 1 : 2;
}

/// Elements from one row of a value to the next.
static inline int64_t lathe_image_row(const lathe_image_value *value) { return (value->width + 2 * value->border) * value->pitch; }

/// The element at which pixel (i, j) begins.
static inline int64_t lathe_image_pixel(const lathe_image_value *value, int64_t i, int64_t j) {
    return (i + value->border) * lathe_image_row(value) + (j + value->border) * value->pitch;
}

static inline void lathe_image_note(lathe_image_state *state, uint32_t largest) {
    uint32_t known = atomic_load_explicit(&state->largest, memory_order_relaxed);
    while (largest > known &&
           !atomic_compare_exchange_weak_explicit(&state->largest, &known, largest, memory_order_relaxed, memory_order_relaxed)) {}
}

/// Fills the border of a value with zeros or codes of zero, and whatever else its step does not write.
void lathe_image_prepare_border(const lathe_image_call *call, int index);

/// A kind of step: what comes before its parts, how many parts it has, and one of them.
typedef struct lathe_image_step_functions {
    void (*begin)(const lathe_image_call *call);
    int64_t (*parts)(const lathe_image_call *call);
    void (*part)(const lathe_image_call *call, int64_t part, void *scratch);
} lathe_image_step_functions;

extern const lathe_image_step_functions lathe_image_load, lathe_image_quantize, lathe_image_round, lathe_image_convolve, lathe_image_max_pool,
    lathe_image_mean, lathe_image_store;

/// Bytes of scratch that a part of a step takes at most.
size_t lathe_image_scratch(const lathe_image_network *network, const lathe_kernels *kernels);

#endif
