// Packing B into panels. The transpositions and roundings come from the kernel table; what remains here is interleaving.

#include "gemm/operands.h"

#include <string.h>

#include "include/lathe_threads.h"

int64_t lathe_gemm_panel_size(const lathe_gemm_tile *tile, lathe_compute compute, int64_t k) {
    return lathe_round_up(k, tile->depth) * tile->columns * lathe_gemm_element_size(compute);
}

size_t lathe_gemm_sums_offset(const lathe_gemm_tile *tile, lathe_compute compute, int64_t k, int64_t n) {
    return (size_t)lathe_round_up(lathe_ceil_div(n, tile->columns) * lathe_gemm_panel_size(tile, compute, k), 64);
}

/// Rows of k that a step of packing handles, and the widest panel: together they bound the scratch on the stack.
enum { STEP = 64, WIDEST = 64 };

/// One step of one panel: k values k0 ..< k0 + depth_count of columns n0 ..< n0 + columns.
typedef struct step {
    int64_t k0, n0;
    int count, columns;
} step;

static const void *element(const lathe_gemm_source *s, int64_t kk, int64_t c, int64_t size) {
    const int64_t index = s->transposed ? c * s->stride + kk : kk * s->stride + c;
    return (const uint8_t *)s->b + index * size;
}

static void pack_f32(const lathe_gemm_source *s, step at, int width, float *out) {
    const float *b = element(s, at.k0, at.n0, sizeof(float));
    if (s->transposed) {
        s->kernels->transpose(at.columns, at.count, b, s->stride, out, width);
    } else {
        for (int i = 0; i < at.count; i++) { memcpy(out + i * width, b + i * s->stride, (size_t)at.columns * sizeof(float)); }
    }
    if (at.columns == width) { return; }
    for (int i = 0; i < at.count; i++) { memset(out + i * width + at.columns, 0, (size_t)(width - at.columns) * sizeof(float)); }
}

const lathe_bf16_layout *lathe_bf16_layout_for(const lathe_kernels *kernels) {
#if defined(__x86_64__)
    extern const lathe_gemm_tile lathe_gemm_bf16_avx512_bf16, lathe_gemm_bf16_amx;
    extern const lathe_bf16_layout lathe_bf16_layout_avx512;
    // The layout needs what those tiles need, so where one was chosen, the layout runs.
    const lathe_gemm_tile *tile = &kernels->gemm[LATHE_COMPUTE_BF16];
    if (tile->kernel == lathe_gemm_bf16_avx512_bf16.kernel || tile->kernel == lathe_gemm_bf16_amx.kernel) { return &lathe_bf16_layout_avx512; }
#endif
    (void)kernels;
    return NULL;
}

void lathe_round_for_tile(const lathe_kernels *kernels, int64_t n, const float *from, uint16_t *to) {
    const lathe_bf16_layout *layout = lathe_bf16_layout_for(kernels);
    (layout != NULL ? layout->round : kernels->f32_to_bf16)(n, from, to);
}

/// Packs whole blocks in one pass; false when the step is none.
static bool pack_bf16_at_once(const lathe_gemm_source *s, step at, int width, uint16_t *out) {
    const lathe_bf16_layout *layout = lathe_bf16_layout_for(s->kernels);
    if (layout == NULL || s->type != LATHE_F32 || at.columns != width || width % 16 != 0) { return false; }
    if (s->transposed) {
        if (at.count % 32 != 0) { return false; }
        for (int c = 0; c < width; c += 16) {
            for (int i = 0; i < at.count; i += 32) {
                layout->turn_columns(element(s, at.k0 + i, at.n0 + c, 4), s->stride, out + i * width + 2 * c, 2 * width);
            }
        }
    } else {
        if (at.count % 2 != 0) { return false; }
        for (int i = 0; i < at.count; i += 2) {
            layout->interleave(element(s, at.k0 + i, at.n0, 4), element(s, at.k0 + i + 1, at.n0, 4), width, out + i * width);
        }
    }
    return true;
}

