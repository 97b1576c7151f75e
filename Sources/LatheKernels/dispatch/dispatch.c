// The kernel tables: which variants this build has, which of them this CPU can run, and which one is in use.

#include "include/lathe_dispatch.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// Every variant implements every line of lathe_ops.h.
#define DECLARE(name, variant, result, parameters) extern result lathe_##name##_##variant parameters;
#define LATHE_OP(name, result, parameters) DECLARE(name, portable, result, parameters)
#include "include/lathe_ops.h"
#if defined(__x86_64__)
#define LATHE_OP(name, result, parameters) DECLARE(name, avx2, result, parameters)
#include "include/lathe_ops.h"
#define LATHE_OP(name, result, parameters) DECLARE(name, avx512, result, parameters)
#include "include/lathe_ops.h"
#elif defined(__aarch64__)
#define LATHE_OP(name, result, parameters) DECLARE(name, neon, result, parameters)
#include "include/lathe_ops.h"
#endif

#define LATHE_GEMM_TILE(variant, compute, needs, name) extern const lathe_gemm_tile name;
#include "gemm/tiles.inc"
#define LATHE_SPARSE_TILE(variant, needs, name) extern const lathe_sparse_tile name;
#include "sparse/tiles.inc"

/// The tables. The functions are constants; the tiles depend on the CPU and are filled in by `choose`.
static lathe_kernels tables[LATHE_ISA_COUNT] = {
    [LATHE_ISA_PORTABLE] = {
        .isa = LATHE_ISA_PORTABLE, .name = "portable",
#define LATHE_OP(op, result, parameters) .op = lathe_##op##_portable,
#include "include/lathe_ops.h"
    },
#if defined(__x86_64__)
    [LATHE_ISA_AVX2] = {
        .isa = LATHE_ISA_AVX2, .name = "avx2",
#define LATHE_OP(op, result, parameters) .op = lathe_##op##_avx2,
#include "include/lathe_ops.h"
    },
    [LATHE_ISA_AVX512] = {
        .isa = LATHE_ISA_AVX512, .name = "avx512",
#define LATHE_OP(op, result, parameters) .op = lathe_##op##_avx512,
#include "include/lathe_ops.h"
    },
    // The functions of AVX-512; its tiles are others.
    [LATHE_ISA_AMX] = {
        .isa = LATHE_ISA_AMX, .name = "amx",
#define LATHE_OP(op, result, parameters) .op = lathe_##op##_avx512,
#include "include/lathe_ops.h"
    },
#elif defined(__aarch64__)
    [LATHE_ISA_NEON] = {
        .isa = LATHE_ISA_NEON, .name = "neon",
#define LATHE_OP(op, result, parameters) .op = lathe_##op##_neon,
#include "include/lathe_ops.h"
    },
#endif
};

/// What a variant's functions use, whatever tiles are chosen.
static uint32_t needs(lathe_isa isa) {
    switch (isa) {
        case LATHE_ISA_AVX2: return LATHE_FEATURE_AVX2 | LATHE_FEATURE_FMA | LATHE_FEATURE_F16C;
        case LATHE_ISA_AVX512: return needs(LATHE_ISA_AVX2) | LATHE_FEATURE_AVX512;
        case LATHE_ISA_AMX:
            return needs(LATHE_ISA_AVX512) | LATHE_FEATURE_AVX512_VNNI | LATHE_FEATURE_AVX512_BF16 | LATHE_FEATURE_AMX;
        case LATHE_ISA_NEON: return LATHE_FEATURE_NEON;
        default: return 0;
    }
}

static const lathe_kernels *active;
static char error[200];

static bool supported(lathe_isa isa) {
    return tables[isa].name != NULL && (lathe_cpu_features() & needs(isa)) == needs(isa);
}

/// Fills in the tiles: the last line of gemm/tiles.inc and of sparse/tiles.inc whose needs are met wins.
static void choose_tiles(void) {
    const uint32_t features = lathe_cpu_features();
#define LATHE_GEMM_TILE(variant, compute, extra, tile) \
    if ((features & (extra)) == (uint32_t)(extra)) { tables[LATHE_ISA_##variant].gemm[LATHE_COMPUTE_##compute] = tile; }
#include "gemm/tiles.inc"
#define LATHE_SPARSE_TILE(variant, extra, tile) \
    if ((features & (extra)) == (uint32_t)(extra)) { tables[LATHE_ISA_##variant].sparse = tile; }
#include "sparse/tiles.inc"
}

/// The best variant, or the one that LATHE_ISA names. An unknown or unsupported name is an error, so that nobody measures or debugs
/// another variant than the one asked for.
static void choose_active(void) {
    const char *wanted = getenv("LATHE_ISA");
    char names[80] = "";
    for (int isa = 0; isa < LATHE_ISA_COUNT; isa++) {
        if (!supported((lathe_isa)isa)) { continue; }
        if (wanted == NULL || strcmp(wanted, tables[isa].name) == 0) { active = &tables[isa]; }  // without a wish the last, best one stays
        if (names[0] != '\0') { strncat(names, ", ", sizeof names - strlen(names) - 1); }
        strncat(names, tables[isa].name, sizeof names - strlen(names) - 1);
    }
    if (active != NULL) { return; }
    bool known = false;
    for (int isa = 0; isa < LATHE_ISA_COUNT; isa++) { known |= strcmp(wanted, lathe_isa_name((lathe_isa)isa)) == 0; }
    snprintf(error, sizeof error, "LATHE_ISA is \"%.40s\", %s; this machine can run %s", wanted,
             known ? "which this CPU or this build does not support" : "which is no known variant", names);
}

static void choose(void) {
    choose_tiles();
    choose_active();
}

static void prepare(void) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, choose);
}

const char *lathe_isa_name(lathe_isa isa) {
    switch (isa) {
        case LATHE_ISA_PORTABLE: return "portable";
        case LATHE_ISA_AVX2: return "avx2";
        case LATHE_ISA_AVX512: return "avx512";
        case LATHE_ISA_AMX: return "amx";
        case LATHE_ISA_NEON: return "neon";
        case LATHE_ISA_COUNT: break;
    }
    return NULL;
}

const lathe_kernels *lathe_kernels_for(lathe_isa isa) {
    if ((int)isa < 0 || isa >= LATHE_ISA_COUNT) { return NULL; }
    prepare();
    return supported(isa) ? &tables[isa] : NULL;
}

const lathe_kernels *lathe_kernels_active(void) {
    prepare();
    return active;
}

const char *lathe_kernels_error(void) {
    prepare();
    return active == NULL ? error : NULL;
}
