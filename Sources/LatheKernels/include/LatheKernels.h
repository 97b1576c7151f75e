#ifndef LATHE_KERNELS_H
#define LATHE_KERNELS_H

#include "lathe_attention.h"
#include "lathe_convolution.h"
#include "lathe_dispatch.h"
#include "lathe_lowbit.h"
#include "lathe_gemm.h"
#include "lathe_image_network.h"
#include "lathe_sparse.h"
#include "lathe_threads.h"
#include "lathe_types.h"

#endif
