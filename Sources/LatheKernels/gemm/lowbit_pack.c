// Low-bit weights: their layout, packing and reading back.

#include "gemm/lowbit_layout.h"

#include <string.h>

#include "include/lathe_threads.h"

enum {
    WIDEST = 64,
    /// Values of k that are packed or read back at a time: a multiple of every unit.
    RUN = 64,
};

bool lathe_lowbit_is_valid(const lathe_lowbit_weight *w) {
    const bool bits = w->bits == 8 || (w->bits >= 1 && w->bits <= 4);
    return bits && (unsigned)w->compute <= LATHE_COMPUTE_INT8 && w->n >= 0 && w->k >= 0 && w->groups >= 1 && w->k % w->groups == 0;
}

lathe_lowbit_layout lathe_lowbit_layout_of(const lathe_kernels *kernels, const lathe_lowbit_weight *w) {
    lathe_lowbit_layout l = {.bits = w->bits, .n = w->n, .width = kernels->gemm[w->compute].columns, .groups = w->groups};
    l.panels = lathe_ceil_div(w->n, l.width);
    l.group = w->k / w->groups;
    l.padded_group = lathe_round_up(l.group, 4);
    l.k = l.groups * l.padded_group;
    for (l.unit = 4; l.unit * l.width % LATHE_LOWBIT_CHUNK != 0; l.unit += 4) {}
    // Panels of 8 bits are those of an int8 product.
    l.panel_size = w->bits == 8 ? l.k * l.width : lathe_round_up(lathe_lowbit_bytes(w->bits, lathe_round_up(l.k * l.width, LATHE_LOWBIT_CHUNK)), 64);
    l.has_sums = w->compute == LATHE_COMPUTE_INT8;
    l.has_zeros = w->zeros;
    const size_t part = (size_t)(l.panels * l.groups * l.width) * 4;
    l.sums = (size_t)lathe_round_up(l.panels * l.panel_size, 64);
    l.scales = l.sums + (l.has_sums ? part : 0);
    l.zeros = l.scales + part;
    l.end = l.zeros + (l.has_zeros ? part : 0);
    return l;
}

size_t lathe_lowbit_packed_size(const lathe_kernels *kernels, const lathe_lowbit_weight *weight) {
    if (kernels == NULL) { kernels = lathe_kernels_active(); }
    if (kernels == NULL || !lathe_lowbit_is_valid(weight)) { return 0; }
    return lathe_lowbit_layout_of(kernels, weight).end;
}

typedef struct transfer {
    const lathe_kernels *kernels;
    lathe_lowbit_layout layout;
    int8_t *codes;  ///< [n, k]
    float *scales, *zeros;
    uint8_t *packed;
} transfer;

static int8_t padding_code(int bits) { return bits == 1 ? -1 : 0; }

/// Puts 256 codes into their bits.
static void pack_chunk(int bits, const int8_t *codes, uint8_t *packed) {
    uint8_t u[LATHE_LOWBIT_CHUNK];
    for (int i = 0; i < LATHE_LOWBIT_CHUNK; i++) { u[i] = bits == 1 ? codes[i] > 0 : (uint8_t)(codes[i] + (1 << (bits - 1))) & ((1 << bits) - 1); }
    if (bits == 4) {
        for (int j = 0; j < 128; j++) { packed[j] = (uint8_t)(u[j] | u[j + 128] << 4); }
        return;
    }
    if (bits >= 2) {
        for (int j = 0; j < 64; j++) {
            packed[j] = (uint8_t)((u[j] & 3) | (u[j + 64] & 3) << 2 | (u[j + 128] & 3) << 4 | (u[j + 192] & 3) << 6);
        }
        packed += 64;
    }
    if (bits == 2) { return; }
    const int plane = bits - 1;
    for (int j = 0; j < 32; j++) {
        int byte = 0;
        for (int q = 0; q < 8; q++) { byte |= (u[j + 32 * q] >> plane & 1) << q; }
        packed[j] = (uint8_t)byte;
    }
}

/// The part of a word, 4 values of padded k from `k0` on, that is no padding: how many values, the first at *from of a row of codes.
static int word_of(const lathe_lowbit_layout *l, int64_t k0, int64_t *from) {
    const int64_t group = k0 / l->padded_group, place = k0 - group * l->padded_group;
    *from = group * l->group + place;
    return (int)(l->group - place < 4 ? l->group - place : 4);
}

/// What a column of a panel has for every group: scales, zero points and sums.
static void pack_groups(const transfer *t, int64_t panel, int64_t column, int64_t place) {
    const lathe_lowbit_layout *l = &t->layout;
    for (int64_t g = 0; g < l->groups; g++) {
        const int64_t to = (panel * l->groups + g) * l->width + place, from = column * l->groups + g;
        const bool is_padding = column >= l->n;
        ((float *)(void *)(t->packed + l->scales))[to] = is_padding ? 0 : t->scales[from];
        if (l->has_zeros) { ((float *)(void *)(t->packed + l->zeros))[to] = is_padding ? 0 : t->zeros[from]; }
        if (!l->has_sums) { continue; }
        int32_t sum = 0;
        for (int64_t i = 0; i < l->group && !is_padding; i++) { sum += t->codes[column * l->groups * l->group + g * l->group + i]; }
        ((int32_t *)(void *)(t->packed + l->sums))[to] = sum;
    }
}

