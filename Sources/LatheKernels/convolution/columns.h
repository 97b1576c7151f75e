#ifndef LATHE_COLUMNS_H
#define LATHE_COLUMNS_H

#include "include/lathe_convolution.h"
#include "panels/panels.h"

// Convolution as a matrix product: row (c, u, v) of the matrix holds, for every output pixel, the input value that weight (c, u, v) meets
// (im2col). The matrix is never whole in memory; strips of it are made where they are used.
//
// Pixels of all images are counted in one line, b * pixels + i * out_width + j, and strips are cut from that line. So small images, too,
// fill whole register tiles; a strip is handled in pieces that each lie in one image.

/// One convolution as the code below sees it; padding may be negative here (the gradient of a convolution is such a convolution).
typedef struct lathe_conv_shape {
    int64_t batch, groups;
    int64_t channels, outputs;  ///< of one group
    int64_t height, width, out_height, out_width;
    int64_t kernel_height, kernel_width;
    int64_t stride_height, stride_width, padding_height, padding_width, dilation_height, dilation_width;
} lathe_conv_shape;

lathe_status lathe_conv_shape_for(const lathe_convolution_args *args, lathe_conv_shape *shape);

/// Pixels of one output plane.
static inline int64_t lathe_conv_pixels(const lathe_conv_shape *shape) {
    return shape->out_height * shape->out_width;
}

/// Rows of the matrix, for one group.
static inline int64_t lathe_conv_rows(const lathe_conv_shape *shape) {
    return shape->channels * shape->kernel_height * shape->kernel_width;
}

/// A run of output pixels within one image.
typedef struct lathe_conv_piece {
    int64_t image, row, column;  ///< where it begins
    int64_t pixel;               ///< row * out_width + column
    int64_t offset, count;       ///< its place in the strip
} lathe_conv_piece;

/// The piece of the strip [first, first + count) that begins at `offset`.
lathe_conv_piece lathe_conv_piece_at(const lathe_conv_shape *shape, int64_t first, int64_t count, int64_t offset);

/// Writes matrix rows begin ... end - 1 of group `group` for the strip [first, first + count), y_stride apart.
void lathe_columns(const lathe_conv_shape *shape, const float *x, int64_t group, int64_t begin, int64_t end, int64_t first, int64_t count,
                   float *y, int64_t y_stride);

/// The reverse: adds rows of the matrix to the places of dx that they were made from.
void lathe_columns_add(const lathe_conv_shape *shape, const float *y, int64_t y_stride, int64_t group, int64_t begin, int64_t end,
                       int64_t first, int64_t count, float *dx);

#endif
