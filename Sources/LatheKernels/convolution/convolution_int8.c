// Integer convolution: quantise the images with channels last and a border of zero points, gather windows as rows, multiply, and turn
// the rows back into planes.
#include <stdatomic.h>
#include <string.h>

#include "include/LatheKernels.h"
#include "threads/workers.h"

enum { rows_per_task = 128 };

/// Everything that the tasks of one call share.
typedef struct job {
    const lathe_convolution_int8_args *args;
    const lathe_kernels *kernels;
    int64_t output_height, output_width;
    int64_t padded_height, padded_width;
    int64_t image_bytes;     ///< of one quantised image with its border
    int64_t window;          ///< bytes of one window: kernel_height * kernel_width * channels
    int64_t window_stride;   ///< the same, rounded up so that rows are aligned
    int64_t blocks;          ///< tasks per image
    float *scales;           ///< [batch]
    int32_t *zeros;          ///< [batch]
    uint8_t *images;         ///< [batch, padded_height, padded_width, channels]
    uint8_t *scratch;        ///< one area per worker
    size_t scratch_size;
    size_t product_workspace;
    _Atomic lathe_status status;  ///< the last failure of a task
} job;

static size_t align(size_t size) { return (size + 63) & ~(size_t)63; }

static int64_t smaller(int64_t a, int64_t b) { return a < b ? a : b; }

static lathe_gemm_args product(const job *job, int64_t rows) {
    const lathe_convolution_args *shape = &job->args->shape;
    return (lathe_gemm_args){
        .kernels = job->kernels,
        .compute = LATHE_COMPUTE_INT8,
        .m = rows, .n = shape->outputs, .k = job->window,
        .a_type = LATHE_U8, .a_stride = job->window_stride,
        .b_packed = job->args->weight, .b_type = LATHE_S8, .b_scale = job->args->scale,
        .alpha = 1, .bias = job->args->bias, .activation = job->args->activation,
        .c_type = LATHE_F32, .c_stride = shape->outputs,
    };
}

/// Scratch of one worker: gathered windows, their scales and zero points, the product's rows, the product's workspace; or, in the first phase, one
/// image's codes.
static size_t worker_scratch(const job *job) {
    const lathe_convolution_args *shape = &job->args->shape;
    size_t second = align((size_t)(rows_per_task * job->window_stride)) + align(rows_per_task * sizeof(float)) +
                    align(rows_per_task * sizeof(int32_t)) + align((size_t)(rows_per_task * shape->outputs) * sizeof(float)) +
                    align(job->product_workspace);
    size_t first = align((size_t)(shape->channels * shape->height * shape->width));
    return first > second ? first : second;
}

static job make_job(const lathe_convolution_int8_args *args) {
    const lathe_convolution_args *shape = &args->shape;
    job job = {
        .args = args,
        .kernels = shape->kernels ? shape->kernels : lathe_kernels_active(),
        .output_height = lathe_convolution_output_height(shape),
        .output_width = lathe_convolution_output_width(shape),
        .padded_height = shape->height + 2 * shape->padding_height,
        .padded_width = shape->width + 2 * shape->padding_width,
        .window = shape->kernel_height * shape->kernel_width * shape->channels,
    };
    job.image_bytes = job.padded_height * job.padded_width * shape->channels;
    job.window_stride = (job.window + 3) & ~(int64_t)3;
    job.blocks = (job.output_height * job.output_width + rows_per_task - 1) / rows_per_task;
    lathe_gemm_args gemm = product(&job, rows_per_task);
    // The workspace depends on which pointers are given, not on what they point to.
    static const float scale = 0;
    static const int32_t zero = 0;
    gemm.a_scale = &scale;
    gemm.a_zero = &zero;
    job.product_workspace = lathe_gemm_workspace(&gemm);
    job.scratch_size = worker_scratch(&job);
    return job;
}

/// What all workers share: scales, zero points and codes of the images.
static size_t shared_size(const job *job) {
    size_t batch = (size_t)job->args->shape.batch;
    return align(batch * sizeof(float)) + align(batch * sizeof(int32_t)) + align(batch * (size_t)job->image_bytes);
}

/// Codes of one image, channels last, with zero points around it.
static void quantize_image(void *context, int64_t index, int worker) {
    const job *job = context;
    const lathe_convolution_args *shape = &job->args->shape;
    const int64_t channels = shape->channels, plane = shape->height * shape->width, values = channels * plane;
    uint8_t *codes = job->scratch + (size_t)worker * job->scratch_size;
    job->kernels->quantize_rows(LATHE_SYMMETRIC, 8, 1, values, job->args->x + index * values, values, codes, values, job->scales + index,
                                job->zeros + index);
    uint8_t *image = job->images + index * job->image_bytes;
    memset(image, job->zeros[index], (size_t)job->image_bytes);
    for (int64_t row = 0; row < shape->height; row++) {
        uint8_t *target = image + ((row + shape->padding_height) * job->padded_width + shape->padding_width) * channels;
        const uint8_t *source = codes + row * shape->width;
        for (int64_t column = 0; column < shape->width; column++) {
            for (int64_t channel = 0; channel < channels; channel++) target[column * channels + channel] = source[channel * plane + column];
        }
    }
}

