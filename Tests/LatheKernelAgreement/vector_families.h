#ifndef LATHE_VECTOR_FAMILIES_H
#define LATHE_VECTOR_FAMILIES_H

#include "LatheKernelAgreement.h"

// The families of vector checks, one file each (vector_<family>.c), that vector.c gathers.
#define VECTOR_FAMILIES(FAMILY) \
    FAMILY(conversions)         \
    FAMILY(elementwise)         \
    FAMILY(epilogue)            \
    FAMILY(fake_quantize)       \
    FAMILY(layout)              \
    FAMILY(normalisation)       \
    FAMILY(quantize)            \
    FAMILY(random)              \
    FAMILY(reductions)          \
    FAMILY(softmax)

#define DECLARE_FAMILY(name)                                 \
    extern const lathe_agreement vector_##name##_checks[];   \
    extern const int vector_##name##_check_count;
VECTOR_FAMILIES(DECLARE_FAMILY)
#undef DECLARE_FAMILY

#endif
