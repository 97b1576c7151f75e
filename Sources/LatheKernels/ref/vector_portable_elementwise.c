#include "ref/vector_layer_portable.h"
#include "templates/declarations.h"
#include "templates/loops.h"
#include "templates/vector_math.h"

#include "templates/conversions.h"
#include "templates/derivatives.h"
#include "templates/elementwise.h"