/// The windows of `count` outputs from `first` on, one row each.
static void gather_windows(const job *job, const uint8_t *image, int64_t first, int64_t count, uint8_t *rows) {
    const lathe_convolution_args *shape = &job->args->shape;
    const int64_t channels = shape->channels, line = job->padded_width * channels;
    for (int64_t index = 0; index < count; index++) {
        const int64_t i = (first + index) / job->output_width, j = (first + index) % job->output_width;
        const uint8_t *corner = image + i * shape->stride_height * line + j * shape->stride_width * channels;
        uint8_t *row = rows + index * job->window_stride;
        for (int64_t u = 0; u < shape->kernel_height; u++) {
            const uint8_t *source = corner + u * shape->dilation_height * line;
            if (shape->dilation_width == 1) {
                memcpy(row, source, (size_t)(shape->kernel_width * channels));
                row += shape->kernel_width * channels;
                continue;
            }
            for (int64_t v = 0; v < shape->kernel_width; v++, row += channels) {
                memcpy(row, source + v * shape->dilation_width * channels, (size_t)channels);
            }
        }
    }
}

/// One block of outputs of one image.
static void convolve_block(void *context, int64_t index, int worker) {
    job *job = context;
    const lathe_convolution_args *shape = &job->args->shape;
    const int64_t image = index / job->blocks, first = index % job->blocks * rows_per_task;
    const int64_t pixels = job->output_height * job->output_width, count = smaller(rows_per_task, pixels - first);
    uint8_t *windows = job->scratch + (size_t)worker * job->scratch_size;
    float *scales = (float *)(windows + align((size_t)(rows_per_task * job->window_stride)));
    int32_t *zeros = (int32_t *)((uint8_t *)scales + align(rows_per_task * sizeof(float)));
    float *result = (float *)((uint8_t *)zeros + align(rows_per_task * sizeof(int32_t)));
    uint8_t *workspace = (uint8_t *)result + align((size_t)(rows_per_task * shape->outputs) * sizeof(float));
    for (int64_t row = 0; row < count; row++) {
        scales[row] = job->scales[image];
        zeros[row] = job->zeros[image];
        // A row's padding to a multiple of four is multiplied by zero weights, so any code will do.
        memset(windows + (row + 1) * job->window_stride - (job->window_stride - job->window), 0, (size_t)(job->window_stride - job->window));
    }
    gather_windows(job, job->images + image * job->image_bytes, first, count, windows);
    lathe_gemm_args gemm = product(job, count);
    gemm.a = windows;
    gemm.a_scale = scales;
    gemm.a_zero = zeros;
    gemm.c = result;
    lathe_status status = lathe_gemm_serial(&gemm, workspace, job->product_workspace);
    if (status != LATHE_OK) atomic_store(&job->status, status);
    job->kernels->transpose(count, shape->outputs, result, shape->outputs, job->args->y + image * shape->outputs * pixels + first, pixels);
}

size_t lathe_convolution_int8_workspace(const lathe_convolution_int8_args *args) {
    job job = make_job(args);
    return shared_size(&job) + (size_t)lathe_thread_count() * job.scratch_size;
}

lathe_status lathe_convolution_int8(const lathe_convolution_int8_args *args, void *workspace, size_t workspace_size) {
    const lathe_convolution_args *shape = &args->shape;
    if (shape->groups != 1) return LATHE_UNSUPPORTED;
    job job = make_job(args);
    if (job.output_height <= 0 || job.output_width <= 0) return LATHE_INVALID_ARGUMENT;
    if (workspace_size < shared_size(&job)) return LATHE_WORKSPACE_TOO_SMALL;
    const int workers = lathe_worker_count(workspace_size - shared_size(&job), job.scratch_size);
    if (workers < 1) return LATHE_WORKSPACE_TOO_SMALL;
    size_t batch = (size_t)shape->batch;
    uint8_t *memory = workspace;
    job.scales = (float *)memory;
    job.zeros = (int32_t *)(memory += align(batch * sizeof(float)));
    job.images = memory += align(batch * sizeof(int32_t));
    job.scratch = memory + align(batch * (size_t)job.image_bytes);
    lathe_parallel_on(workers, shape->batch, quantize_image, &job);
    lathe_parallel_on(workers, shape->batch * job.blocks, convolve_block, &job);
    return atomic_load(&job.status);
}
