// Networks of convolutions over images with their channels last, against plain loops in double precision.

#include "driver_support.h"
#include "include/LatheKernelAgreement.h"

typedef struct image_case {
    const char *name;
    int64_t batch, channels, height, width, outputs, kernel_height, kernel_width;
    int64_t stride_height, stride_width, padding_height, padding_width, dilation_height, dilation_width;
} image_case;

static const image_case cases[] = {
    {"one of each", 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 1, 1},
    {"3x3", 2, 5, 9, 11, 7, 3, 3, 1, 1, 1, 1, 1, 1},
    {"3x3 in whole tiles", 3, 16, 12, 12, 64, 3, 3, 1, 1, 1, 1, 1, 1},
    {"3x3, stride 2", 3, 6, 13, 16, 65, 3, 3, 2, 2, 1, 1, 1, 1},
    {"7x7, stride 2", 1, 3, 23, 20, 19, 7, 7, 2, 2, 3, 3, 1, 1},
    {"1x1", 5, 17, 7, 5, 130, 1, 1, 1, 1, 0, 0, 1, 1},
    {"1x1, stride 2", 9, 4, 5, 6, 8, 1, 1, 2, 2, 0, 0, 1, 1},
    {"long windows", 1, 600, 3, 4, 33, 3, 3, 1, 1, 1, 1, 1, 1},
    {"long pixels", 2, 2100, 2, 3, 70, 1, 1, 1, 1, 0, 0, 1, 1},
    {"uneven", 2, 3, 12, 17, 4, 2, 5, 3, 1, 1, 4, 2, 3},
    {"dilated", 2, 4, 11, 12, 6, 3, 3, 1, 1, 2, 2, 2, 2},
    {"more padding than kernel", 2, 2, 3, 4, 3, 1, 2, 1, 1, 2, 3, 1, 1},
    {"many pixels", 1, 2, 40, 37, 5, 3, 3, 1, 1, 1, 1, 1, 1},
};

/// What the images are multiplied as.
typedef enum image_form { FLOATS, BF16, DYNAMIC, STATIC_SYMMETRIC, STATIC_ASYMMETRIC } image_form;

static bool is_integer(image_form form) { return form >= DYNAMIC; }
static lathe_compute compute_of(image_form form) {
    return is_integer(form) ? LATHE_COMPUTE_INT8 : form == BF16 ? LATHE_COMPUTE_BF16 : LATHE_COMPUTE_F32;
}
static int64_t pitch_of(image_form form, int64_t channels) {
    const int64_t depth = is_integer(form) ? 4 : form == BF16 ? 2 : 1;
    return (channels + depth - 1) / depth * depth;
}

static const float static_low = -0.75f, static_high = 1.125f;

/// The values that a convolution of this form multiplies in place of those of one image.
static void round_image(image_form form, const lathe_kernels *kernels, int64_t count, const float *x, double *rounded) {
    float largest = 0;
    for (int64_t i = 0; i < count; i++) { largest = fmaxf(largest, fabsf(x[i])); }
    const lathe_code_grid grid = form == DYNAMIC ? kernels->code_grid(LATHE_SYMMETRIC, 8, -largest, largest)
                                                 : kernels->code_grid(form == STATIC_SYMMETRIC ? LATHE_SYMMETRIC : LATHE_ASYMMETRIC, 8,
                                                                      static_low, static_high);
    for (int64_t i = 0; i < count; i++) {
        if (is_integer(form)) {
            const float code = fminf(grid.high, fmaxf(grid.low, nearbyintf((x[i] - grid.zero) / grid.scale)));
            rounded[i] = (double)grid.scale * ((double)code + grid.first - grid.zero_point);
        } else if (form == BF16) {
            uint16_t half;
            float value;
            kernels->f32_to_bf16(1, &x[i], &half);
            kernels->bf16_to_f32(1, &half, &value);
            rounded[i] = value;
        } else {
            rounded[i] = x[i];
        }
    }
}

