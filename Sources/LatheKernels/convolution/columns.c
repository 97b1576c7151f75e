// Rows of the matrix of a convolution, and the way back.

#include "convolution/columns.h"

#include <string.h>

static int64_t smaller(int64_t a, int64_t b) { return a < b ? a : b; }
static int64_t larger(int64_t a, int64_t b) { return a > b ? a : b; }

lathe_conv_piece lathe_conv_piece_at(const lathe_conv_shape *shape, int64_t first, int64_t count, int64_t offset) {
    const int64_t pixels = lathe_conv_pixels(shape), position = first + offset;
    lathe_conv_piece piece = {.image = position / pixels, .pixel = position % pixels, .offset = offset};
    piece.row = piece.pixel / shape->out_width;
    piece.column = piece.pixel % shape->out_width;
    piece.count = smaller(count - offset, pixels - piece.pixel);
    return piece;
}

/// One weight's view of a plane: output (i, j) meets input (i * stride_height + down, j * stride_width + right).
typedef struct tap {
    int64_t channel, u, v;
    int64_t down, right;
    int64_t begin, end;  ///< the output columns whose input column exists
} tap;

static void look(const lathe_conv_shape *shape, tap *tap) {
    const int64_t stride = shape->stride_width;
    tap->down = tap->u * shape->dilation_height - shape->padding_height;
    tap->right = tap->v * shape->dilation_width - shape->padding_width;
    int64_t before = larger(-tap->right, 0), until = larger(shape->width - tap->right, 0);
    if (stride > 1) {
        before = (before + stride - 1) / stride;
        until = (until + stride - 1) / stride;
    }
    tap->begin = smaller(before, shape->out_width);
    tap->end = larger(smaller(until, shape->out_width), tap->begin);
}

static tap tap_of_row(const lathe_conv_shape *shape, int64_t row) {
    tap tap = {.v = row % shape->kernel_width, .u = row / shape->kernel_width % shape->kernel_height,
               .channel = row / shape->kernel_width / shape->kernel_height};
    look(shape, &tap);
    return tap;
}

/// The tap of the next row; counting spares divisions, which would take longer than copying a short row.
static void advance(const lathe_conv_shape *shape, tap *tap) {
    if (++tap->v == shape->kernel_width) {
        tap->v = 0;
        if (++tap->u == shape->kernel_height) {
            tap->u = 0;
            tap->channel++;
        }
    }
    look(shape, tap);
}

static void zero(float *y, int64_t count) {
    if (count > 0) { memset(y, 0, (size_t)count * sizeof(float)); }
}

/// Copies of up to a register tile's width are most of the work, and too short for memcpy's call.
static inline void copy(float *y, const float *x, int64_t count) {
    if (count == 64) {
        memcpy(y, x, 64 * sizeof(float));
        return;
    }
    if (count > 64) {
        memcpy(y, x, (size_t)count * sizeof(float));
        return;
    }
    int64_t i = 0;
    for (; i + 8 <= count; i += 8) { memcpy(y + i, x + i, 8 * sizeof(float)); }
    for (; i < count; i++) { y[i] = x[i]; }
}

/// When the output is as wide as the input, a tap is a shift of the whole plane, except that what the shift carries around the edge of a
/// row must become zero.
static void shift_plane(const lathe_conv_shape *shape, const tap *tap, const float *plane, const lathe_conv_piece *piece, float *y) {
    const int64_t begin = piece->pixel + tap->down * shape->width + tap->right;
    const int64_t low = smaller(larger(-begin, 0), piece->count);
    const int64_t high = larger(smaller(shape->height * shape->width - begin, piece->count), low);
    zero(y, low);
    copy(y + low, plane + begin + low, high - low);
    zero(y + high, piece->count - high);
    if (tap->right == 0) { return; }
    const int64_t edge_begin = tap->right < 0 ? 0 : tap->end, edge_end = tap->right < 0 ? tap->begin : shape->out_width;
    for (int64_t start = -piece->column; start < piece->count; start += shape->out_width) {
        const int64_t end = smaller(start + edge_end, piece->count);
        for (int64_t t = larger(start + edge_begin, 0); t < end; t++) { y[t] = 0; }
    }
}

