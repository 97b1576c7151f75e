// Products with low-bit weights against plain loops: every number of bits, shapes around the tiles and the groups, zero points, arithmetics.

#include "LatheKernelAgreement.h"
#include "driver_support.h"

/// What to multiply.
typedef struct lowbit_product {
    lathe_compute compute;
    int bits;
    int64_t m, n, k, groups;
    bool zeros;    ///< of the weight
    bool shifted;  ///< zero points of A
    bool epilogue;
} lowbit_product;

typedef struct lowbit_random {
    uint32_t state;
} lowbit_random;

static uint32_t next(lowbit_random *random) {
    random->state = random->state * 1664525u + 1013904223u;
    return random->state >> 8;
}

static float rounded_to_bf16(float value) {
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    bits = (bits + 0x7fff + (bits >> 16 & 1)) & 0xffff0000u;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static bool refuse(const lowbit_product *p, char *message, size_t size, const char *what, double got, double want) {
    return failure(message, size, "lowbit compute %d, %d bits, m %lld n %lld k %lld, %lld groups, zeros %d, shifted %d: %s %.9g, expected %.9g",
                   p->compute, p->bits, (long long)p->m, (long long)p->n, (long long)p->k, (long long)p->groups, p->zeros, p->shifted, what, got, want);
}

/// The operands, and what the weight stands for.
typedef struct lowbit_operands {
    int8_t *codes, *codes_back;
    float *scales, *scales_back, *zeros, *zeros_back;
    double *weight, *a_values;
    uint8_t *a_codes;
    float *a_floats, *a_scale, *bias, *residual, *c, *c_again;
    uint16_t *a_halves;
    int32_t *a_zero;
    uint8_t *packed, *workspace;
} lowbit_operands;

static void release(lowbit_operands *o) {
    void *all[] = {o->codes, o->codes_back, o->scales, o->scales_back, o->zeros, o->zeros_back, o->weight, o->a_values, o->a_codes, o->a_floats,
                   o->a_scale, o->bias, o->residual, o->c, o->c_again, o->a_halves, o->a_zero, o->packed, o->workspace};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) { free(all[i]); }
}

static lowbit_operands make_operands(const lowbit_product *p, lowbit_random *random) {
    const int64_t group = p->k / p->groups, parts = p->n * p->groups, stride = p->k + 3;
    lowbit_operands o = {
        aligned_memory((size_t)(p->n * p->k)), aligned_memory((size_t)(p->n * p->k)), test_values(parts, 5), test_values(parts, 6), test_values(parts, 7),
        test_values(parts, 8), aligned_memory((size_t)(p->n * p->k) * 8), aligned_memory((size_t)(p->m * p->k) * 8),
        aligned_memory((size_t)(p->m * stride)), aligned_memory((size_t)(p->m * stride) * 4), test_values(p->m, 9), test_values(p->n, 10),
        test_values(p->m * p->n, 11), untouched_values(p->m * p->n), untouched_values(p->m * p->n), aligned_memory((size_t)(p->m * stride) * 2),
        aligned_memory((size_t)p->m * 4), NULL, NULL};
    for (int64_t i = 0; i < parts; i++) {
        o.scales[i] = 0.01f + fabsf(o.scales[i]) * 0.01f;
        o.zeros[i] = (float)((int)(next(random) % 9) - 4);
    }
    for (int64_t i = 0; i < p->n * p->k; i++) {
        const int u = (int)(next(random) % (1u << p->bits));
        const int64_t part = i / p->k * p->groups + (i % p->k) / (group > 0 ? group : 1);
        o.codes[i] = (int8_t)(p->bits == 1 ? 2 * u - 1 : u - (1 << (p->bits - 1)));
        if (p->compute == LATHE_COMPUTE_INT8) {
            o.weight[i] = (double)o.scales[part] * ((double)o.codes[i] - (p->zeros ? (double)o.zeros[part] : 0));
        } else {
            const float lowest = -(float)(1 << (p->bits - 1)), above = ((float)o.codes[i] - lowest) * o.scales[part];
            const float base = o.scales[part] * (lowest - o.zeros[part]), plain = o.scales[part] * (float)o.codes[i];
            const float value = p->zeros ? above + base : plain;
            o.weight[i] = p->compute == LATHE_COMPUTE_BF16 ? rounded_to_bf16(value) : value;
        }
    }
    for (int64_t r = 0; r < p->m; r++) {
        o.a_scale[r] = 0.01f + fabsf(o.a_scale[r]) * 0.01f;
        o.a_zero[r] = (int32_t)(next(random) % 256);
        for (int64_t i = 0; i < stride; i++) {
            const int64_t at = r * stride + i;
            o.a_codes[at] = (uint8_t)next(random);
            o.a_floats[at] = rounded_to_bf16((float)next(random) / (1 << 23) - 1);
            uint32_t bits;
            memcpy(&bits, &o.a_floats[at], sizeof bits);
            o.a_halves[at] = (uint16_t)(bits >> 16);
            if (i >= p->k) { continue; }
            const double code = (double)o.a_codes[at] - (p->shifted ? o.a_zero[r] : 0);
            o.a_values[r * p->k + i] = p->compute == LATHE_COMPUTE_INT8 ? code * o.a_scale[r] : (double)o.a_floats[at];
        }
    }
    return o;
}

