#ifndef LATHE_VECTOR_LAYER_AVX512_H
#define LATHE_VECTOR_LAYER_AVX512_H

// The vector layer on AVX-512 F, BW, DQ and VL. Include it, then templates, between LATHE_TARGET_BEGIN and LATHE_TARGET_END.

#include <immintrin.h>

#define LATHE_VARIANT(name) lathe_##name##_avx512
#define LATHE_VECTOR_WIDTH 16
#define LATHE_TARGET_BEGIN                                                                                             \
    _Pragma("clang attribute push(__attribute__((target(\"avx512f,avx512bw,avx512dq,avx512vl,avx2,fma,f16c\"))), apply_to = function)")
#define LATHE_TARGET_END _Pragma("clang attribute pop")

#include "templates/vector_types.h"

LATHE_TARGET_BEGIN

// The first n lanes, 0 <= n <= 16.
LATHE_INLINE __mmask16 v_mask_below(int64_t n) { return (__mmask16)((1u << n) - 1); }

LATHE_INLINE vf v_load_n(const float *p, int64_t n) { return (vf)_mm512_maskz_loadu_ps(v_mask_below(n), p); }
LATHE_INLINE void v_store_n(float *p, vf v, int64_t n) { _mm512_mask_storeu_ps(p, v_mask_below(n), (__m512)v); }
LATHE_INLINE vi vi_load_n(const int32_t *p, int64_t n) { return (vi)_mm512_maskz_loadu_epi32(v_mask_below(n), p); }
LATHE_INLINE void vu_store_n(uint32_t *p, vu v, int64_t n) { _mm512_mask_storeu_epi32(p, v_mask_below(n), (__m512i)v); }
LATHE_INLINE vb vb_load_n(const uint8_t *p, int64_t n) { return (vb)_mm_maskz_loadu_epi8(v_mask_below(n), p); }
LATHE_INLINE void vb_store_n(uint8_t *p, vb v, int64_t n) { _mm_mask_storeu_epi8(p, v_mask_below(n), (__m128i)v); }
LATHE_INLINE vh vh_load_n(const uint16_t *p, int64_t n) { return (vh)_mm256_maskz_loadu_epi16(v_mask_below(n), p); }
LATHE_INLINE void vh_store_n(uint16_t *p, vh v, int64_t n) { _mm256_mask_storeu_epi16(p, v_mask_below(n), (__m256i)v); }

// a > b ? a : b, so b where either is NaN; likewise v_min.
LATHE_INLINE vf v_max(vf a, vf b) { return (vf)_mm512_max_ps((__m512)a, (__m512)b); }
LATHE_INLINE vf v_min(vf a, vf b) { return (vf)_mm512_min_ps((__m512)a, (__m512)b); }
LATHE_INLINE vu vu_max(vu a, vu b) { return (vu)_mm512_max_epu32((__m512i)a, (__m512i)b); }
LATHE_INLINE vf v_fma(vf a, vf b, vf c) { return (vf)_mm512_fmadd_ps((__m512)a, (__m512)b, (__m512)c); }
LATHE_INLINE vf v_sqrt(vf x) { return (vf)_mm512_sqrt_ps((__m512)x); }
// To the nearest whole number, ties to even.
LATHE_INLINE vf v_round(vf x) { return (vf)_mm512_roundscale_ps((__m512)x, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC); }
// Rounded as v_round does. Numbers outside int32_t give INT32_MIN.
LATHE_INLINE vi v_to_int(vf x) { return (vi)_mm512_cvtps_epi32((__m512)x); }
LATHE_INLINE bool v_any(vi mask) { return _mm512_movepi32_mask((__m512i)mask) != 0; }
// One bit per lane.
LATHE_INLINE uint32_t v_bits(vi mask) { return _mm512_movepi32_mask((__m512i)mask); }

// p * 2^n for a whole n, which comes as n + 1.5 * 2^23 (see v_exp). Overflow and gradual underflow are right.
LATHE_INLINE vf v_scale_by_power(vf p, vf shifted) { return (vf)_mm512_scalef_ps((__m512)p, (__m512)(shifted - 0x1.8p23f)); }

// table[place mod 16] in each lane.
#define LATHE_HAS_LOOKUP 1
LATHE_INLINE vf v_lookup(const float *table, vi place) { return (vf)_mm512_permutexvar_ps((__m512i)place, _mm512_load_ps(table)); }

// The high and low words of a * m in each lane.
LATHE_INLINE void vu_multiply_wide(vu a, uint32_t m, vu *high, vu *low) {
    __m512i wide = _mm512_set1_epi32((int)m);
    __m512i even = _mm512_mul_epu32((__m512i)a, wide);
    __m512i odd = _mm512_mul_epu32(_mm512_srli_epi64((__m512i)a, 32), wide);
    *high = (vu)_mm512_mask_blend_epi32(0xaaaa, _mm512_srli_epi64(even, 32), odd);
    *low = (vu)_mm512_mask_blend_epi32(0xaaaa, even, _mm512_slli_epi64(odd, 32));
}

LATHE_INLINE vh v_to_half(vf x) { return (vh)_mm512_cvtps_ph((__m512)x, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC); }
LATHE_INLINE vf v_from_half(vh x) { return (vf)_mm512_cvtph_ps((__m256i)x); }

LATHE_TARGET_END

#endif
