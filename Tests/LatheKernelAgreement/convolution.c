// Convolution and its gradients, and pooling, against plain loops in double precision.

#include "driver_support.h"
#include "include/LatheKernelAgreement.h"

typedef struct convolution_case {
    const char *name;
    int64_t batch, channels, height, width, outputs, kernel_height, kernel_width;
    int64_t stride_height, stride_width, padding_height, padding_width, dilation_height, dilation_width, groups;
    bool bias;
    lathe_compute compute;
} convolution_case;

static const convolution_case cases[] = {
    {"one of each", 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 1, 1, 1, true, LATHE_COMPUTE_F32},
    {"3x3", 2, 5, 9, 11, 7, 3, 3, 1, 1, 1, 1, 1, 1, 1, true, LATHE_COMPUTE_F32},
    {"3x3 in whole tiles", 3, 8, 16, 16, 12, 3, 3, 1, 1, 1, 1, 1, 1, 1, false, LATHE_COMPUTE_F32},
    {"3x3 without padding", 2, 4, 10, 9, 6, 3, 3, 1, 1, 0, 0, 1, 1, 1, true, LATHE_COMPUTE_F32},
    {"3x3, stride 2", 3, 6, 13, 16, 5, 3, 3, 2, 2, 1, 1, 1, 1, 1, true, LATHE_COMPUTE_F32},
    {"7x7, stride 2", 1, 3, 23, 20, 9, 7, 7, 2, 2, 3, 3, 1, 1, 1, false, LATHE_COMPUTE_F32},
    {"1x1", 2, 17, 7, 5, 13, 1, 1, 1, 1, 0, 0, 1, 1, 1, true, LATHE_COMPUTE_F32},
    {"1x1, stride 2", 9, 4, 5, 6, 8, 1, 1, 2, 2, 0, 0, 1, 1, 1, false, LATHE_COMPUTE_F32},
    {"small images", 37, 6, 2, 2, 10, 3, 3, 1, 1, 1, 1, 1, 1, 1, true, LATHE_COMPUTE_F32},
    {"small images, stride 2", 70, 3, 4, 4, 5, 3, 3, 2, 2, 1, 1, 1, 1, 1, true, LATHE_COMPUTE_F32},
    {"many channels", 1, 70, 5, 4, 67, 3, 3, 1, 1, 1, 1, 1, 1, 1, false, LATHE_COMPUTE_F32},
    {"groups", 2, 12, 8, 7, 18, 3, 3, 1, 1, 1, 1, 1, 1, 3, true, LATHE_COMPUTE_F32},
    {"groups, stride 2", 2, 8, 9, 9, 4, 3, 3, 2, 2, 1, 1, 1, 1, 2, false, LATHE_COMPUTE_F32},
    {"depthwise", 2, 9, 10, 6, 9, 5, 5, 1, 1, 2, 2, 1, 1, 9, true, LATHE_COMPUTE_F32},
    {"depthwise, two outputs each", 2, 4, 7, 7, 8, 3, 3, 2, 2, 1, 1, 1, 1, 4, false, LATHE_COMPUTE_F32},
    {"dilated", 2, 4, 11, 12, 6, 3, 3, 1, 1, 2, 2, 2, 2, 1, true, LATHE_COMPUTE_F32},
    {"uneven", 2, 3, 12, 17, 4, 2, 5, 3, 1, 1, 4, 2, 3, 1, true, LATHE_COMPUTE_F32},
    {"uneven strides", 1, 3, 12, 17, 4, 4, 3, 1, 3, 0, 2, 1, 2, 1, false, LATHE_COMPUTE_F32},
    {"more padding than kernel", 2, 2, 3, 4, 3, 1, 2, 1, 1, 2, 3, 1, 1, 1, true, LATHE_COMPUTE_F32},
    {"wider than the image", 1, 2, 2, 3, 3, 5, 7, 1, 1, 2, 3, 1, 1, 1, true, LATHE_COMPUTE_F32},
    {"empty batch", 0, 3, 4, 4, 2, 3, 3, 1, 1, 1, 1, 1, 1, 1, true, LATHE_COMPUTE_F32},
    {"bf16", 3, 16, 8, 8, 24, 3, 3, 1, 1, 1, 1, 1, 1, 1, true, LATHE_COMPUTE_BF16},
    {"bf16, odd", 2, 5, 9, 7, 7, 3, 3, 2, 1, 1, 1, 1, 1, 1, true, LATHE_COMPUTE_BF16},
    {"bf16, odd groups", 3, 9, 5, 5, 15, 3, 3, 1, 1, 1, 1, 1, 1, 3, false, LATHE_COMPUTE_BF16},
};

