// The families of vector checks, one file each, that vector.c gathers.

#include "LatheKernelAgreement.h"

#define VECTOR_FAMILY(name)                                  \
    extern const lathe_agreement vector_##name##_checks[];   \
    extern const int vector_##name##_check_count;
#include "vector_families.inc"
#undef VECTOR_FAMILY
