#include "vector_check.h"
#include "vector_families.h"

// Conversions, bit for bit.

static uint32_t float_bits(float x) {
    uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}
static float float_of(uint32_t bits) {
    float x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

static double half_value(uint16_t half) {
    int exponent = half >> 10 & 31, fraction = half & 1023;
    double size = exponent == 31 ? (fraction ? NAN : INFINITY) : exponent ? ldexp(1024 + fraction, exponent - 25) : ldexp(fraction, -24);
    return half & 0x8000 ? -size : size;
}

// Nearest even by searching the halves around x: those of x's sign are ordered like their bits.
static uint16_t half_nearest(float x) {
    uint16_t sign = (uint16_t)(float_bits(x) >> 16 & 0x8000);
    double size = fabs((double)x);
    if (size >= 65520) return sign | 0x7c00;
    int low = 0, high = 0x7bff;
    while (low < high) {
        int middle = (low + high + 1) / 2;
        if (half_value((uint16_t)middle) <= size) low = middle;
        else high = middle - 1;
    }
    if (low == 0x7bff) return sign | 0x7bff;
    double below = size - half_value((uint16_t)low), above = half_value((uint16_t)(low + 1)) - size;
    bool up = above < below || (above == below && (low & 1));
    return (uint16_t)(sign | (low + up));
}

static uint16_t bfloat_nearest(float x) {
    uint32_t bits = float_bits(x), kept = bits >> 16, rest = bits & 0xffff;
    return (uint16_t)(kept + (rest > 0x8000 || (rest == 0x8000 && (kept & 1))));
}

static bool halves_all(const lathe_kernels *kernels, char *message, size_t size) {
    check_pool pool = {0};
    uint16_t *half = check_take(&pool, 65536, 2), *back = check_take(&pool, 65536, 2);
    float *values = check_floats(&pool, 65536);
    for (int i = 0; i < 65536; i++) half[i] = (uint16_t)i;
    bool good = true;
    kernels->f16_to_f32(65536, half, values);
    kernels->f32_to_f16(65536, values, back);
    for (int i = 0; i < 65536 && good; i++) {
        double expected = half_value((uint16_t)i);
        good = isnan(expected) ? isnan(values[i]) && isnan(half_value(back[i])) : (double)values[i] == expected && back[i] == half[i];
        if (!good) check_fail(message, size, "f16 %04x: expected %g, got %g, back %04x", i, expected, (double)values[i], back[i]);
    }
    kernels->bf16_to_f32(65536, half, values);
    kernels->f32_to_bf16(65536, values, back);
    for (int i = 0; i < 65536 && good; i++) {
        float expected = float_of((uint32_t)i << 16);
        good = isnan(expected) ? isnan(values[i]) && isnan(float_of((uint32_t)back[i] << 16)) : float_bits(values[i]) == float_bits(expected) && back[i] == half[i];
        if (!good) check_fail(message, size, "bf16 %04x: expected %g, got %g, back %04x", i, (double)expected, (double)values[i], back[i]);
    }
    return check_release(&pool) && good;
}

// Roundings: around every tie of the low bits, at both ends of the range, subnormals, and NaNs whose payload sits in the lost bits.
static bool roundings_all(const lathe_kernels *kernels, char *message, size_t size) {
    check_random random = {11};
    enum { n = 40000 };
    check_pool pool = {0};
    float *x = check_floats(&pool, n);
    uint16_t *half = check_take(&pool, n, 2), *bfloat = check_take(&pool, n, 2);
    static const uint32_t tails[] = {0x8000, 0x7fff, 0x8001, 0x18000, 0x1000, 0x0fff, 0x1001, 0x3000, 0x2fff, 0x3001, 0, 1};
    for (int i = 0; i < n; i++) {
        uint32_t bits = check_next(&random);
        if (i % 2) bits = (bits & 0x80000000) | ((100 + bits / 7 % 50) << 23) | (bits & 0x7fffff);  // where halves live
        x[i] = float_of((bits & ~0x3ffffu & 0xffffffff) | (tails[check_next(&random) % 12] + (bits & 0x20000)));
        if (i % 5 == 0) x[i] = float_of(bits);
    }
    x[0] = float_of(0x7f800001), x[1] = float_of(0xff800001), x[2] = 65519.996f, x[3] = 65520, x[4] = 0x1p-25f, x[5] = 0x1.000002p-25f, x[6] = 3.4e38f;
    x[7] = INFINITY, x[8] = -INFINITY, x[9] = 0x1p-149f, x[10] = -0.0f, x[11] = 0x1.8p-24f;
    kernels->f32_to_f16(n, x, half);
    kernels->f32_to_bf16(n, x, bfloat);
    bool good = true;
    for (int i = 0; i < n && good; i++) {
        bool nan = isnan(x[i]);
        good = nan ? isnan(half_value(half[i])) : half[i] == half_nearest(x[i]);
        if (!good) check_fail(message, size, "f32_to_f16 of %a: expected %04x, got %04x", (double)x[i], half_nearest(x[i]), half[i]);
        if (good) good = nan ? isnan(float_of((uint32_t)bfloat[i] << 16)) : bfloat[i] == bfloat_nearest(x[i]);
        else break;
        if (!good) check_fail(message, size, "f32_to_bf16 of %a: expected %04x, got %04x", (double)x[i], bfloat_nearest(x[i]), bfloat[i]);
    }
    return check_release(&pool) && good;
}

static bool conversion_sizes(const lathe_kernels *kernels, char *message, size_t size) {
    check_random random = {12};
    for (int s = 0; s < check_size_count; s++) {
        int64_t n = check_sizes[s];
        check_pool pool = {0};
        float *x = check_filled(&pool, &random, n, -9, 9), *y = check_floats(&pool, n);
        uint16_t *half = check_take(&pool, n, 2);
        int32_t *integers = check_take(&pool, n, 4);
        uint8_t *bytes = check_take(&pool, n, 1);
        for (int64_t i = 0; i < n; i++) integers[i] = (int32_t)check_next(&random), bytes[i] = (uint8_t)check_next(&random);
        bool good = true;
        kernels->f32_to_f16(n, x, half);
        for (int64_t i = 0; i < n; i++) good &= half[i] == half_nearest(x[i]);
        kernels->f16_to_f32(n, half, y);
        for (int64_t i = 0; i < n; i++) good &= (double)y[i] == half_value(half[i]);
        kernels->f32_to_bf16(n, x, half);
        for (int64_t i = 0; i < n; i++) good &= half[i] == bfloat_nearest(x[i]);
        kernels->bf16_to_f32(n, half, y);
        for (int64_t i = 0; i < n; i++) good &= float_bits(y[i]) == (uint32_t)half[i] << 16;
        kernels->s32_to_f32(n, integers, y);
        for (int64_t i = 0; i < n; i++) good &= y[i] == (float)integers[i];
        kernels->u8_to_f32(n, bytes, y);
        for (int64_t i = 0; i < n; i++) good &= y[i] == (float)bytes[i];
        if (!check_release(&pool) || !good) return check_fail(message, size, "conversions of %d values", (int)n);
    }
    return true;
}

const lathe_agreement vector_conversions_checks[] = {
    {"conversions: every half and bfloat", halves_all},
    {"conversions: rounding", roundings_all},
    {"conversions: lengths", conversion_sizes},
};
const int vector_conversions_check_count = sizeof vector_conversions_checks / sizeof vector_conversions_checks[0];
