// Runs every agreement check of every variant that this machine can run, for places where `swift test` does not run: under an emulator of
// another architecture (Scripts/test-neon.sh). Prints a line per failed check and a closing count; the exit status is 1 if any failed.

#include <stdio.h>
#include <string.h>

#include "include/LatheKernelAgreement.h"

static const struct {
    const char *name;
    const lathe_agreement *(*agreements)(int *count);
} families[] = {
    {"gemm", lathe_gemm_agreements},
    {"lowbit", lathe_lowbit_agreements},
    {"vector", lathe_vector_agreements},
    {"attention", lathe_attention_agreements},
    {"convolution", lathe_convolution_agreements},
    {"images", lathe_image_agreements},
    {"sparse", lathe_sparse_agreements},
};

typedef struct tally {
    int passed, failed;
} tally;

static void run_variant(const lathe_kernels *kernels, tally *tally) {
    for (size_t family = 0; family < sizeof families / sizeof *families; family++) {
        int count = 0;
        const lathe_agreement *checks = families[family].agreements(&count);
        for (int i = 0; i < count; i++) {
            char message[512] = "no reason given";
            if (checks[i].check(kernels, message, sizeof message)) {
                tally->passed++;
            } else {
                tally->failed++;
                printf("%s, %s, %s: %s\n", kernels->name, families[family].name, checks[i].name, message);
                fflush(stdout);
            }
        }
    }
}

static void print_features(void) {
    printf("CPU features:");
    for (uint32_t bit = 1; bit != 0; bit <<= 1) {
        if (lathe_cpu_features() & bit) { printf(" %s", lathe_feature_name((lathe_feature)bit)); }
    }
    printf("\n");
    fflush(stdout);
}

/// Arguments name the variants to run, which must exist; without arguments all that exist run.
int main(int argc, char **argv) {
    tally tally = {0, 0};
    print_features();
    for (int isa = 0; isa < LATHE_ISA_COUNT; isa++) {
        bool wanted = argc == 1;
        for (int i = 1; i < argc; i++) { wanted |= strcmp(argv[i], lathe_isa_name((lathe_isa)isa)) == 0; }
        if (!wanted) { continue; }
        const lathe_kernels *kernels = lathe_kernels_for((lathe_isa)isa);
        if (kernels != NULL) {
            run_variant(kernels, &tally);
        } else if (argc > 1) {
            printf("%s: this machine or build does not have it\n", lathe_isa_name((lathe_isa)isa));
            tally.failed++;
        }
    }
    printf("%d passed, %d failed\n", tally.passed, tally.failed);
    return tally.failed > 0 || tally.passed == 0;
}
