#ifndef LATHE_TYPES_H
#define LATHE_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// What a kernel driver reports. Kernels never print, abort or allocate.
typedef enum lathe_status {
    LATHE_OK = 0,
    /// A size is negative, a required pointer is NULL, or a combination of arguments has no meaning.
    LATHE_INVALID_ARGUMENT = 1,
    /// The workspace given is smaller than the matching `_workspace` function asked for.
    LATHE_WORKSPACE_TOO_SMALL = 2,
    /// The element types or the compute type are not supported together.
    LATHE_UNSUPPORTED = 3,
} lathe_status;

/// Element types that cross the C boundary.
typedef enum lathe_type {
    LATHE_F32 = 0,
    LATHE_BF16 = 1,
    LATHE_F16 = 2,
    LATHE_U8 = 3,
    LATHE_S8 = 4,
    LATHE_S32 = 5,
} lathe_type;

/// In what arithmetic a matrix product multiplies. Sums are f32 for the first two, s32 for the last.
typedef enum lathe_compute {
    LATHE_COMPUTE_F32 = 0,
    LATHE_COMPUTE_BF16 = 1,
    LATHE_COMPUTE_INT8 = 2,
} lathe_compute;

/// Activation functions that a matrix product's epilogue can apply.
typedef enum lathe_activation {
    LATHE_ACTIVATION_NONE = 0,
    LATHE_ACTIVATION_RELU = 1,
    LATHE_ACTIVATION_GELU_ERF = 2,
    LATHE_ACTIVATION_GELU_TANH = 3,
    LATHE_ACTIVATION_SILU = 4,
    LATHE_ACTIVATION_TANH = 5,
} lathe_activation;

/// Elementwise functions of one argument.
typedef enum lathe_unary {
    LATHE_NEGATE, LATHE_ABS, LATHE_SIGN, LATHE_SQUARE, LATHE_SQRT, LATHE_RECIPROCAL, LATHE_EXP, LATHE_LOG,
    LATHE_RELU, LATHE_GELU_ERF, LATHE_GELU_TANH, LATHE_SILU, LATHE_TANH, LATHE_SIGMOID, LATHE_ROUND,
    LATHE_UNARY_COUNT,
} lathe_unary;

/// Elementwise functions of two arguments.
typedef enum lathe_binary {
    LATHE_ADD, LATHE_SUBTRACT, LATHE_MULTIPLY, LATHE_DIVIDE, LATHE_MAXIMUM, LATHE_MINIMUM,
    LATHE_BINARY_COUNT,
} lathe_binary;

/// Elementwise comparisons; false when either side is NaN, except `LATHE_NOT_EQUAL`.
typedef enum lathe_comparison {
    LATHE_EQUAL, LATHE_NOT_EQUAL, LATHE_LESS, LATHE_LESS_EQUAL, LATHE_GREATER, LATHE_GREATER_EQUAL,
    LATHE_COMPARISON_COUNT,
} lathe_comparison;

/// Reductions of a run of values to one. An empty run gives 0, or -inf for MAX and +inf for MIN. MAX, MIN and MAX_ABS
/// give NaN if any value is NaN.
typedef enum lathe_reduction {
    LATHE_SUM, LATHE_SUM_SQUARES, LATHE_SUM_ABS, LATHE_MAX, LATHE_MIN, LATHE_MAX_ABS,
    LATHE_REDUCTION_COUNT,
} lathe_reduction;

/// Rounding grid of a uniform quantiser (formulas: `quantize_rows` in lathe_ops.h).
typedef enum lathe_grid {
    LATHE_SYMMETRIC = 0,
    LATHE_ASYMMETRIC = 1,
} lathe_grid;

/// The table of kernels of one variant (lathe_dispatch.h).
typedef struct lathe_kernels lathe_kernels;

#endif
