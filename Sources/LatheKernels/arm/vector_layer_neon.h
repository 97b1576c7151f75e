#ifndef LATHE_VECTOR_LAYER_NEON_H
#define LATHE_VECTOR_LAYER_NEON_H

// The vector layer on AArch64's baseline NEON.

#include <arm_neon.h>

#define LATHE_VARIANT(name) lathe_##name##_neon
#define LATHE_VECTOR_WIDTH 4
#define LATHE_TARGET_BEGIN
#define LATHE_TARGET_END

#include "templates/vector_types.h"
#include "templates/vector_four.h"

// NaN where either is NaN; templates rely only on b being kept.
LATHE_INLINE vf v_max(vf a, vf b) { return (vf)vmaxq_f32((float32x4_t)a, (float32x4_t)b); }
LATHE_INLINE vf v_min(vf a, vf b) { return (vf)vminq_f32((float32x4_t)a, (float32x4_t)b); }
LATHE_INLINE vu vu_max(vu a, vu b) { return (vu)vmaxq_u32((uint32x4_t)a, (uint32x4_t)b); }
LATHE_INLINE vf v_fma(vf a, vf b, vf c) { return (vf)vfmaq_f32((float32x4_t)c, (float32x4_t)a, (float32x4_t)b); }
LATHE_INLINE vf v_sqrt(vf x) { return (vf)vsqrtq_f32((float32x4_t)x); }
// To the nearest whole number, ties to even.
LATHE_INLINE vf v_round(vf x) { return (vf)vrndnq_f32((float32x4_t)x); }
// Rounded as v_round does. Numbers outside int32_t saturate.
LATHE_INLINE vi v_to_int(vf x) { return (vi)vcvtnq_s32_f32((float32x4_t)x); }
LATHE_INLINE bool v_any(vi mask) { return vmaxvq_u32((uint32x4_t)mask) != 0; }
// One bit per lane.
LATHE_INLINE uint32_t v_bits(vi mask) { return vaddvq_u32((uint32x4_t)((vu)mask & (vu){1, 2, 4, 8})); }

LATHE_INLINE vh v_to_half(vf x) { return (vh)vcvt_f16_f32((float32x4_t)x); }
LATHE_INLINE vf v_from_half(vh x) { return (vf)vcvt_f32_f16((float16x4_t)x); }

#endif