static bool packs(const lathe_kernels *kernels, const lowbit_product *p, lathe_lowbit_weight *weight, lowbit_operands *o, char *message, size_t size) {
    enum { guard = 64 };
    const size_t bytes = lathe_lowbit_packed_size(kernels, weight);
    o->packed = aligned_memory(bytes + guard);
    memset(o->packed + bytes, 0xa5, guard);
    lathe_status status = lathe_lowbit_pack(kernels, weight, o->codes, o->scales, p->zeros ? o->zeros : NULL, o->packed);
    if (status != LATHE_OK) { return refuse(p, message, size, "packing: status", status, 0); }
    for (int i = 0; i < guard; i++) {
        if (o->packed[bytes + (size_t)i] != 0xa5) { return refuse(p, message, size, "packing writes beyond its end at", i, 0); }
    }
    weight->packed = o->packed;
    status = lathe_lowbit_unpack(kernels, weight, o->codes_back, o->scales_back, p->zeros ? o->zeros_back : NULL);
    if (status != LATHE_OK) { return refuse(p, message, size, "unpacking: status", status, 0); }
    for (int64_t i = 0; i < p->n * p->k; i++) {
        if (o->codes[i] != o->codes_back[i]) { return refuse(p, message, size, "a code read back is", o->codes_back[i], o->codes[i]); }
    }
    const size_t parts = (size_t)(p->n * p->groups) * 4;
    if (memcmp(o->scales, o->scales_back, parts) != 0) { return refuse(p, message, size, "scales read back differ", 0, 0); }
    if (p->zeros && memcmp(o->zeros, o->zeros_back, parts) != 0) { return refuse(p, message, size, "zero points read back differ", 0, 0); }
    return true;
}

static bool agrees(const lowbit_product *p, const lowbit_operands *o, char *message, size_t size) {
    for (int64_t r = 0; r < p->m; r++) {
        for (int64_t c = 0; c < p->n; c++) {
            double sum = 0, magnitude = 0;
            for (int64_t i = 0; i < p->k; i++) {
                const double term = o->a_values[r * p->k + i] * o->weight[c * p->k + i];
                sum += term, magnitude += fabs(term);
            }
            // Whole groups are exact; what zero points take away is not.
            double tolerance = (p->compute == LATHE_COMPUTE_INT8 && !p->zeros && p->groups == 1 ? fabs(sum) : magnitude) * 3e-6 + magnitude * 1e-14;
            if (p->zeros) { tolerance += magnitude * 3e-5; }
            if (p->epilogue) {
                sum += (double)o->bias[c];
                sum = (sum > 0 ? sum : 0) + (double)o->residual[r * p->n + c];
                tolerance += 1e-6;
            }
            const double got = o->c[r * p->n + c];
            if (!(fabs(got - sum) <= tolerance)) { return refuse(p, message, size, "a value is", got, sum); }
        }
    }
    return true;
}