typedef struct convolution_data {
    lathe_convolution_args args;
    int64_t out_height, out_width, x_count, y_count, weight_count;
    float *x, *weight, *bias, *dy;              // inputs
    float *y, *dx, *dweight, *dbias;            // results
    double *expected_y, *expected_dx, *expected_dweight, *expected_dbias;
} convolution_data;

static double *zeros(int64_t count) {
    double *values = aligned_memory((size_t)count * sizeof(double));
    memset(values, 0, (size_t)count * sizeof(double));
    return values;
}

static convolution_data make_data(const convolution_case *c, const lathe_kernels *kernels) {
    convolution_data d = {.args = {
        .kernels = kernels, .compute = c->compute, .batch = c->batch, .channels = c->channels, .height = c->height, .width = c->width,
        .outputs = c->outputs, .kernel_height = c->kernel_height, .kernel_width = c->kernel_width, .stride_height = c->stride_height,
        .stride_width = c->stride_width, .padding_height = c->padding_height, .padding_width = c->padding_width,
        .dilation_height = c->dilation_height, .dilation_width = c->dilation_width, .groups = c->groups,
    }};
    d.out_height = lathe_convolution_output_height(&d.args);
    d.out_width = lathe_convolution_output_width(&d.args);
    d.x_count = c->batch * c->channels * c->height * c->width;
    d.y_count = c->batch * c->outputs * d.out_height * d.out_width;
    d.weight_count = c->outputs * (c->channels / c->groups) * c->kernel_height * c->kernel_width;
    d.x = test_values(d.x_count, 1);
    d.weight = test_values(d.weight_count, 2);
    d.bias = c->bias ? test_values(c->outputs, 3) : NULL;
    d.dy = test_values(d.y_count, 4);
    d.y = untouched_values(d.y_count);
    d.dx = untouched_values(d.x_count);
    d.dweight = untouched_values(d.weight_count);
    d.dbias = c->bias ? untouched_values(c->outputs) : NULL;
    d.expected_y = zeros(d.y_count);
    d.expected_dx = zeros(d.x_count);
    d.expected_dweight = zeros(d.weight_count);
    d.expected_dbias = zeros(c->outputs);
    return d;
}

static void free_data(convolution_data *d) {
    void *memory[] = {d->x, d->weight, d->bias, d->dy, d->y, d->dx, d->dweight, d->dbias,
                      d->expected_y, d->expected_dx, d->expected_dweight, d->expected_dbias};
    for (size_t i = 0; i < sizeof memory / sizeof *memory; i++) { free(memory[i]); }
}

/// One output value, and what its gradient adds to the others.
static void reference_output(convolution_data *d, int64_t b, int64_t o, int64_t i, int64_t j) {
    const lathe_convolution_args *a = &d->args;
    const int64_t channels = a->channels / a->groups, group = o / (a->outputs / a->groups);
    const int64_t at = ((b * a->outputs + o) * d->out_height + i) * d->out_width + j;
    double sum = d->bias != NULL ? d->bias[o] : 0;
    for (int64_t c = 0; c < channels; c++) {
        for (int64_t u = 0; u < a->kernel_height; u++) {
            for (int64_t v = 0; v < a->kernel_width; v++) {
                const int64_t row = i * a->stride_height + u * a->dilation_height - a->padding_height;
                const int64_t column = j * a->stride_width + v * a->dilation_width - a->padding_width;
                if (row < 0 || row >= a->height || column < 0 || column >= a->width) { continue; }
                const int64_t x = ((b * a->channels + group * channels + c) * a->height + row) * a->width + column;
                const int64_t weight = ((o * channels + c) * a->kernel_height + u) * a->kernel_width + v;
                sum += (double)d->weight[weight] * d->x[x];
                d->expected_dx[x] += (double)d->weight[weight] * d->dy[at];
                d->expected_dweight[weight] += (double)d->x[x] * d->dy[at];
            }
        }
    }
    d->expected_y[at] = sum;
    d->expected_dbias[o] += d->dy[at];
}

static void reference(convolution_data *d) {
    for (int64_t b = 0; b < d->args.batch; b++) {
        for (int64_t o = 0; o < d->args.outputs; o++) {
            for (int64_t i = 0; i < d->out_height; i++) {
                for (int64_t j = 0; j < d->out_width; j++) { reference_output(d, b, o, i, j); }
            }
        }
    }
}

