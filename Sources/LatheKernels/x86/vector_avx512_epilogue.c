#if defined(__x86_64__)

#include "x86/vector_layer_avx512.h"
#include "templates/declarations.h"
#include "templates/loops.h"
#include "templates/vector_math.h"

#include "templates/epilogue.h"
#include "templates/image_epilogue.h"
#include "templates/image_pooling.h"

#endif