static bool check_lowbit(const lathe_kernels *kernels, const lowbit_product *p, char *message, size_t size) {
    lowbit_random random = {(uint32_t)(p->m * 31 + p->n * 17 + p->k * 7 + p->bits)};
    lowbit_operands o = make_operands(p, &random);
    lathe_lowbit_weight weight = {p->compute, p->bits, p->n, p->k, p->groups, p->zeros, NULL};
    bool good = packs(kernels, p, &weight, &o, message, size);
    lathe_gemm_args args = {.kernels = kernels, .compute = p->compute, .m = p->m, .n = p->n, .k = p->k, .a_stride = p->k + 3, .alpha = 1, .c = o.c,
                            .c_stride = p->n};
    switch (p->compute) {
        case LATHE_COMPUTE_F32: args.a = o.a_floats, args.a_type = LATHE_F32; break;
        case LATHE_COMPUTE_BF16: args.a = o.a_halves, args.a_type = LATHE_BF16; break;
        case LATHE_COMPUTE_INT8: args.a = o.a_codes, args.a_type = LATHE_U8, args.a_scale = o.a_scale; break;
    }
    if (p->shifted) { args.a_zero = o.a_zero; }
    if (p->epilogue) { args.bias = o.bias, args.activation = LATHE_ACTIVATION_RELU, args.residual = o.residual, args.residual_stride = p->n; }
    const size_t workspace = good ? lathe_lowbit_workspace(&args, &weight) : 0;
    o.workspace = aligned_memory(workspace);
    if (good) {
        const lathe_status status = lathe_lowbit_gemm(&args, &weight, o.workspace, workspace);
        if (status != LATHE_OK) { good = refuse(p, message, size, "status", status, 0); }
    }
    if (good) { good = agrees(p, &o, message, size); }
    args.c = o.c_again;
    if (good) {
        lathe_lowbit_gemm_serial(&args, &weight, o.workspace, workspace);
        good = same_values("lowbit", p->m * p->n, o.c, o.c_again, message, size);
    }
    release(&o);
    return good;
}

static bool check_shapes(const lathe_kernels *kernels, lathe_compute compute, char *message, size_t size) {
    const lathe_gemm_tile *tile = &kernels->gemm[compute];
    const int64_t ms[] = {0, 1, 2, tile->rows + 1, 2 * tile->rows + 1}, ns[] = {0, 1, tile->columns - 1, tile->columns, 2 * tile->columns + 3};
    const int64_t ks[] = {0, 1, 3, 4, 31, 67, 256};
    const int bits[] = {1, 2, 3, 4, 8};
    int turn = 0;
    for (int b = 0; b < 5; b++) {
        for (int i = 0; i < 5; i++) {
            for (int j = 0; j < 5; j++) {
                for (int l = 0; l < 7; l++, turn++) {
                    const lowbit_product p = {.compute = compute, .bits = bits[b], .m = ms[i], .n = ns[j], .k = ks[l], .groups = 1,
                                              .zeros = turn & 1, .shifted = turn & 2, .epilogue = turn & 4};
                    if (!check_lowbit(kernels, &p, message, size)) { return false; }
                }
            }
        }
    }
    return true;
}

/// Groups of multiples of 4 and of other sizes, in short and in long runs.
static bool check_groups(const lathe_kernels *kernels, lathe_compute compute, char *message, size_t size) {
    const int64_t groups[][2] = {{16, 16}, {32, 6}, {64, 5}, {128, 9}, {4, 31}, {3, 5}, {7, 13}, {1, 6}, {50, 4}};
    const int64_t ms[] = {1, 5, 40};
    const int bits[] = {1, 2, 3, 4, 8};
    int turn = 0;
    for (int b = 0; b < 5; b++) {
        for (int g = 0; g < 9; g++) {
            for (int i = 0; i < 3; i++, turn++) {
                const lowbit_product p = {.compute = compute, .bits = bits[b], .m = ms[i], .n = 83, .k = groups[g][0] * groups[g][1], .groups = groups[g][1],
                                          .zeros = turn & 1, .shifted = turn % 3 != 0};
                if (!check_lowbit(kernels, &p, message, size)) { return false; }
            }
        }
    }
    return true;
}

