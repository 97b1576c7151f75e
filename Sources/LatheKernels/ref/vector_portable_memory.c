#include "ref/vector_layer_portable.h"
#include "templates/declarations.h"
#include "templates/loops.h"
#include "templates/vector_math.h"

#include "templates/layout.h"
#include "templates/optimizers.h"
#include "templates/quantize.h"
#include "templates/random.h"
