// Pooling of images, channels last.

LATHE_TARGET_BEGIN

/// `whole` means that n is v_width.
LATHE_INLINE vf image_value(bool half, const void *x, int64_t at, int64_t n, bool whole) {
    if (half) {
        const uint16_t *from = (const uint16_t *)x + at;
        return v_from_half(whole ? vh_load(from) : vh_load_n(from, n));
    }
    return whole ? v_load((const float *)x + at) : v_load_n((const float *)x + at, n);
}

LATHE_INLINE vu image_pool_vector(bool half, int64_t tap_count, const int64_t *taps, const void *x, int64_t at, void *y, int64_t to, int64_t n,
                                  bool whole) {
    vf largest = image_value(half, x, taps[0] + at, n, whole);
    for (int64_t t = 1; t < tap_count; t++) {
        const vf v = image_value(half, x, taps[t] + at, n, whole);
        largest = v_select((v > largest) | v_is_nan(v), v, largest);
    }
    if (half) {
        uint16_t *out = (uint16_t *)y + to;
        if (whole) vh_store(out, v_to_half(largest));
        else vh_store_n(out, v_to_half(largest), n);
    } else {
        if (whole) v_store((float *)y + to, largest);
        else v_store_n((float *)y + to, largest, n);
    }
    return (vu)v_abs(largest);
}

LATHE_INLINE uint32_t image_pool(bool half, int64_t pixels, int64_t channels, int64_t tap_count, const int64_t *taps, const void *x,
                                 int64_t x_step, void *y, int64_t y_step) {
    vu largest = vu_splat(0);
    for (int64_t p = 0; p < pixels; p++) {
        int64_t c = 0;
        for (; c + v_width <= channels; c += v_width)
            largest = vu_max(largest, image_pool_vector(half, tap_count, taps, x, p * x_step + c, y, p * y_step + c, v_width, true));
        if (c == channels) continue;
        const vu size = image_pool_vector(half, tap_count, taps, x, p * x_step + c, y, p * y_step + c, channels - c, false);
        largest = vu_max(largest, (vu)vi_select(vi_lanes_below(channels - c), (vi)size, vi_splat(0)));
    }
    LATHE_FOLD(largest, vu_max);
    return largest[0];
}

uint32_t LATHE_VARIANT(image_max_pool)(lathe_type type, int64_t pixels, int64_t channels, int64_t tap_count, const int64_t *taps,
                                       const void *x, int64_t x_step, void *y, int64_t y_step) {
    if (type == LATHE_F16) return image_pool(true, pixels, channels, tap_count, taps, x, x_step, y, y_step);
    return image_pool(false, pixels, channels, tap_count, taps, x, x_step, y, y_step);
}

LATHE_TARGET_END