/// Several runs of k and blocks of rows.
static bool check_large(const lathe_kernels *kernels, lathe_compute compute, char *message, size_t size) {
    for (int bits = 1; bits <= 4; bits++) {
        const lowbit_product tall = {.compute = compute, .bits = bits, .m = 211, .n = 70, .k = 517, .groups = 1, .zeros = bits & 1, .shifted = true};
        const lowbit_product deep = {.compute = compute, .bits = bits, .m = 14, .n = 37, .k = 8300, .groups = bits & 2 ? 1 : 83, .shifted = true};
        const lowbit_product token = {.compute = compute, .bits = bits, .m = 1, .n = 901, .k = 1500, .groups = 1, .shifted = true};
        if (!check_lowbit(kernels, &tall, message, size) || !check_lowbit(kernels, &deep, message, size)) { return false; }
        if (!check_lowbit(kernels, &token, message, size)) { return false; }
    }
    return true;
}

static bool check_all(const lathe_kernels *kernels, lathe_compute compute, char *message, size_t size) {
    return check_shapes(kernels, compute, message, size) && check_groups(kernels, compute, message, size) && check_large(kernels, compute, message, size);
}

static bool integer(const lathe_kernels *kernels, char *message, size_t size) { return check_all(kernels, LATHE_COMPUTE_INT8, message, size); }
static bool floats(const lathe_kernels *kernels, char *message, size_t size) { return check_all(kernels, LATHE_COMPUTE_F32, message, size); }
static bool halves(const lathe_kernels *kernels, char *message, size_t size) { return check_all(kernels, LATHE_COMPUTE_BF16, message, size); }

/// Integer products are the same bits in every variant.
static bool same_in_every_variant(const lathe_kernels *kernels, char *message, size_t size) {
    enum { m = 9, n = 75, k = 192, groups = 3 };
    const lathe_kernels *portable = lathe_kernels_for(LATHE_ISA_PORTABLE);
    for (int bits = 1; bits <= 4; bits++) {
        const lowbit_product p = {.compute = LATHE_COMPUTE_INT8, .bits = bits, .m = m, .n = n, .k = k, .groups = groups, .zeros = true, .shifted = true};
        lowbit_random random = {7};
        lowbit_operands o = make_operands(&p, &random);
        for (int which = 0; which < 2; which++) {
            const lathe_kernels *own = which == 0 ? kernels : portable;
            lathe_lowbit_weight weight = {p.compute, bits, n, k, groups, true, NULL};
            lathe_gemm_args args = {.kernels = own, .compute = p.compute, .m = m, .n = n, .k = k, .a = o.a_codes, .a_type = LATHE_U8, .a_stride = k + 3,
                                    .a_scale = o.a_scale, .a_zero = o.a_zero, .alpha = 1, .c = which == 0 ? o.c : o.c_again, .c_stride = n};
            uint8_t *packed = aligned_memory(lathe_lowbit_packed_size(own, &weight));
            const size_t bytes = lathe_lowbit_workspace(&args, &weight);
            uint8_t *workspace = aligned_memory(bytes);
            lathe_lowbit_pack(own, &weight, o.codes, o.scales, o.zeros, packed);
            weight.packed = packed;
            lathe_lowbit_gemm(&args, &weight, workspace, bytes);
            free(packed), free(workspace);
        }
        const bool good = same_values("lowbit of two variants", m * n, o.c, o.c_again, message, size);
        release(&o);
        if (!good) { return false; }
    }
    return true;
}

