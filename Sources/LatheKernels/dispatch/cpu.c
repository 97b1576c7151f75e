// What this CPU can do, as far as the operating system lets programs use it. Compiled as baseline code: it runs before any choice.

#include "include/lathe_dispatch.h"

#include <stdatomic.h>

#if defined(__x86_64__)

#if defined(__linux__)
#include <sys/syscall.h>
#include <unistd.h>
#endif

typedef struct registers {
    uint32_t eax, ebx, ecx, edx;
} registers;

static registers cpuid(uint32_t leaf, uint32_t subleaf) {
    registers r;
    __asm__ volatile("cpuid" : "=a"(r.eax), "=b"(r.ebx), "=c"(r.ecx), "=d"(r.edx) : "a"(leaf), "c"(subleaf));
    return r;
}

/// The register states that the operating system saves on a context switch (XCR0).
static uint64_t saved_states(void) {
    uint32_t low, high;
    __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    return (uint64_t)high << 32 | low;
}

static bool bit(uint32_t word, int index) {
    return (word >> index & 1) != 0;
}

/// Asks the system for the registers of AMX, which it gives to programs that ask. Other systems than Linux have none.
static bool may_use_amx(void) {
#if defined(__linux__) && defined(SYS_arch_prctl)
    const int request_permission = 0x1023, tile_data = 18;  // ARCH_REQ_XCOMP_PERM, XFEATURE_XTILEDATA
    return syscall(SYS_arch_prctl, request_permission, tile_data) == 0;
#else
    return false;
#endif
}

static uint32_t probe(void) {
    const uint32_t leaves = cpuid(0, 0).eax;
    const registers basic = cpuid(1, 0);
    const int osxsave = 27;
    if (leaves < 7 || !bit(basic.ecx, osxsave)) { return 0; }

    // Bits of XCR0: 1 xmm, 2 upper ymm; 5 mask registers, 6 upper zmm0-15, 7 zmm16-31. macOS turns the latter three on when a thread
    // first uses them, so there XCR0 may lack them on a machine that has them: such a machine runs AVX2 here.
    // 17 and 18 are AMX.
    const uint64_t ymm = 0x6, zmm = 0xe6, amx = 3 << 17, states = saved_states();
    if ((states & ymm) != ymm) { return 0; }

    const registers seven = cpuid(7, 0);
    uint32_t features = 0;
    if (bit(basic.ecx, 28) && bit(seven.ebx, 5)) { features |= LATHE_FEATURE_AVX2; }
    if (bit(basic.ecx, 12)) { features |= LATHE_FEATURE_FMA; }
    if (bit(basic.ecx, 29)) { features |= LATHE_FEATURE_F16C; }

    const bool f = bit(seven.ebx, 16), dq = bit(seven.ebx, 17), bw = bit(seven.ebx, 30), vl = bit(seven.ebx, 31);
    if ((states & zmm) == zmm && f && dq && bw && vl) {
        features |= LATHE_FEATURE_AVX512;
        if (bit(seven.ecx, 11)) { features |= LATHE_FEATURE_AVX512_VNNI; }
        if (seven.eax >= 1 && bit(cpuid(7, 1).eax, 5)) { features |= LATHE_FEATURE_AVX512_BF16; }
        const bool tiles = bit(seven.edx, 24), tile_int8 = bit(seven.edx, 25), tile_bf16 = bit(seven.edx, 22);
        if ((states & amx) == amx && tiles && tile_int8 && tile_bf16 && may_use_amx()) { features |= LATHE_FEATURE_AMX; }
    }
    return features;
}

#elif defined(__aarch64__) && defined(__APPLE__)

#include <sys/sysctl.h>

static bool has(const char *name) {
    int value = 0;
    size_t size = sizeof value;
    return sysctlbyname(name, &value, &size, NULL, 0) == 0 && value != 0;
}

static uint32_t probe(void) {
    uint32_t features = LATHE_FEATURE_NEON;
    if (has("hw.optional.arm.FEAT_DotProd")) { features |= LATHE_FEATURE_DOTPROD; }
    if (has("hw.optional.arm.FEAT_I8MM")) { features |= LATHE_FEATURE_I8MM; }
    if (has("hw.optional.arm.FEAT_BF16")) { features |= LATHE_FEATURE_ARM_BF16; }
    return features;
}

#elif defined(__aarch64__) && defined(__linux__)

#include <sys/auxv.h>

static uint32_t probe(void) {
    // Bit positions from the kernel's arch/arm64/include/uapi/asm/hwcap.h; older C libraries lack the names.
    const unsigned long asimd = 1ul << 1, asimddp = 1ul << 20, i8mm = 1ul << 13, bf16 = 1ul << 14;
    const unsigned long first = getauxval(AT_HWCAP), second = getauxval(AT_HWCAP2);
    uint32_t features = 0;
    if (first & asimd) { features |= LATHE_FEATURE_NEON; }
    if (first & asimddp) { features |= LATHE_FEATURE_DOTPROD; }
    if (second & i8mm) { features |= LATHE_FEATURE_I8MM; }
    if (second & bf16) { features |= LATHE_FEATURE_ARM_BF16; }
    return features;
}

#elif defined(__aarch64__)

static uint32_t probe(void) {
    return LATHE_FEATURE_NEON;  // part of the base architecture
}

#else

static uint32_t probe(void) {
    return 0;
}

#endif

uint32_t lathe_cpu_features(void) {
    static _Atomic uint64_t known;  // bit 32: probed. Threads that race probe twice and store the same
    const uint64_t probed = 1ull << 32;
    uint64_t features = atomic_load_explicit(&known, memory_order_relaxed);
    if (features == 0) {
        features = probed | probe();
        atomic_store_explicit(&known, features, memory_order_relaxed);
    }
    return (uint32_t)features;
}

const char *lathe_feature_name(lathe_feature feature) {
    switch (feature) {
        case LATHE_FEATURE_AVX2: return "avx2";
        case LATHE_FEATURE_FMA: return "fma";
        case LATHE_FEATURE_F16C: return "f16c";
        case LATHE_FEATURE_AVX512: return "avx512";
        case LATHE_FEATURE_AVX512_VNNI: return "avx512_vnni";
        case LATHE_FEATURE_AVX512_BF16: return "avx512_bf16";
        case LATHE_FEATURE_NEON: return "neon";
        case LATHE_FEATURE_DOTPROD: return "dotprod";
        case LATHE_FEATURE_I8MM: return "i8mm";
        case LATHE_FEATURE_ARM_BF16: return "bf16";
        case LATHE_FEATURE_AMX: return "amx";
    }
    return NULL;
}
