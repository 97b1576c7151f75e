// Declares every function of lathe_ops.h for the variant of the included vector layer, so that the compiler checks each
// definition against the table.

#include "include/lathe_gemm.h"
#include "include/lathe_image_epilogue.h"
#include "include/lathe_types.h"

#define LATHE_OP(name, result, parameters) result LATHE_VARIANT(name) parameters;
#include "include/lathe_ops.h"