/// What has no meaning gets a status.
static bool refusals(const lathe_kernels *kernels, char *message, size_t size) {
    enum { m = 2, n = 3, k = 8 };
    int8_t codes[n * k] = {0};
    float scales[n] = {1, 1, 1}, zeros[n] = {0}, c[m * n];
    uint8_t a[m * k] = {0};
    _Alignas(64) uint8_t packed[1 << 14], workspace[1 << 12];
    lathe_lowbit_weight good = {LATHE_COMPUTE_INT8, 4, n, k, 1, true, NULL}, five = good, uneven = good, none = good;
    five.bits = 5, uneven.groups = 3, none.groups = 0;
    const lathe_lowbit_weight *bad[] = {&five, &uneven, &none};
    if (lathe_lowbit_packed_size(kernels, &good) > sizeof packed) { return failure(message, size, "lowbit refusals: too large for this check"); }
    for (int i = 0; i < 3; i++) {
        if (lathe_lowbit_packed_size(kernels, bad[i]) != 0) { return failure(message, size, "lowbit refusals: weight %d has a size", i); }
        if (lathe_lowbit_pack(kernels, bad[i], codes, scales, zeros, packed) != LATHE_INVALID_ARGUMENT) {
            return failure(message, size, "lowbit refusals: weight %d is packed", i);
        }
    }
    if (lathe_lowbit_pack(kernels, &good, codes, scales, NULL, packed) != LATHE_INVALID_ARGUMENT ||
        lathe_lowbit_pack(kernels, &good, codes, scales, zeros, packed) != LATHE_OK) {
        return failure(message, size, "lowbit refusals: zero points are needed, and enough");
    }
    good.packed = packed;
    const lathe_gemm_args plain = {.kernels = kernels, .compute = LATHE_COMPUTE_INT8, .m = m, .n = n, .k = k, .a = a, .a_type = LATHE_U8, .a_stride = k,
                                   .alpha = 1, .c = c, .c_stride = n};
    lathe_gemm_args other_size = plain, other_type = plain, added = plain, turned = plain;
    other_size.k = 4, other_type.a_type = LATHE_F32, added.accumulate = true, turned.a_transposed = true;
    const struct {
        const lathe_gemm_args *args;
        size_t workspace;
        lathe_status want;
    } cases[] = {{&plain, sizeof workspace, LATHE_OK},
                 {&plain, 0, LATHE_WORKSPACE_TOO_SMALL},
                 {&other_size, sizeof workspace, LATHE_INVALID_ARGUMENT},
                 {&other_type, sizeof workspace, LATHE_UNSUPPORTED},
                 {&added, sizeof workspace, LATHE_INVALID_ARGUMENT},
                 {&turned, sizeof workspace, LATHE_INVALID_ARGUMENT}};
    for (int i = 0; i < 6; i++) {
        const lathe_status got = lathe_lowbit_gemm(cases[i].args, &good, workspace, cases[i].workspace);
        if (got != cases[i].want) { return failure(message, size, "lowbit refusals, case %d: expected status %d, got %d", i, cases[i].want, got); }
    }
    return true;
}

/// The bit that holds bit `b` of the unsigned code `i` of a chunk, by the words of lathe_ops.h.
static int place_of_bit(int bits, int i, int b) {
    if (bits == 4) { return 8 * (i % 128) + i / 128 * 4 + b; }
    if (bits == 1 || b == 2) { return (bits == 3 ? 64 * 8 : 0) + 8 * (i % 32) + i / 32; }
    return 8 * (i % 64) + i / 64 * 2 + b;
}

/// unpack_codes reads the bits where they are said to be, and no further.
static bool unpacking(const lathe_kernels *kernels, char *message, size_t size) {
    enum { chunk = 256, chunks = 3, guard = 64 };
    lowbit_random random = {3};
    for (int bits = 1; bits <= 4; bits++) {
        uint8_t packed[chunks * chunk / 2];
        int8_t codes[chunks * chunk + guard];
        for (size_t i = 0; i < sizeof packed; i++) { packed[i] = (uint8_t)next(&random); }
        memset(codes, 77, sizeof codes);
        kernels->unpack_codes(bits, chunks, packed, codes);
        for (int i = 0; i < chunks * chunk + guard; i++) {
            int want = 0;
            for (int b = 0; b < bits && i < chunks * chunk; b++) {
                const int place = place_of_bit(bits, i % chunk, b);
                want |= (packed[i / chunk * 32 * bits + place / 8] >> place % 8 & 1) << b;
            }
            want = i >= chunks * chunk ? 77 : bits == 1 ? 2 * want - 1 : want - (1 << (bits - 1));
            if (codes[i] != want) { return failure(message, size, "unpack_codes, %d bits, code %d: expected %d, got %d", bits, i, want, codes[i]); }
        }
    }
    return true;
}

const lathe_agreement *lathe_lowbit_agreements(int *count) {
    static const lathe_agreement all[] = {
        {"lowbit unpacking", unpacking}, {"lowbit integer", integer}, {"lowbit f32", floats},
        {"lowbit bf16", halves}, {"lowbit variants", same_in_every_variant}, {"lowbit refusals", refusals},
    };
    *count = sizeof all / sizeof all[0];
    return all;
}
