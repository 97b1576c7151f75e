#if defined(__x86_64__)

#include "x86/vector_layer_avx512.h"
#include "templates/declarations.h"
#include "templates/loops.h"
#include "templates/vector_math.h"

#include "templates/reductions.h"
#include "templates/softmax.h"
#include "templates/normalisation.h"

#endif
