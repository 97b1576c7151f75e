#ifndef LATHE_VECTOR_LAYER_AVX2_H
#define LATHE_VECTOR_LAYER_AVX2_H

// The vector layer on AVX2, FMA and F16C. Include it, then templates, between LATHE_TARGET_BEGIN and LATHE_TARGET_END.

#include <immintrin.h>

#define LATHE_VARIANT(name) lathe_##name##_avx2
#define LATHE_VECTOR_WIDTH 8
#define LATHE_TARGET_BEGIN _Pragma("clang attribute push(__attribute__((target(\"avx2,fma,f16c\"))), apply_to = function)")
#define LATHE_TARGET_END _Pragma("clang attribute pop")

#include "templates/vector_types.h"

LATHE_TARGET_BEGIN

LATHE_INLINE vf v_load_n(const float *p, int64_t n) { return (vf)_mm256_maskload_ps(p, (__m256i)vi_lanes_below(n)); }
LATHE_INLINE void v_store_n(float *p, vf v, int64_t n) { _mm256_maskstore_ps(p, (__m256i)vi_lanes_below(n), (__m256)v); }
LATHE_INLINE vi vi_load_n(const int32_t *p, int64_t n) { return (vi)_mm256_maskload_epi32(p, (__m256i)vi_lanes_below(n)); }
LATHE_INLINE void vu_store_n(uint32_t *p, vu v, int64_t n) { _mm256_maskstore_epi32((int *)p, (__m256i)vi_lanes_below(n), (__m256i)v); }
LATHE_INLINE vb vb_load_n(const uint8_t *p, int64_t n) {
    uint8_t bytes[8] = {0};
    for (int64_t i = 0; i < n; i++) bytes[i] = p[i];
    return vb_load(bytes);
}
LATHE_INLINE void vb_store_n(uint8_t *p, vb v, int64_t n) {
    uint8_t bytes[8];
    vb_store(bytes, v);
    for (int64_t i = 0; i < n; i++) p[i] = bytes[i];
}
LATHE_INLINE vh vh_load_n(const uint16_t *p, int64_t n) {
    uint16_t values[8] = {0};
    for (int64_t i = 0; i < n; i++) values[i] = p[i];
    return vh_load(values);
}
LATHE_INLINE void vh_store_n(uint16_t *p, vh v, int64_t n) {
    uint16_t values[8];
    vh_store(values, v);
    for (int64_t i = 0; i < n; i++) p[i] = values[i];
}

// a > b ? a : b, so b where either is NaN; likewise v_min.
LATHE_INLINE vf v_max(vf a, vf b) { return (vf)_mm256_max_ps((__m256)a, (__m256)b); }
LATHE_INLINE vf v_min(vf a, vf b) { return (vf)_mm256_min_ps((__m256)a, (__m256)b); }
LATHE_INLINE vu vu_max(vu a, vu b) { return (vu)_mm256_max_epu32((__m256i)a, (__m256i)b); }
LATHE_INLINE vf v_fma(vf a, vf b, vf c) { return (vf)_mm256_fmadd_ps((__m256)a, (__m256)b, (__m256)c); }
LATHE_INLINE vf v_sqrt(vf x) { return (vf)_mm256_sqrt_ps((__m256)x); }
// To the nearest whole number, ties to even.
LATHE_INLINE vf v_round(vf x) { return (vf)_mm256_round_ps((__m256)x, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC); }
// Rounded as v_round does. Numbers outside int32_t give INT32_MIN.
LATHE_INLINE vi v_to_int(vf x) { return (vi)_mm256_cvtps_epi32((__m256)x); }
LATHE_INLINE bool v_any(vi mask) { return !_mm256_testz_si256((__m256i)mask, (__m256i)mask); }
// One bit per lane.
LATHE_INLINE uint32_t v_bits(vi mask) { return (uint32_t)_mm256_movemask_ps((__m256)mask); }

// p * 2^n for a whole n in -252...252, which comes as n + 1.5 * 2^23 (see v_exp). Two steps, so that neither power of two leaves the
// range of float: overflow and gradual underflow are right.
LATHE_INLINE vf v_scale_by_power(vf p, vf shifted) {
    vi n = (vi)((vu)shifted - 0x4b400000u);
    vi half = n >> 1;
    return p * (vf)((half + 127) << 23) * (vf)((n - half + 127) << 23);
}

// The high and low words of a * m in each lane.
LATHE_INLINE void vu_multiply_wide(vu a, uint32_t m, vu *high, vu *low) {
    __m256i wide = _mm256_set1_epi32((int)m);
    __m256i even = _mm256_mul_epu32((__m256i)a, wide);
    __m256i odd = _mm256_mul_epu32(_mm256_srli_epi64((__m256i)a, 32), wide);
    *high = (vu)_mm256_blend_epi32(_mm256_srli_epi64(even, 32), odd, 0xaa);
    *low = (vu)_mm256_blend_epi32(even, _mm256_slli_epi64(odd, 32), 0xaa);
}

LATHE_INLINE vh v_to_half(vf x) { return (vh)_mm256_cvtps_ph((__m256)x, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC); }
LATHE_INLINE vf v_from_half(vh x) { return (vf)_mm256_cvtph_ps((__m128i)x); }

LATHE_TARGET_END

#endif
