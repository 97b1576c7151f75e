#include "ref/vector_layer_portable.h"
#include "templates/declarations.h"
#include "templates/loops.h"
#include "templates/vector_math.h"

#include "templates/epilogue.h"
#include "templates/image_epilogue.h"
#include "templates/image_pooling.h"
