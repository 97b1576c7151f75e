#ifndef LATHE_VECTOR_TYPES_H
#define LATHE_VECTOR_TYPES_H

// The part of the vector layer that is the same on every ISA. A layer header (ref/vector_layer_portable.h,
// x86/vector_layer_avx2.h, ...) defines LATHE_VECTOR_WIDTH, LATHE_TARGET_BEGIN and LATHE_TARGET_END, includes this file, and adds what
// compilers do badly on their own: partial loads and stores, min and max, rounding, wide multiplication, half precision.
//
// Everything here is clang's vector extension, so that one kernel body serves all variants. Vectors never cross a call
// that is not inlined, which keeps them out of the platform's calling convention.

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#define LATHE_INLINE static inline __attribute__((always_inline, unused))

enum { v_width = LATHE_VECTOR_WIDTH };

typedef float vf __attribute__((ext_vector_type(LATHE_VECTOR_WIDTH)));
typedef int32_t vi __attribute__((ext_vector_type(LATHE_VECTOR_WIDTH)));  // also the type of masks: all ones or zero per lane
typedef uint32_t vu __attribute__((ext_vector_type(LATHE_VECTOR_WIDTH)));
typedef uint16_t vh __attribute__((ext_vector_type(LATHE_VECTOR_WIDTH)));
typedef uint8_t vb __attribute__((ext_vector_type(LATHE_VECTOR_WIDTH)));

LATHE_TARGET_BEGIN

LATHE_INLINE vf v_splat(float x) { return (vf)(x); }
LATHE_INLINE vi vi_splat(int32_t x) { return (vi)(x); }
LATHE_INLINE vu vu_splat(uint32_t x) { return (vu)(x); }

LATHE_INLINE vf v_load(const float *p) {
    vf v;
    memcpy(&v, p, sizeof v);
    return v;
}
LATHE_INLINE void v_store(float *p, vf v) { memcpy(p, &v, sizeof v); }
LATHE_INLINE vi vi_load(const int32_t *p) {
    vi v;
    memcpy(&v, p, sizeof v);
    return v;
}
LATHE_INLINE void vu_store(uint32_t *p, vu v) { memcpy(p, &v, sizeof v); }
LATHE_INLINE vb vb_load(const uint8_t *p) {
    vb v;
    memcpy(&v, p, sizeof v);
    return v;
}
LATHE_INLINE void vb_store(uint8_t *p, vb v) { memcpy(p, &v, sizeof v); }
LATHE_INLINE vh vh_load(const uint16_t *p) {
    vh v;
    memcpy(&v, p, sizeof v);
    return v;
}
LATHE_INLINE void vh_store(uint16_t *p, vh v) { memcpy(p, &v, sizeof v); }

LATHE_INLINE vf v_select(vi mask, vf yes, vf no) { return mask ? yes : no; }
LATHE_INLINE vi vi_select(vi mask, vi yes, vi no) { return mask ? yes : no; }
LATHE_INLINE vf v_abs(vf x) { return (vf)((vu)x & 0x7fffffffu); }
LATHE_INLINE vi v_is_nan(vf x) { return x != x; }
LATHE_INLINE vf v_from_int(vi x) { return __builtin_convertvector(x, vf); }

// 0, 1, 2, ...
LATHE_INLINE vi vi_iota(void) {
#if LATHE_VECTOR_WIDTH == 16
    return (vi){0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
#elif LATHE_VECTOR_WIDTH == 8
    return (vi){0, 1, 2, 3, 4, 5, 6, 7};
#else
    return (vi){0, 1, 2, 3};
#endif
}
// The mask of the first n lanes.
LATHE_INLINE vi vi_lanes_below(int64_t n) { return vi_iota() < (int32_t)n; }

// bfloat16 is the upper half of a float. Adding just under half of its last place, or half of it when that place is odd, rounds to
// nearest even and carries into infinity where it must; NaN would carry too, so it gets its quiet bit instead.
LATHE_INLINE vh v_to_bfloat(vf x) {
    vu bits = (vu)x;
    vu rounded = (bits + 0x7fffu + ((bits >> 16) & 1u)) >> 16;
    vu quiet = (bits >> 16) | 0x40u;
    return __builtin_convertvector(v_is_nan(x) ? quiet : rounded, vh);
}
LATHE_INLINE vf v_from_bfloat(vh x) { return (vf)(__builtin_convertvector(x, vu) << 16); }

// Folding: lanes trade places with the half of a vector, then of its halves, ... Every lane ends up with the result of all.
#if LATHE_VECTOR_WIDTH == 16
#define LATHE_FOLD(v, f)                                                                                                 \
    v = f(v, __builtin_shufflevector(v, v, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7));                      \
    v = f(v, __builtin_shufflevector(v, v, 4, 5, 6, 7, 0, 1, 2, 3, 12, 13, 14, 15, 8, 9, 10, 11));                      \
    v = f(v, __builtin_shufflevector(v, v, 2, 3, 0, 1, 6, 7, 4, 5, 10, 11, 8, 9, 14, 15, 12, 13));                      \
    v = f(v, __builtin_shufflevector(v, v, 1, 0, 3, 2, 5, 4, 7, 6, 9, 8, 11, 10, 13, 12, 15, 14))
#elif LATHE_VECTOR_WIDTH == 8
#define LATHE_FOLD(v, f)                                                           \
    v = f(v, __builtin_shufflevector(v, v, 4, 5, 6, 7, 0, 1, 2, 3));               \
    v = f(v, __builtin_shufflevector(v, v, 2, 3, 0, 1, 6, 7, 4, 5));               \
    v = f(v, __builtin_shufflevector(v, v, 1, 0, 3, 2, 5, 4, 7, 6))
#else
#define LATHE_FOLD(v, f)                                           \
    v = f(v, __builtin_shufflevector(v, v, 2, 3, 0, 1));           \
    v = f(v, __builtin_shufflevector(v, v, 1, 0, 3, 2))
#endif

LATHE_INLINE vf v_add(vf a, vf b) { return a + b; }

// The sum of all lanes.
LATHE_INLINE float v_sum(vf v) {
    LATHE_FOLD(v, v_add);
    return v[0];
}

LATHE_TARGET_END

#endif