/// y[t] = x[t * stride].
static inline void gather(float *y, const float *x, int64_t stride, int64_t count) {
    if (stride == 1) {
        copy(y, x, count);
    } else if (stride == 2) {
        for (int64_t t = 0; t < count; t++) { y[t] = x[2 * t]; }
    } else {
        for (int64_t t = 0; t < count; t++) { y[t] = x[t * stride]; }
    }
}

static void gather_rows(const lathe_conv_shape *shape, const tap *tap, const float *plane, const lathe_conv_piece *piece, float *y) {
    int64_t i = piece->row, j = piece->column;
    for (int64_t left = piece->count; left > 0; i++, j = 0) {
        const int64_t count = smaller(shape->out_width - j, left), row = i * shape->stride_height + tap->down;
        if (row < 0 || row >= shape->height) {
            zero(y, count);
        } else {
            const int64_t begin = smaller(larger(tap->begin - j, 0), count), end = larger(smaller(tap->end - j, count), begin);
            zero(y, begin);
            gather(y + begin, plane + row * shape->width + (j + begin) * shape->stride_width + tap->right, shape->stride_width, end - begin);
            zero(y + end, count - end);
        }
        y += count;
        left -= count;
    }
}

/// The first channel's plane of an image's group.
static int64_t plane_offset(const lathe_conv_shape *shape, int64_t image, int64_t group) {
    return (image * shape->groups + group) * shape->channels * shape->height * shape->width;
}

/// Strips of tiny images are gathered value by value through a table of places, which is the same for all channels: more than a few short
/// pieces per row cost more than that. The table is for at most TABLE_TAPS taps of TABLE_PIXELS pixels.
enum { TABLE_TAPS = 16, TABLE_PIXELS = 128, TINY_RUN = 8 };

static bool is_tiny(const lathe_conv_shape *shape, bool shifts, int64_t count) {
    const int64_t run = shifts ? lathe_conv_pixels(shape) : shape->out_width;
    return run < TINY_RUN && count <= TABLE_PIXELS && shape->kernel_height * shape->kernel_width <= TABLE_TAPS &&
           shape->groups * shape->channels * shape->height * shape->width < INT32_MAX / TABLE_PIXELS;
}

/// places[tap][t]: where pixel t of the strip reads, counted from the channel's plane in the strip's first image; -1 outside.
static void find_places(const lathe_conv_shape *shape, int64_t first, int64_t count, int32_t places[][TABLE_PIXELS]) {
    const int64_t taps = shape->kernel_height * shape->kernel_width;
    const int64_t image_values = shape->groups * shape->channels * shape->height * shape->width;
    lathe_conv_piece piece = lathe_conv_piece_at(shape, first, count, 0);
    for (int64_t t = 0, start = 0; t < count; t++) {
        int64_t u = 0, v = 0;
        for (int64_t i = 0; i < taps; i++) {
            const int64_t row = piece.row * shape->stride_height + u * shape->dilation_height - shape->padding_height;
            const int64_t column = piece.column * shape->stride_width + v * shape->dilation_width - shape->padding_width;
            const bool inside = row >= 0 && row < shape->height && column >= 0 && column < shape->width;
            places[i][t] = inside ? (int32_t)(start + row * shape->width + column) : -1;
            if (++v == shape->kernel_width) { v = 0, u++; }
        }
        if (++piece.column == shape->out_width) {
            piece.column = 0;
            if (++piece.row == shape->out_height) {
                piece.row = 0;
                start += image_values;
            }
        }
    }
}