typedef struct image_data {
    const image_case *c;
    image_form form;
    int64_t out_height, out_width, x_count, y_count;  ///< of one image
    int64_t k;  ///< of the weight
    float *x, *weight, *scale, *bias;
    int8_t *codes;
    double *expected;
    void *panels;
} image_data;

/// Weights in [outputs, window, pitch], zeros behind the channels.
static void make_weight(image_data *d, const lathe_kernels *kernels) {
    const image_case *c = d->c;
    const int64_t taps = c->kernel_height * c->kernel_width, pitch = pitch_of(d->form, c->channels);
    const int64_t k = lathe_image_window_length(kernels, compute_of(d->form), taps * pitch);
    d->k = k;
    d->weight = test_values(c->outputs * k, 2);
    d->codes = aligned_memory((size_t)(c->outputs * k));
    for (int64_t i = 0; i < c->outputs * k; i++) {
        if (i % k % pitch >= c->channels || i % k >= taps * pitch) { d->weight[i] = 0; }
        d->codes[i] = (int8_t)nearbyintf(d->weight[i] * 127);
    }
    const lathe_compute compute = compute_of(d->form);
    d->panels = aligned_memory(lathe_gemm_packed_size(kernels, compute, k, c->outputs));
    if (is_integer(d->form)) {
        lathe_gemm_pack(kernels, compute, k, c->outputs, d->codes, LATHE_S8, k, true, d->panels);
    } else {
        lathe_gemm_pack(kernels, compute, k, c->outputs, d->weight, LATHE_F32, k, true, d->panels);
    }
}

static double weight_at(const image_data *d, const lathe_kernels *kernels, int64_t o, int64_t tap, int64_t channel) {
    const int64_t at = o * d->k + tap * pitch_of(d->form, d->c->channels) + channel;
    if (is_integer(d->form)) { return (double)d->scale[o] * d->codes[at]; }
    double value;
    round_image(d->form == BF16 ? BF16 : FLOATS, kernels, 1, &d->weight[at], &value);
    return value;
}

/// relu(sums + bias), then relu(sums + bias + that): the second step has the first one's result as its residual.
static void reference(image_data *d, const lathe_kernels *kernels) {
    const image_case *c = d->c;
    double *x = aligned_memory((size_t)d->x_count * sizeof(double));
    for (int64_t b = 0; b < c->batch; b++) {
        round_image(d->form, kernels, d->x_count, d->x + b * d->x_count, x);
        for (int64_t at = 0; at < d->y_count; at++) {
            const int64_t o = at / (d->out_height * d->out_width), i = at / d->out_width % d->out_height, j = at % d->out_width;
            double sum = d->bias[o];
            for (int64_t tap = 0; tap < c->kernel_height * c->kernel_width; tap++) {
                const int64_t row = i * c->stride_height + tap / c->kernel_width * c->dilation_height - c->padding_height;
                const int64_t column = j * c->stride_width + tap % c->kernel_width * c->dilation_width - c->padding_width;
                if (row < 0 || row >= c->height || column < 0 || column >= c->width) { continue; }
                for (int64_t channel = 0; channel < c->channels; channel++) {
                    sum += weight_at(d, kernels, o, tap, channel) * x[(channel * c->height + row) * c->width + column];
                }
            }
            const double first = fmax(sum, 0);
            d->expected[b * d->y_count + at] = fmax(sum + first, 0);
        }
    }
    free(x);
}

static image_data make_data(const image_case *c, image_form form, const lathe_kernels *kernels) {
    image_data d = {.c = c, .form = form};
    d.out_height = (c->height + 2 * c->padding_height - c->dilation_height * (c->kernel_height - 1) - 1) / c->stride_height + 1;
    d.out_width = (c->width + 2 * c->padding_width - c->dilation_width * (c->kernel_width - 1) - 1) / c->stride_width + 1;
    d.x_count = c->channels * c->height * c->width;
    d.y_count = c->outputs * d.out_height * d.out_width;
    d.x = test_values(c->batch * d.x_count, 1);
    d.bias = test_values(c->outputs, 3);
    d.scale = test_values(c->outputs, 4);
    for (int64_t o = 0; o < c->outputs; o++) { d.scale[o] = (1.25f + d.scale[o]) / 127; }
    make_weight(&d, kernels);
    d.expected = aligned_memory((size_t)(c->batch * d.y_count) * sizeof(double));
    reference(&d, kernels);
    return d;
}