/// bf16: pairs of k interleaved.
static void pack_bf16(const lathe_gemm_source *s, step at, int width, uint16_t *out) {
    if (pack_bf16_at_once(s, at, width, out)) { return; }
    const int pairs = (at.count + 1) / 2;
    const lathe_kernels *kernels = s->kernels;
    _Alignas(64) uint16_t rows[STEP * WIDEST];
    if (s->transposed) {
        // A column's pairs are adjacent already: seen as 32-bit words this is a transposition.
        const int64_t stride = STEP;
        for (int c = 0; c < at.columns; c++) {
            uint16_t *row = rows + c * stride;
            if (s->type == LATHE_F32) {
                lathe_round_for_tile(s->kernels, at.count, element(s, at.k0, at.n0 + c, 4), row);
            } else {
                memcpy(row, element(s, at.k0, at.n0 + c, 2), (size_t)at.count * 2);
            }
            if (at.count % 2 != 0) { row[at.count] = 0; }
        }
        if (at.columns < width) { memset(out, 0, (size_t)pairs * width * 4); }
        kernels->transpose(at.columns, pairs, (const float *)(const void *)rows, stride / 2, (float *)(void *)out, width);
        return;
    }
    if (at.columns < width || at.count % 2 != 0) { memset(rows, 0, sizeof rows); }
    for (int i = 0; i < at.count; i++) {
        if (s->type == LATHE_F32) {
            lathe_round_for_tile(s->kernels, at.columns, element(s, at.k0 + i, at.n0, 4), rows + i * width);
        } else {
            memcpy(rows + i * width, element(s, at.k0 + i, at.n0, 2), (size_t)at.columns * 2);
        }
    }
    for (int i = 0; i < pairs; i++) {
        const uint16_t *even = rows + 2 * i * width, *odd = even + width;
        uint16_t *to = out + 2 * i * width;
        for (int c = 0; c < width; c++) { to[2 * c] = even[c], to[2 * c + 1] = odd[c]; }
    }
}

/// int8: groups of four k interleaved.
static void pack_int8(const lathe_gemm_source *s, step at, int width, int8_t *out) {
    const int groups = (at.count + 3) / 4;
    _Alignas(64) int8_t rows[STEP * WIDEST];
    memset(rows, 0, sizeof rows);
    if (s->transposed) {
        for (int c = 0; c < at.columns; c++) { memcpy(rows + c * STEP, element(s, at.k0, at.n0 + c, 1), (size_t)at.count); }
        if (at.columns < width) { memset(out, 0, (size_t)groups * width * 4); }
        s->kernels->transpose(at.columns, groups, (const float *)(const void *)rows, STEP / 4, (float *)(void *)out, width);
        return;
    }
    for (int i = 0; i < at.count; i++) { memcpy(rows + i * width, element(s, at.k0 + i, at.n0, 1), (size_t)at.columns); }
    for (int i = 0; i < groups; i++) {
        const int8_t *row = rows + 4 * i * width;
        int8_t *to = out + 4 * i * width;
        for (int c = 0; c < width; c++) {
            to[4 * c] = row[c], to[4 * c + 1] = row[c + width], to[4 * c + 2] = row[c + 2 * width], to[4 * c + 3] = row[c + 3 * width];
        }
    }
}

/// The sum over k of every column of a packed int8 panel (depth 4).
static void sum_columns(const int8_t *panel, int64_t groups, int width, int32_t *sums) {
    for (int c = 0; c < width; c++) { sums[c] = 0; }
    for (int64_t i = 0; i < groups; i++, panel += 4 * width) {
        for (int c = 0; c < width; c++) { sums[c] += panel[4 * c] + panel[4 * c + 1] + panel[4 * c + 2] + panel[4 * c + 3]; }
    }
}