static void gather_places(const float *plane, const int32_t *places, int64_t count, float *y) {
    for (int64_t t = 0; t < count; t++) {
        // Read in any case, so that the compiler need not branch.
        const float value = plane[places[t] < 0 ? 0 : places[t]];
        y[t] = places[t] < 0 ? 0 : value;
    }
}

static void tiny_columns(const lathe_conv_shape *shape, const float *x, int64_t group, int64_t begin, int64_t end, int64_t first,
                         int64_t count, float *y, int64_t y_stride) {
    int32_t places[TABLE_TAPS][TABLE_PIXELS];
    find_places(shape, first, count, places);
    const int64_t taps = shape->kernel_height * shape->kernel_width;
    const float *image = x + plane_offset(shape, first / lathe_conv_pixels(shape), group);
    int64_t channel = begin / taps, tap = begin % taps;
    for (int64_t row = begin; row < end; row++, y += y_stride) {
        gather_places(image + channel * shape->height * shape->width, places[tap], count, y);
        if (++tap == taps) { tap = 0, channel++; }
    }
}

void lathe_columns(const lathe_conv_shape *shape, const float *x, int64_t group, int64_t begin, int64_t end, int64_t first, int64_t count,
                   float *y, int64_t y_stride) {
    const bool shifts = shape->stride_height == 1 && shape->stride_width == 1 && shape->out_width == shape->width;
    if (is_tiny(shape, shifts, count)) {
        tiny_columns(shape, x, group, begin, end, first, count, y, y_stride);
        return;
    }
    for (int64_t offset = 0; offset < count;) {
        const lathe_conv_piece piece = lathe_conv_piece_at(shape, first, count, offset);
        const float *image = x + plane_offset(shape, piece.image, group);
        tap tap = tap_of_row(shape, begin);
        for (int64_t row = begin; row < end; row++, advance(shape, &tap)) {
            const float *plane = image + tap.channel * shape->height * shape->width;
            (shifts ? shift_plane : gather_rows)(shape, &tap, plane, &piece, y + (row - begin) * y_stride + offset);
        }
        offset += piece.count;
    }
}

static inline void scatter_add(float *x, const float *y, int64_t stride, int64_t count) {
    if (stride == 1) {
        for (int64_t t = 0; t < count; t++) { x[t] += y[t]; }
    } else {
        for (int64_t t = 0; t < count; t++) { x[t * stride] += y[t]; }
    }
}

static void add_rows(const lathe_conv_shape *shape, const tap *tap, const float *y, const lathe_conv_piece *piece, float *plane) {
    int64_t i = piece->row, j = piece->column;
    for (int64_t left = piece->count; left > 0; i++, j = 0) {
        const int64_t count = smaller(shape->out_width - j, left), row = i * shape->stride_height + tap->down;
        if (row >= 0 && row < shape->height) {
            const int64_t begin = smaller(larger(tap->begin - j, 0), count), end = larger(smaller(tap->end - j, count), begin);
            float *to = plane + row * shape->width + (j + begin) * shape->stride_width + tap->right;
            scatter_add(to, y + begin, shape->stride_width, end - begin);
        }
        y += count;
        left -= count;
    }
}

void lathe_columns_add(const lathe_conv_shape *shape, const float *y, int64_t y_stride, int64_t group, int64_t begin, int64_t end,
                       int64_t first, int64_t count, float *dx) {
    for (int64_t offset = 0; offset < count;) {
        const lathe_conv_piece piece = lathe_conv_piece_at(shape, first, count, offset);
        float *image = dx + plane_offset(shape, piece.image, group);
        tap tap = tap_of_row(shape, begin);
        for (int64_t row = begin; row < end; row++, advance(shape, &tap)) {
            float *plane = image + tap.channel * shape->height * shape->width;
            add_rows(shape, &tap, y + (row - begin) * y_stride + offset, &piece, plane);
        }
        offset += piece.count;
    }
}
