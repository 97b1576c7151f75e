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
    int64_t down, right;
    int64_t begin, end;  ///< the output columns whose input column exists
} tap;

static tap make_tap(const lathe_conv_shape *shape, int64_t u, int64_t v) {
    const int64_t stride = shape->stride_width;
    tap tap = {.down = u * shape->dilation_height - shape->padding_height, .right = v * shape->dilation_width - shape->padding_width};
    const int64_t before = (larger(-tap.right, 0) + stride - 1) / stride, until = (larger(shape->width - tap.right, 0) + stride - 1) / stride;
    tap.begin = smaller(before, shape->out_width);
    tap.end = larger(smaller(until, shape->out_width), tap.begin);
    return tap;
}

/// Places that do not depend on the channel are found once, and then all channels are copied; `row` is where the first channel's matrix row
/// begins, `plane` its input plane.
typedef struct channel_run {
    int64_t channels;
    float *row;
    int64_t row_stride;
    const float *plane;
    int64_t plane_stride;
} channel_run;

static inline void zero(float *y, int64_t count) {
    if (count >= 16) {
        memset(y, 0, (size_t)count * sizeof(float));
    } else {
        // Mostly one or two values at an edge: `volatile` keeps the compiler from calling memset for them.
        for (int64_t t = 0; t < count; t++) { ((volatile float *)y)[t] = 0; }
    }
}

/// y[t] = x[t * stride]. Runs are mostly too short for a call of memcpy.
static inline void gather(float *y, const float *x, int64_t stride, int64_t count) {
    if (stride == 1 && count >= 32) {
        memcpy(y, x, (size_t)count * sizeof(float));
    } else if (stride == 1) {
        int64_t t = 0;
        for (; t + 4 <= count; t += 4) { memcpy(y + t, x + t, 4 * sizeof(float)); }
        for (; t < count; t++) { y[t] = x[t]; }
    } else if (stride == 2) {
        for (int64_t t = 0; t < count; t++) { y[t] = x[2 * t]; }
    } else {
        for (int64_t t = 0; t < count; t++) { y[t] = x[t * stride]; }
    }
}

/// In each channel: zeros, then `count` values from `source` on, then zeros.
static void copy_channels(const channel_run *run, int64_t at, int64_t before, int64_t source, int64_t stride, int64_t count, int64_t after) {
    float *y = run->row + at;
    const float *x = run->plane + source;
    for (int64_t c = 0; c < run->channels; c++, y += run->row_stride, x += run->plane_stride) {
        zero(y, before);
        gather(y + before, x, stride, count);
        zero(y + before + count, after);
    }
}

/// When the output is as wide as the input, a tap is a shift of the whole plane, except that what the shift carries around the edge of a
/// row must become zero.
static void shift_planes(const lathe_conv_shape *shape, tap tap, const lathe_conv_piece *piece, const channel_run *run) {
    const int64_t begin = piece->pixel + tap.down * shape->width + tap.right, length = piece->count;
    const int64_t low = smaller(larger(-begin, 0), length);
    const int64_t high = larger(smaller(shape->height * shape->width - begin, length), low);
    copy_channels(run, piece->offset, low, high > low ? begin + low : 0, 1, high - low, length - high);
    const int64_t edge_begin = tap.right < 0 ? 0 : tap.end, edge_end = tap.right < 0 ? tap.begin : shape->out_width;
    for (int64_t edge = edge_begin; edge < edge_end; edge++) {
        const int64_t first = edge >= piece->column ? edge - piece->column : edge - piece->column + shape->out_width;
        for (int64_t c = 0; c < run->channels; c++) {
            float *y = run->row + c * run->row_stride + piece->offset;
            for (int64_t t = first; t < length; t += shape->out_width) { y[t] = 0; }
        }
    }
}

/// The part of an output row that a tap serves, from output column `column` on.
typedef struct row_part {
    int64_t before, count, after;  ///< outputs without input, with input, without again
    int64_t source;                ///< the first input
} row_part;