static void free_data(image_data *d) {
    void *memory[] = {d->x, d->weight, d->scale, d->bias, d->codes, d->expected, d->panels};
    for (size_t i = 0; i < sizeof memory / sizeof *memory; i++) { free(memory[i]); }
}

/// Runs the two steps on `threads` threads, with values between them in f32 or f16.
static bool run(const image_data *d, const lathe_kernels *kernels, lathe_type type, int threads, float *y, char *message, size_t size) {
    const image_case *c = d->c;
    const int64_t border = c->padding_height > c->padding_width ? c->padding_height : c->padding_width, pitch = pitch_of(d->form, c->channels);
    const bool integer = is_integer(d->form);
    lathe_image_value values[] = {
        {.type = LATHE_F32, .channels = c->channels, .height = c->height, .width = c->width, .pitch = integer ? pitch : c->channels,
         .border = d->form == FLOATS ? border : 0, .finds_largest = d->form == DYNAMIC},
        {.type = integer ? LATHE_U8 : LATHE_BF16, .channels = c->channels, .height = c->height, .width = c->width, .pitch = pitch,
         .border = border, .is_static = d->form > DYNAMIC, .grid = d->form == STATIC_ASYMMETRIC ? LATHE_ASYMMETRIC : LATHE_SYMMETRIC,
         .bits = 8, .low = static_low, .high = static_high},
        {.type = type, .channels = c->outputs, .height = d->out_height, .width = d->out_width, .pitch = c->outputs, .border = 1},
        {.type = LATHE_F32, .channels = c->outputs, .height = d->out_height, .width = d->out_width, .pitch = c->outputs},
    };
    const lathe_image_window window = {c->kernel_height, c->kernel_width, c->stride_height, c->stride_width,
                                       c->padding_height, c->padding_width, c->dilation_height, c->dilation_width};
    const int source = d->form == FLOATS ? 0 : 1;
    const lathe_image_step convolution = {
        .kind = LATHE_IMAGE_CONVOLVE, .input = source, .residual = -1, .output = 2, .codes = -1, .window = window,
        .compute = compute_of(d->form), .weight = d->panels, .scale = d->scale, .bias = d->bias, .activation = LATHE_ACTIVATION_RELU,
    };
    lathe_image_step steps[5] = {{.kind = LATHE_IMAGE_LOAD, .input = -1, .residual = -1, .output = 0, .codes = -1}};
    int count = 1;
    if (integer) { steps[count++] = (lathe_image_step){.kind = LATHE_IMAGE_QUANTIZE, .input = 0, .residual = -1, .output = -1, .codes = 1}; }
    if (d->form == BF16) { steps[count++] = (lathe_image_step){.kind = LATHE_IMAGE_ROUND, .input = 0, .residual = -1, .output = 1, .codes = -1}; }
    steps[count++] = convolution;
    steps[count] = convolution;
    steps[count].residual = 2;
    steps[count++].output = 3;
    steps[count++] = (lathe_image_step){.kind = LATHE_IMAGE_STORE, .input = 3, .residual = -1, .output = -1, .codes = -1};
    size_t bytes = 0;
    for (int i = 0; i < 4; i++) {
        values[i].offset = bytes;
        bytes += lathe_image_value_size(&values[i]);
    }
    const lathe_image_network network = {kernels, values, 4, steps, count, bytes};
    const int before = lathe_thread_count();
    lathe_set_thread_count(threads);
    const size_t workspace = lathe_image_network_workspace(&network, c->batch);
    void *memory = aligned_memory(workspace);
    memset(memory, 0xff, workspace);  // NaN in all types
    const lathe_status status = lathe_image_network_run(&network, c->batch, d->x, y, memory, workspace);
    free(memory);
    lathe_set_thread_count(before);
    return status == LATHE_OK || failure(message, size, "%s: status %d", c->name, (int)status);
}

