#include "ref/vector_layer_portable.h"
#include "templates/declarations.h"
#include "templates/loops.h"
#include "templates/vector_math.h"

#include "templates/reductions.h"
#include "templates/softmax.h"
#include "templates/normalisation.h"