/// All three passes with `threads` threads.
static bool run(const convolution_case *c, convolution_data *d, int threads, char *message, size_t size) {
    const int before = lathe_thread_count();
    lathe_set_thread_count(threads);
    const size_t bytes = lathe_convolution_workspace(&d->args);
    void *memory = aligned_memory(bytes);
    lathe_status status = lathe_convolution(&d->args, d->x, d->weight, d->bias, d->y, memory, bytes);
    if (status == LATHE_OK) { status = lathe_convolution_input_gradient(&d->args, d->weight, d->dy, d->dx, memory, bytes); }
    if (status == LATHE_OK) { status = lathe_convolution_weight_gradient(&d->args, d->x, d->dy, d->dweight, d->dbias, memory, bytes); }
    free(memory);
    lathe_set_thread_count(before);
    return status == LATHE_OK || failure(message, size, "convolution, %s: status %d", c->name, (int)status);
}

static bool check_case(const convolution_case *c, const lathe_kernels *kernels, char *message, size_t size) {
    convolution_data one = make_data(c, kernels), three = make_data(c, kernels);
    reference(&one);
    const double tolerance = c->compute == LATHE_COMPUTE_BF16 ? 2e-2 : 1e-5;
    bool passed = run(c, &one, 1, message, size) && run(c, &three, 3, message, size);
    char what[100];
#define CHECK(field, count) \
    snprintf(what, sizeof what, "convolution, %s: " #field, c->name); \
    passed = passed && close_values(what, count, one.field, one.expected_##field, tolerance, message, size) && \
             same_values(what, count, three.field, one.field, message, size);
    CHECK(y, one.y_count)
    CHECK(dx, one.x_count)
    CHECK(dweight, one.weight_count)
    if (c->bias) { CHECK(dbias, c->outputs) }
#undef CHECK
    free_data(&one);
    free_data(&three);
    return passed;
}

static bool check_convolutions(const lathe_kernels *kernels, char *message, size_t size) {
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        if (!check_case(&cases[i], kernels, message, size)) { return false; }
    }
    return true;
}

/// Wrong arguments give a status, and leave memory alone.
static bool check_arguments(const lathe_kernels *kernels, char *message, size_t size) {
    float values[64] = {0};
    const lathe_convolution_args args = {.kernels = kernels, .batch = 1, .channels = 2, .height = 4, .width = 4, .outputs = 2,
                                         .kernel_height = 3, .kernel_width = 3, .stride_height = 1, .stride_width = 1,
                                         .dilation_height = 1, .dilation_width = 1, .groups = 1};
    const size_t bytes = lathe_convolution_workspace(&args);
    struct { const char *what; lathe_convolution_args args; size_t bytes; lathe_status expected; } wrong[] = {
        {"small workspace", args, 64, LATHE_WORKSPACE_TOO_SMALL},
        {"groups", args, bytes, LATHE_INVALID_ARGUMENT},
        {"stride", args, bytes, LATHE_INVALID_ARGUMENT},
        {"kernel beyond the image", args, bytes, LATHE_INVALID_ARGUMENT},
        {"int8", args, bytes, LATHE_UNSUPPORTED},
    };
    wrong[1].args.groups = 3;
    wrong[2].args.stride_width = 0;
    wrong[3].args.kernel_height = 5;
    wrong[4].args.compute = LATHE_COMPUTE_INT8;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        const lathe_status status = lathe_convolution(&wrong[i].args, values, values, NULL, values, NULL, wrong[i].bytes);
        if (status != wrong[i].expected) { return failure(message, size, "convolution, %s: status %d", wrong[i].what, (int)status); }
    }
    return true;
}

static const lathe_pooling_shape pooling_shapes[] = {
    {.planes = 1, .height = 1, .width = 1, .kernel = 1, .stride = 1, .padding = 0},
    {.planes = 5, .height = 8, .width = 8, .kernel = 2, .stride = 2, .padding = 0},
    {.planes = 3, .height = 11, .width = 14, .kernel = 3, .stride = 2, .padding = 1},
    {.planes = 70, .height = 7, .width = 9, .kernel = 3, .stride = 1, .padding = 1},
    {.planes = 2, .height = 9, .width = 7, .kernel = 4, .stride = 3, .padding = 2},
    {.planes = 4, .height = 7, .width = 7, .kernel = 7, .stride = 7, .padding = 0},
    {.planes = 0, .height = 7, .width = 7, .kernel = 2, .stride = 1, .padding = 0},
};

