#ifndef LATHE_LOWBIT_LAYOUT_H
#define LATHE_LOWBIT_LAYOUT_H

// How weights of few bits lie in memory: panels of codes, then what each column of a panel has for every group of k.

#include "gemm/operands.h"
#include "include/lathe_lowbit.h"

enum {
    LATHE_LOWBIT_CHUNK = 256,  ///< codes that are packed together
};

/// The codes of a panel are bytes [k / 4, width, 4] as in the panels of an int8 product, each group of k padded to whole words; 256 after 256 of
/// them are put into their bits (unpack_codes in lathe_ops.h; 8 bits stay as they are). Behind all panels follow, [panels, groups, width] each: the
/// sums of a group's codes, s32 (integer products only); the scales; the zero points, if there are any.
typedef struct lathe_lowbit_layout {
    int bits;
    int64_t n, width, panels;
    int64_t groups, group, padded_group;  ///< values of k in a group, and with its padding
    int64_t k;                            ///< all groups with their padding
    int64_t unit;                         ///< values of k after which a panel's codes begin a chunk
    int64_t panel_size;                   ///< bytes
    size_t sums, scales, zeros, end;      ///< where each part begins, and all end
    bool has_sums, has_zeros;
} lathe_lowbit_layout;

/// Whether the sizes have a meaning.
bool lathe_lowbit_is_valid(const lathe_lowbit_weight *weight);

lathe_lowbit_layout lathe_lowbit_layout_of(const lathe_kernels *kernels, const lathe_lowbit_weight *weight);

/// Bytes that `count` codes, a multiple of a chunk, take in their bits.
static inline int64_t lathe_lowbit_bytes(int bits, int64_t count) { return count / 8 * bits; }

/// Codes of a panel from the value `k0` of k on (a multiple of the unit), `count` values of k: where they lie, or unpacked to `scratch`, which has
/// room for whole chunks.
static inline const int8_t *lathe_lowbit_codes(const lathe_kernels *kernels, const lathe_lowbit_layout *l, const uint8_t *panel, int64_t k0,
                                               int64_t count, int8_t *scratch) {
    const uint8_t *from = panel + lathe_lowbit_bytes(l->bits, k0 * l->width);
    if (l->bits == 8) { return (const int8_t *)from; }
    kernels->unpack_codes(l->bits, lathe_ceil_div(count * l->width, LATHE_LOWBIT_CHUNK), from, scratch);
    return scratch;
}

#endif
