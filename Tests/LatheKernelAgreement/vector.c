#include <string.h>

#include "vector_families.h"

// The checks of the vector kernels: those of all families, in one list.
const lathe_agreement *lathe_vector_agreements(int *count) {
    static lathe_agreement all[64];
    int total = 0;
#define GATHER_FAMILY(name)                                                                                     \
    memcpy(all + total, vector_##name##_checks, (size_t)vector_##name##_check_count * sizeof all[0]);          \
    total += vector_##name##_check_count;
    VECTOR_FAMILIES(GATHER_FAMILY)
#undef GATHER_FAMILY
    *count = total;
    return all;
}
