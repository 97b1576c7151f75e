#ifndef LATHE_IMAGE_EPILOGUE_H
#define LATHE_IMAGE_EPILOGUE_H

#include "lathe_types.h"

/// A grid of codes: code = clamp(round((value - zero) / scale), low, high) + first, value = scale * (code - zero_point).
typedef struct lathe_code_grid {
    float scale, zero, low, high;
    int32_t first, zero_point;
    bool constant;  ///< all codes are `first`
} lathe_code_grid;

/// What happens to finished sums of a convolution, [rows, cols], a row for each pixel:
///   v = activation(sum (integers: a_scale * b_scale[c] * (sum - a_zero * b_sums[c])) + bias[c] + residual)
typedef struct lathe_image_epilogue {
    int64_t rows, cols;
    const void *sums;  ///< f32, or s32 when `integer`
    bool integer;
    int64_t sums_stride;
    float a_scale;
    int32_t a_zero;
    const float *b_scale;   ///< [cols]; integer only
    const int32_t *b_sums;  ///< [cols]; integer only
    const float *bias;      ///< [cols]
    const void *residual;   ///< NULL, or f32 or f16: row r begins at element residual_places[r]
    lathe_type residual_type;
    const int64_t *residual_places;
    lathe_activation activation;  ///< none or ReLU
    void *values;                 ///< NULL, or where v goes, as f32, bf16 or f16: row r at element value_places[r]
    lathe_type value_type;
    const int64_t *value_places;
    uint8_t *codes;  ///< NULL, or where v's codes go: row r at code_places[r]
    const int64_t *code_places;
    lathe_code_grid grid;
    bool finds_largest;  ///< whether the result is wanted
} lathe_image_epilogue;

#endif