void lathe_gemm_pack_panel(const lathe_gemm_source *s, int64_t index, void *panel, int32_t *sums) {
    const int width = s->kernels->gemm[s->compute].columns;
    const int64_t row_size = width * lathe_gemm_element_size(s->compute);
    const int64_t n0 = index * width, columns = s->n - n0 < width ? s->n - n0 : width;
    for (int64_t k0 = 0; k0 < s->k; k0 += STEP) {
        const step at = {.k0 = k0, .n0 = n0, .count = (int)(s->k - k0 < STEP ? s->k - k0 : STEP), .columns = (int)columns};
        void *out = (uint8_t *)panel + k0 * row_size;
        switch (s->compute) {
            case LATHE_COMPUTE_F32: pack_f32(s, at, width, out); break;
            case LATHE_COMPUTE_BF16: pack_bf16(s, at, width, out); break;
            case LATHE_COMPUTE_INT8: pack_int8(s, at, width, out); break;
        }
    }
    if (s->compute == LATHE_COMPUTE_INT8) { sum_columns(panel, lathe_ceil_div(s->k, 4), width, sums); }
}

size_t lathe_gemm_packed_size(const lathe_kernels *kernels, lathe_compute compute, int64_t k, int64_t n) {
    if (kernels == NULL) { kernels = lathe_kernels_active(); }
    if (kernels == NULL || k < 0 || n < 0 || (unsigned)compute > LATHE_COMPUTE_INT8) { return 0; }
    const lathe_gemm_tile *tile = &kernels->gemm[compute];
    const size_t sums = compute == LATHE_COMPUTE_INT8 ? (size_t)lathe_round_up(n, tile->columns) * sizeof(int32_t) : 0;
    return lathe_gemm_sums_offset(tile, compute, k, n) + sums;
}

typedef struct pack_run {
    const lathe_gemm_source *source;
    uint8_t *packed;
    int64_t panels, tasks;
} pack_run;

static void pack_task(void *context, int64_t index, int worker) {
    (void)worker;
    const pack_run *run = context;
    const lathe_gemm_source *s = run->source;
    const lathe_gemm_tile *tile = &s->kernels->gemm[s->compute];
    const int64_t panel_size = lathe_gemm_panel_size(tile, s->compute, s->k);
    int32_t *sums = (int32_t *)(void *)(run->packed + lathe_gemm_sums_offset(tile, s->compute, s->k, s->n));
    const int64_t end = (index + 1) * run->panels / run->tasks;
    for (int64_t panel = index * run->panels / run->tasks; panel < end; panel++) {
        lathe_gemm_pack_panel(s, panel, run->packed + panel * panel_size, sums + panel * tile->columns);
    }
}

lathe_status lathe_gemm_pack(const lathe_kernels *kernels, lathe_compute compute, int64_t k, int64_t n, const void *b, lathe_type b_type,
                             int64_t b_stride, bool b_transposed, void *packed) {
    if (kernels == NULL) { kernels = lathe_kernels_active(); }
    if (kernels == NULL || (unsigned)compute > LATHE_COMPUTE_INT8) { return LATHE_UNSUPPORTED; }
    if (k < 0 || n < 0) { return LATHE_INVALID_ARGUMENT; }
    const bool matches = compute == LATHE_COMPUTE_F32    ? b_type == LATHE_F32
                         : compute == LATHE_COMPUTE_BF16 ? b_type == LATHE_F32 || b_type == LATHE_BF16
                                                         : b_type == LATHE_S8;
    if (!matches) { return LATHE_UNSUPPORTED; }
    if (n == 0) { return LATHE_OK; }
    if (packed == NULL || (b == NULL && k > 0)) { return LATHE_INVALID_ARGUMENT; }
    if (b_transposed ? n > 1 && b_stride < k : k > 1 && b_stride < n) { return LATHE_INVALID_ARGUMENT; }

    const lathe_gemm_source source = {kernels, compute, k, n, b, b_type, b_stride, b_transposed};
    const int64_t panels = lathe_ceil_div(n, kernels->gemm[compute].columns);
    const int64_t small = 16 * 1024;  // elements that one thread packs sooner than two threads meet
    pack_run run = {.source = &source, .packed = packed, .panels = panels, .tasks = panels};
    const int64_t most = lathe_ceil_div(n * (k + 1), small);
    if (run.tasks > most) { run.tasks = most; }
    if (run.tasks > 8 * (int64_t)lathe_thread_count()) { run.tasks = 8 * (int64_t)lathe_thread_count(); }
    lathe_parallel(run.tasks, pack_task, &run);
    return LATHE_OK;
}
