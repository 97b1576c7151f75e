#ifndef LATHE_SPARSE_BLOCKS_H
#define LATHE_SPARSE_BLOCKS_H

#include <stdint.h>

/// Blocks of outputs.
static inline int64_t lathe_sparse_blocks(int64_t n, int64_t block) { return (n + block - 1) / block; }

/// Strips of four outputs in a block.
static inline int64_t lathe_sparse_strips(int64_t block) { return (block + 3) / 4; }

/// Outputs of the block that begins at `first`.
static inline int64_t lathe_sparse_rows(int64_t n, int64_t block, int64_t first) { return n - first < block ? n - first : block; }

#endif
