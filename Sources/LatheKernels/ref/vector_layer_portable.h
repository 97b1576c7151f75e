#ifndef LATHE_VECTOR_LAYER_PORTABLE_H
#define LATHE_VECTOR_LAYER_PORTABLE_H

// The vector layer without intrinsics, four lanes of plain clang vectors. It is what the other variants are compared with.

#define LATHE_VARIANT(name) lathe_##name##_portable
#define LATHE_VECTOR_WIDTH 4
#define LATHE_PORTABLE 1
#define LATHE_TARGET_BEGIN
#define LATHE_TARGET_END

#include "templates/vector_types.h"
#include "templates/vector_four.h"

// a > b ? a : b, so b where either is NaN; likewise v_min.
LATHE_INLINE vf v_max(vf a, vf b) { return a > b ? a : b; }
LATHE_INLINE vf v_min(vf a, vf b) { return a < b ? a : b; }
LATHE_INLINE vu vu_max(vu a, vu b) { return a > b ? a : b; }
// Fused where the baseline has a fused multiply-add; a call of fmaf per lane would be far too slow elsewhere.
LATHE_INLINE vf v_fma(vf a, vf b, vf c) { return a * b + c; }
LATHE_INLINE vf v_sqrt(vf x) { return __builtin_elementwise_sqrt(x); }
// To the nearest whole number, ties to even: adding 2^23 leaves no bits behind the point. Larger numbers are whole already.
LATHE_INLINE vf v_round(vf x) {
    vf size = v_abs(x);
    vu sign = (vu)x & 0x80000000u;
    vf rounded = (size + 0x1p23f) - 0x1p23f;
    return size < 0x1p23f ? (vf)((vu)rounded | sign) : x;
}
// Rounded as v_round does. Numbers outside int32_t give INT32_MIN.
LATHE_INLINE vi v_to_int(vf x) {
    x = v_round(x);
    vi inside = (x >= -0x1p31f) & (x < 0x1p31f);
    vf safe = inside ? x : v_splat(-0x1p31f);
    return __builtin_convertvector(safe, vi);
}
LATHE_INLINE bool v_any(vi mask) { return (mask[0] | mask[1] | mask[2] | mask[3]) != 0; }
// One bit per lane.
LATHE_INLINE uint32_t v_bits(vi mask) {
    return (uint32_t)((mask[0] & 1) | (mask[1] & 2) | (mask[2] & 4) | (mask[3] & 8));
}

// To half precision, nearest even. Subnormal halves are rounded by adding a number whose last bit is worth 2^-24.
LATHE_INLINE vh v_to_half(vf x) {
    vu bits = (vu)x;
    vu sign = (bits >> 16) & 0x8000u;
    vu size = bits & 0x7fffffffu;
    vu normal = (size + 0xc8000fffu + ((size >> 13) & 1)) >> 13;
    vu small = (vu)((vf)size + 0.5f) - 0x3f000000u;
    vu result = size < 0x38800000u ? small : normal;
    result = size >= 0x477ff000u ? vu_splat(0x7c00u) : result;
    result = size > 0x7f800000u ? vu_splat(0x7e00u) : result;
    return __builtin_convertvector(result | sign, vh);
}
// Half precision has a narrower exponent: moving it into place and multiplying by 2^112 is exact, subnormals included.
LATHE_INLINE vf v_from_half(vh x) {
    vu bits = __builtin_convertvector(x, vu);
    vu sign = (bits & 0x8000u) << 16;
    vu size = (bits & 0x7fffu) << 13;
    vu finite = (vu)((vf)size * 0x1p112f);
    vu special = size | 0x7f800000u;
    return (vf)((size >= 0x0f800000u ? special : finite) | sign);
}

#endif