static row_part part_of_row(const lathe_conv_shape *shape, tap tap, int64_t i, int64_t column, int64_t outputs) {
    const int64_t row = i * shape->stride_height + tap.down;
    if (row < 0 || row >= shape->height) { return (row_part){.before = outputs}; }
    const int64_t begin = smaller(larger(tap.begin - column, 0), outputs), end = larger(smaller(tap.end - column, outputs), begin);
    return (row_part){begin, end - begin, outputs - end, end > begin ? row * shape->width + (column + begin) * shape->stride_width + tap.right : 0};
}

static void gather_rows(const lathe_conv_shape *shape, tap tap, const lathe_conv_piece *piece, const channel_run *run) {
    int64_t i = piece->row, column = piece->column;
    for (int64_t at = 0; at < piece->count; i++, column = 0) {
        const int64_t outputs = smaller(shape->out_width - column, piece->count - at);
        const row_part part = part_of_row(shape, tap, i, column, outputs);
        copy_channels(run, piece->offset + at, part.before, part.source, shape->stride_width, part.count, part.after);
        at += outputs;
    }
}

/// The first channel's plane of an image's group.
static int64_t plane_offset(const lathe_conv_shape *shape, int64_t image, int64_t group) {
    return (image * shape->groups + group) * shape->channels * shape->height * shape->width;
}

/// The channels whose matrix row for one tap lies in begin ... end - 1.
static int64_t first_channel(int64_t begin, int64_t tap, int64_t taps) { return begin <= tap ? 0 : (begin - tap + taps - 1) / taps; }
static int64_t channel_count(int64_t begin, int64_t end, int64_t tap, int64_t taps) {
    return larger(first_channel(end, tap, taps) - first_channel(begin, tap, taps), 0);
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
    const int64_t taps = shape->kernel_height * shape->kernel_width, plane = shape->height * shape->width;
    for (int64_t offset = 0; offset < count;) {
        const lathe_conv_piece piece = lathe_conv_piece_at(shape, first, count, offset);
        const float *image = x + plane_offset(shape, piece.image, group);
        for (int64_t t = 0; t < taps; t++) {
            const int64_t channel = first_channel(begin, t, taps);
            const tap tap = make_tap(shape, t / shape->kernel_width, t % shape->kernel_width);
            const channel_run run = {channel_count(begin, end, t, taps), y + (channel * taps + t - begin) * y_stride, taps * y_stride,
                                     image + channel * plane, plane};
            if (run.channels > 0) { (shifts ? shift_planes : gather_rows)(shape, tap, &piece, &run); }
        }
        offset += piece.count;
    }
}

static inline void scatter_add(float *x, const float *y, int64_t stride, int64_t count) {
    if (stride == 1) {
        for (int64_t t = 0; t < count; t++) { x[t] += y[t]; }
    } else if (stride == 2) {
        for (int64_t t = 0; t < count; t++) { x[2 * t] += y[t]; }
    } else {
        for (int64_t t = 0; t < count; t++) { x[t * stride] += y[t]; }
    }
}

void lathe_columns_add(const lathe_conv_shape *shape, const float *y, int64_t y_stride, int64_t group, int64_t begin, int64_t end,
                       int64_t first, int64_t count, float *dx) {
    const int64_t taps = shape->kernel_height * shape->kernel_width, plane = shape->height * shape->width;
    for (int64_t offset = 0; offset < count;) {
        const lathe_conv_piece piece = lathe_conv_piece_at(shape, first, count, offset);
        float *image = dx + plane_offset(shape, piece.image, group);
        for (int64_t t = 0; t < taps; t++) {
            const int64_t channel = first_channel(begin, t, taps), channels = channel_count(begin, end, t, taps);
            const tap tap = make_tap(shape, t / shape->kernel_width, t % shape->kernel_width);
            const float *row = y + (channel * taps + t - begin) * y_stride + offset;
            int64_t i = piece.row, column = piece.column;
            for (int64_t at = 0; at < piece.count; i++, column = 0) {
                const int64_t outputs = smaller(shape->out_width - column, piece.count - at);
                const row_part part = part_of_row(shape, tap, i, column, outputs);
                for (int64_t c = 0; c < channels && part.count > 0; c++) {
                    scatter_add(image + (channel + c) * plane + part.source, row + c * taps * y_stride + at + part.before, shape->stride_width,
                                part.count);
                }
                at += outputs;
            }
        }
        offset += piece.count;
    }
}
