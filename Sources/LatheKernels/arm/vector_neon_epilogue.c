#if defined(__aarch64__)

#include "arm/vector_layer_neon.h"
#include "templates/declarations.h"
#include "templates/loops.h"
#include "templates/vector_math.h"

#include "templates/epilogue.h"
#include "templates/image_epilogue.h"
#include "templates/image_pooling.h"

#endif