static void pack_task(void *context, int64_t panel, int worker) {
    (void)worker;
    const transfer *t = context;
    const lathe_lowbit_layout *l = &t->layout;
    const int64_t columns = l->n - panel * l->width < l->width ? l->n - panel * l->width : l->width;
    for (int64_t c = 0; c < l->width; c++) { pack_groups(t, panel, panel * l->width + c, c); }
    int8_t bytes[RUN * WIDEST];
    for (int64_t k0 = 0; k0 < l->k; k0 += RUN) {
        const int64_t count = l->k - k0 < RUN ? l->k - k0 : RUN;
        memset(bytes, padding_code(l->bits), sizeof bytes);
        for (int64_t w = 0; w < count; w += 4) {
            int64_t from;
            const int values = word_of(l, k0 + w, &from);
            for (int64_t c = 0; c < columns; c++) {
                const int8_t *word = t->codes + (panel * l->width + c) * l->groups * l->group + from;
                for (int i = 0; i < values; i++) { bytes[w * l->width + 4 * c + i] = word[i]; }
            }
        }
        uint8_t *to = t->packed + panel * l->panel_size + lathe_lowbit_bytes(l->bits, k0 * l->width);
        if (l->bits == 8) {
            memcpy(to, bytes, (size_t)(count * l->width));
            continue;
        }
        for (int64_t i = 0; i < count * l->width; i += LATHE_LOWBIT_CHUNK) { pack_chunk(l->bits, bytes + i, to + lathe_lowbit_bytes(l->bits, i)); }
    }
}

static void unpack_task(void *context, int64_t panel, int worker) {
    (void)worker;
    const transfer *t = context;
    const lathe_lowbit_layout *l = &t->layout;
    const int64_t columns = l->n - panel * l->width < l->width ? l->n - panel * l->width : l->width;
    int8_t scratch[RUN * WIDEST];
    for (int64_t k0 = 0; k0 < l->k; k0 += RUN) {
        const int64_t count = l->k - k0 < RUN ? l->k - k0 : RUN;
        const int8_t *bytes = lathe_lowbit_codes(t->kernels, l, t->packed + panel * l->panel_size, k0, count, scratch);
        for (int64_t w = 0; w < count; w += 4) {
            int64_t from;
            const int values = word_of(l, k0 + w, &from);
            for (int64_t c = 0; c < columns; c++) {
                int8_t *word = t->codes + (panel * l->width + c) * l->groups * l->group + from;
                for (int i = 0; i < values; i++) { word[i] = bytes[w * l->width + 4 * c + i]; }
            }
        }
    }
    for (int64_t c = 0; c < columns; c++) {
        for (int64_t g = 0; g < l->groups; g++) {
            const int64_t from = (panel * l->groups + g) * l->width + c, to = (panel * l->width + c) * l->groups + g;
            t->scales[to] = ((const float *)(const void *)(t->packed + l->scales))[from];
            if (l->has_zeros) { t->zeros[to] = ((const float *)(const void *)(t->packed + l->zeros))[from]; }
        }
    }
}

/// Runs a task for every panel, if the arguments have a meaning.
static lathe_status run_transfer(const lathe_kernels *kernels, const lathe_lowbit_weight *w, int8_t *codes, float *scales, float *zeros, void *packed,
                                 lathe_task task) {
    if (kernels == NULL) { kernels = lathe_kernels_active(); }
    if (kernels == NULL) { return LATHE_UNSUPPORTED; }
    if (!lathe_lowbit_is_valid(w)) { return LATHE_INVALID_ARGUMENT; }
    if (w->n == 0) { return LATHE_OK; }
    if (packed == NULL || scales == NULL || (w->k > 0 && codes == NULL) || (w->zeros && zeros == NULL)) { return LATHE_INVALID_ARGUMENT; }
    transfer t = {kernels, lathe_lowbit_layout_of(kernels, w), codes, scales, zeros, packed};
    lathe_parallel(t.layout.panels, task, &t);
    return LATHE_OK;
}

lathe_status lathe_lowbit_pack(const lathe_kernels *kernels, const lathe_lowbit_weight *weight, const int8_t *codes, const float *scales,
                               const float *zeros, void *packed) {
    return run_transfer(kernels, weight, (int8_t *)(uintptr_t)codes, (float *)(uintptr_t)scales, (float *)(uintptr_t)zeros, packed, pack_task);
}

lathe_status lathe_lowbit_unpack(const lathe_kernels *kernels, const lathe_lowbit_weight *weight, int8_t *codes, float *scales, float *zeros) {
    return run_transfer(kernels, weight, codes, scales, zeros, (void *)(uintptr_t)weight->packed, unpack_task);
}