/// Both poolings of one plane, and their gradients, in double precision.
static void reference_plane(const lathe_pooling_shape *s, int64_t out_height, int64_t out_width, const float *x, const float *dy,
                            double *largest, int32_t *positions, double *mean, double *dx_max, double *dx_mean) {
    const double area = (double)(s->kernel * s->kernel);
    for (int64_t o = 0; o < out_height * out_width; o++) {
        int64_t best = -1;
        mean[o] = 0;
        for (int64_t t = 0; t < s->kernel * s->kernel; t++) {
            const int64_t row = o / out_width * s->stride - s->padding + t / s->kernel, column = o % out_width * s->stride - s->padding + t % s->kernel;
            if (row < 0 || row >= s->height || column < 0 || column >= s->width) { continue; }
            const int64_t at = row * s->width + column;
            if (best < 0 || x[at] > x[best]) { best = at; }
            mean[o] += x[at] / area;
            dx_mean[at] += dy[o] / area;
        }
        largest[o] = x[best];
        positions[o] = (int32_t)best;
        dx_max[best] += dy[o];
    }
}

static bool check_pooling_shape(const lathe_pooling_shape *s, char *message, size_t size) {
    const int64_t out_height = (s->height + 2 * s->padding - s->kernel) / s->stride + 1, inputs = s->planes * s->height * s->width;
    const int64_t out_width = (s->width + 2 * s->padding - s->kernel) / s->stride + 1, out_plane = out_height * out_width;
    const int64_t outputs = s->planes * out_plane, plane = s->height * s->width;
    float *x = test_values(inputs, 1), *dy = test_values(outputs, 2), *y = untouched_values(outputs), *dx = untouched_values(inputs);
    for (int64_t i = 0; i < inputs; i++) { x[i] = roundf(x[i] * 4) / 4; }  // ties
    double *largest = zeros(outputs), *mean = zeros(outputs), *dx_max = zeros(inputs), *dx_mean = zeros(inputs);
    int32_t *expected = aligned_memory((size_t)outputs * sizeof(int32_t)), *positions = aligned_memory((size_t)outputs * sizeof(int32_t));
    for (int64_t p = 0; p < s->planes; p++) {
        reference_plane(s, out_height, out_width, x + p * plane, dy + p * out_plane, largest + p * out_plane, expected + p * out_plane,
                        mean + p * out_plane, dx_max + p * plane, dx_mean + p * plane);
    }
    bool passed = lathe_max_pool(s, x, y, positions) == LATHE_OK && close_values("max_pool", outputs, y, largest, 0, message, size);
    for (int64_t i = 0; i < outputs && passed; i++) {
        passed = positions[i] == expected[i] || failure(message, size, "max_pool: position[%lld] is %d", (long long)i, positions[i]);
    }
    passed = passed && lathe_max_pool_backward(s, positions, dy, dx) == LATHE_OK &&
             close_values("max_pool_backward", inputs, dx, dx_max, 1e-6, message, size) && lathe_average_pool(s, x, y) == LATHE_OK &&
             close_values("average_pool", outputs, y, mean, 1e-6, message, size) && lathe_average_pool_backward(s, dy, dx) == LATHE_OK &&
             close_values("average_pool_backward", inputs, dx, dx_mean, 1e-6, message, size);
    void *memory[] = {x, dy, y, dx, largest, mean, dx_max, dx_mean, expected, positions};
    for (size_t i = 0; i < sizeof memory / sizeof *memory; i++) { free(memory[i]); }
    return passed;
}

static bool check_pooling(const lathe_kernels *kernels, char *message, size_t size) {
    (void)kernels;
    failure(message, size, "pooling: wrong status");
    for (size_t i = 0; i < sizeof pooling_shapes / sizeof *pooling_shapes; i++) {
        if (!check_pooling_shape(&pooling_shapes[i], message, size)) { return false; }
    }
    const float nan_values[] = {1, NAN, 3, 2};
    float y = 0;
    int32_t position = 0;
    const lathe_pooling_shape square = {.planes = 1, .height = 2, .width = 2, .kernel = 2, .stride = 2, .padding = 0};
    if (lathe_max_pool(&square, nan_values, &y, &position) != LATHE_OK || !isnan(y) || position != 1) {
        return failure(message, size, "max_pool: a NaN is not passed on");
    }
    const lathe_pooling_shape padded = {.planes = 1, .height = 2, .width = 2, .kernel = 2, .stride = 2, .padding = 2};
    if (lathe_max_pool(&padded, nan_values, &y, &position) != LATHE_INVALID_ARGUMENT) {
        return failure(message, size, "max_pool: windows of padding alone taken");
    }
    return true;
}

const lathe_agreement *lathe_convolution_agreements(int *count) {
    static const lathe_agreement agreements[] = {
        {"convolution", check_convolutions},
        {"convolution arguments", check_arguments},
        {"pooling", check_pooling},
    };
    *count = (int)(sizeof agreements / sizeof *agreements);
    return agreements;
}
