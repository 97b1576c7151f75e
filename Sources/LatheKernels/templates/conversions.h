// Conversions between element types.

LATHE_TARGET_BEGIN

#define LATHE_TO_HALF(convert)                                      \
    LATHE_EACH_VECTOR(n, {                                          \
        vh half = convert(READ(x + i));                             \
        if (whole_) vh_store(y + i, half);                          \
        else vh_store_n(y + i, half, m);                            \
    })
#define LATHE_FROM(load, load_n, convert) \
    LATHE_EACH_VECTOR(n, { WRITE(y + i, convert(whole_ ? load(x + i) : load_n(x + i, m))); })

LATHE_INLINE vf v_from_byte(vb x) { return v_from_int(__builtin_convertvector(x, vi)); }

void LATHE_VARIANT(f32_to_bf16)(int64_t n, const float *x, uint16_t *y) { LATHE_TO_HALF(v_to_bfloat); }
void LATHE_VARIANT(bf16_to_f32)(int64_t n, const uint16_t *x, float *y) { LATHE_FROM(vh_load, vh_load_n, v_from_bfloat); }
void LATHE_VARIANT(f32_to_f16)(int64_t n, const float *x, uint16_t *y) { LATHE_TO_HALF(v_to_half); }
void LATHE_VARIANT(f16_to_f32)(int64_t n, const uint16_t *x, float *y) { LATHE_FROM(vh_load, vh_load_n, v_from_half); }
void LATHE_VARIANT(s32_to_f32)(int64_t n, const int32_t *x, float *y) { LATHE_FROM(vi_load, vi_load_n, v_from_int); }
void LATHE_VARIANT(u8_to_f32)(int64_t n, const uint8_t *x, float *y) { LATHE_FROM(vb_load, vb_load_n, v_from_byte); }

#undef LATHE_TO_HALF
#undef LATHE_FROM

LATHE_TARGET_END