static bool check_case(const image_case *c, image_form form, const lathe_kernels *kernels, char *message, size_t size) {
    image_data d = make_data(c, form, kernels);
    const int64_t count = c->batch * d.y_count;
    float *y = untouched_values(count), *again = untouched_values(count);
    // bf16 products may round subnormals away; f16 has 11 bits.
    const double tolerance = form == BF16 ? 1e-4 : 4e-6;
    bool agrees = run(&d, kernels, LATHE_F32, 1, y, message, size) && close_values(c->name, count, y, d.expected, tolerance, message, size);
    for (int threads = 2; agrees && threads <= 4; threads++) {
        agrees = run(&d, kernels, LATHE_F32, threads, again, message, size) && same_values(c->name, count, again, y, message, size);
    }
    agrees = agrees && run(&d, kernels, LATHE_F16, 2, y, message, size) && close_values(c->name, count, y, d.expected, 1e-3, message, size);
    free(y);
    free(again);
    free_data(&d);
    return agrees;
}

static bool check_form(image_form form, const lathe_kernels *kernels, char *message, size_t size) {
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        if (!check_case(&cases[i], form, kernels, message, size)) { return false; }
    }
    return true;
}

static bool floats(const lathe_kernels *kernels, char *message, size_t size) { return check_form(FLOATS, kernels, message, size); }
static bool bf16(const lathe_kernels *kernels, char *message, size_t size) { return check_form(BF16, kernels, message, size); }
static bool dynamic(const lathe_kernels *kernels, char *message, size_t size) { return check_form(DYNAMIC, kernels, message, size); }
static bool symmetric(const lathe_kernels *kernels, char *message, size_t size) {
    return check_form(STATIC_SYMMETRIC, kernels, message, size);
}
static bool asymmetric(const lathe_kernels *kernels, char *message, size_t size) {
    return check_form(STATIC_ASYMMETRIC, kernels, message, size);
}

/// Codes of f32 and f16 values, of all lengths, as exact division gives them: multiples of half a step are ties.
static bool codes(const lathe_kernels *kernels, char *message, size_t size) {
    enum { COUNT = 600 };
    float *x = test_values(COUNT, 8);
    uint16_t half[COUNT];
    uint8_t found[COUNT + 1];
    for (int kind = 0; kind < 2; kind++) {
        const lathe_code_grid grid = kernels->code_grid(kind == 0 ? LATHE_SYMMETRIC : LATHE_ASYMMETRIC, 8, -0.7f, 0.9f);
        for (int i = 0; i < COUNT; i += 3) { x[i] = (float)(i - COUNT / 2) * grid.scale / 2; }
        for (int is_half = 0; is_half < 2; is_half++) {
            if (is_half) {
                kernels->f32_to_f16(COUNT, x, half);
                kernels->f16_to_f32(COUNT, half, x);
            }
            for (int n = 0; n <= COUNT; n = n < 40 ? n + 1 : n + 187) {
                found[n] = 77;
                kernels->image_quantize(&grid, is_half ? LATHE_F16 : LATHE_F32, n, is_half ? (void *)half : (void *)x, found);
                for (int i = 0; i < n; i++) {
                    const float code = fminf(grid.high, fmaxf(grid.low, nearbyintf((x[i] - grid.zero) / grid.scale)));
                    if (found[i] != (int)code + grid.first) {
                        free(x);
                        return failure(message, size, "codes of %d values, %d: expected %d, got %d", n, i, (int)code + grid.first, found[i]);
                    }
                }
                if (found[n] != 77) {
                    free(x);
                    return failure(message, size, "codes of %d values: one more was written", n);
                }
            }
        }
    }
    free(x);
    return true;
}

static const lathe_agreement agreements[] = {
    {"images in f32", floats}, {"images in bf16", bf16}, {"8-bit images with a range each", dynamic},
    {"8-bit images in a symmetric range", symmetric}, {"8-bit images in an asymmetric range", asymmetric}, {"codes of images", codes},
};

const lathe_agreement *lathe_image_agreements(int *count) {
    *count = (int)(sizeof agreements / sizeof *agreements);
    return agreements;
}
