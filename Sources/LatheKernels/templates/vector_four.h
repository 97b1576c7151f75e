// Partial loads and stores of the four-lane layers (portable and NEON), which have no masked memory access.
// Lanes from n on load as zero and are not stored.

#define LATHE_PARTIAL(prefix, vector, element)                                \
    LATHE_INLINE vector prefix##_load_n(const element *p, int64_t n) {        \
        vector v = 0;                                                         \
        if (n > 0) v[0] = p[0];                                               \
        if (n > 1) v[1] = p[1];                                               \
        if (n > 2) v[2] = p[2];                                               \
        if (n > 3) v[3] = p[3];                                               \
        return v;                                                             \
    }                                                                         \
    LATHE_INLINE void prefix##_store_n(element *p, vector v, int64_t n) {     \
        if (n > 0) p[0] = v[0];                                               \
        if (n > 1) p[1] = v[1];                                               \
        if (n > 2) p[2] = v[2];                                               \
        if (n > 3) p[3] = v[3];                                               \
    }

LATHE_PARTIAL(v, vf, float)
LATHE_PARTIAL(vi, vi, int32_t)
LATHE_PARTIAL(vu, vu, uint32_t)
LATHE_PARTIAL(vh, vh, uint16_t)
LATHE_PARTIAL(vb, vb, uint8_t)

#undef LATHE_PARTIAL

// p * 2^n for a whole n in -252...252, which comes as n + 1.5 * 2^23 (see v_exp). Two steps, so that neither power of two leaves the
// range of float: overflow and gradual underflow are right.
LATHE_INLINE vf v_scale_by_power(vf p, vf shifted) {
    vi n = (vi)((vu)shifted - 0x4b400000u);
    vi half = n >> 1;
    return p * (vf)((half + 127) << 23) * (vf)((n - half + 127) << 23);
}

// The high and low words of a * m in each lane.
LATHE_INLINE void vu_multiply_wide(vu a, uint32_t m, vu *high, vu *low) {
    typedef uint64_t wide __attribute__((ext_vector_type(4)));
    wide product = __builtin_convertvector(a, wide) * (uint64_t)m;
    *high = __builtin_convertvector(product >> 32, vu);
    *low = __builtin_convertvector(product, vu);
}
