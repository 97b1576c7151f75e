#ifndef LATHE_DISPATCH_H
#define LATHE_DISPATCH_H

#include "lathe_gemm.h"
#include "lathe_image_epilogue.h"
#include "lathe_sparse.h"
#include "lathe_types.h"

/// Families of kernel variants. One binary holds all those of its architecture.
typedef enum lathe_isa {
    LATHE_ISA_PORTABLE = 0,
    LATHE_ISA_AVX2 = 1,
    LATHE_ISA_AVX512 = 2,
    LATHE_ISA_AMX = 3,  ///< AVX-512, with products of whole matrices
    LATHE_ISA_NEON = 4,
    LATHE_ISA_COUNT = 5,
} lathe_isa;

/// CPU features that kernels ask for, as bits; the operating system's support is included.
typedef enum lathe_feature {
    LATHE_FEATURE_AVX2 = 1 << 0,
    LATHE_FEATURE_FMA = 1 << 1,
    LATHE_FEATURE_F16C = 1 << 2,
    LATHE_FEATURE_AVX512 = 1 << 3,  ///< F, BW, DQ and VL
    LATHE_FEATURE_AVX512_VNNI = 1 << 4,
    LATHE_FEATURE_AVX512_BF16 = 1 << 5,
    LATHE_FEATURE_NEON = 1 << 6,
    LATHE_FEATURE_DOTPROD = 1 << 7,
    LATHE_FEATURE_I8MM = 1 << 8,
    LATHE_FEATURE_ARM_BF16 = 1 << 9,
    LATHE_FEATURE_AMX = 1 << 10,  ///< tiles, int8 and bf16
} lathe_feature;

/// The kernel table: one serial function per line of lathe_ops.h, and the tiles of the matrix products.
struct lathe_kernels {
    lathe_isa isa;
    const char *name;
#define LATHE_OP(name, result, parameters) result (*name) parameters;
#include "lathe_ops.h"
    /// Register tile of each matrix product, indexed by lathe_compute.
    lathe_gemm_tile gemm[3];
    /// Products with block-sparse weights.
    lathe_sparse_tile sparse;
};

/// The features of this CPU that the operating system lets programs use. Probed once.
uint32_t lathe_cpu_features(void);

/// The name of one feature bit, for people; NULL for an unknown bit.
const char *lathe_feature_name(lathe_feature feature);

/// The name by which LATHE_ISA forces a variant: portable, avx2, avx512, amx, neon.
const char *lathe_isa_name(lathe_isa isa);

/// The table of one variant, or NULL when this build or this CPU does not have it.
const lathe_kernels *lathe_kernels_for(lathe_isa isa);

/// The table in use: the best variant of this CPU, or the one that the environment variable LATHE_ISA names.
/// NULL when LATHE_ISA names an unknown or unsupported variant (see lathe_kernels_error).
const lathe_kernels *lathe_kernels_active(void);

/// Why lathe_kernels_active is NULL, as a sentence; NULL when it is not.
const char *lathe_kernels_error(void);

#endif
