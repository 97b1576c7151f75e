#if defined(__aarch64__)

#include "arm/vector_layer_neon.h"
#include "templates/declarations.h"
#include "templates/loops.h"
#include "templates/vector_math.h"

#include "templates/layout.h"
#include "templates/optimizers.h"
#include "templates/quantize.h"
#include "templates/fake_quantize.h"
#include "templates/quantize_range.h"
#include "templates/lowbit.h"
#include "templates/random.h"

#endif
