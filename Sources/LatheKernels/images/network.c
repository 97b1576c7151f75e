// Runs the steps of a network of convolutions.

#include "images/images.h"
#include "threads/workers.h"

#include <string.h>

size_t lathe_image_value_size(const lathe_image_value *value) {
    const int64_t elements = (value->height + 2 * value->border) * lathe_image_row(value);
    return ((size_t)(elements * lathe_image_element(value)) + 64 + 63) / 64 * 64;
}

static const lathe_image_step_functions *functions_of(const lathe_image_step *step) {
    switch (step->kind) {
        case LATHE_IMAGE_LOAD: return &lathe_image_load;
        case LATHE_IMAGE_QUANTIZE: return &lathe_image_quantize;
        case LATHE_IMAGE_ROUND: return &lathe_image_round;
        case LATHE_IMAGE_CONVOLVE: return &lathe_image_convolve;
        case LATHE_IMAGE_MAX_POOL: return &lathe_image_max_pool;
        case LATHE_IMAGE_MEAN: return &lathe_image_mean;
        case LATHE_IMAGE_STORE: return &lathe_image_store;
    }
    return NULL;
}

/// Images in the caller's batch from which on each thread takes whole images.
static bool takes_whole_images(int64_t batch, int threads) {
    return threads == 1 || batch % threads == 0 || batch >= 4 * (int64_t)threads;
}

typedef struct network_run {
    const lathe_image_network *network;
    const lathe_kernels *kernels;
    int64_t batch, input_size, output_size;  ///< values of one image
    const float *x;
    float *y;
    char *images;             ///< memory of images, each states and values
    size_t image_size;
    char *scratch;            ///< of the workers
    size_t scratch_size;
    const lathe_image_step *step;  ///< that the threads share
    int64_t parts;                 ///< of an image
    int threads;
} network_run;

static size_t states_size(const lathe_image_network *network) {
    return ((size_t)network->value_count * sizeof(lathe_image_state) + 63) / 64 * 64;
}

/// - slot: which memory the image has.
static lathe_image_call call_for(const network_run *run, const lathe_image_step *step, int64_t image, int64_t slot, int threads) {
    char *memory = run->images + (size_t)slot * run->image_size;
    return (lathe_image_call){
        .kernels = run->kernels, .network = run->network, .step = step, .states = (lathe_image_state *)(void *)memory,
        .memory = memory + states_size(run->network), .x = run->x + image * run->input_size, .y = run->y + image * run->output_size,
        .threads = threads,
    };
}

static void forget_states(const network_run *run, int64_t slot) {
    memset(run->images + (size_t)slot * run->image_size, 0, states_size(run->network));
}

static void run_image(void *context, int64_t image, int worker) {
    const network_run *run = context;
    void *scratch = run->scratch + (size_t)worker * run->scratch_size;
    forget_states(run, worker);
    for (int index = 0; index < run->network->step_count; index++) {
        const lathe_image_step *step = &run->network->steps[index];
        const lathe_image_step_functions *functions = functions_of(step);
        const lathe_image_call call = call_for(run, step, image, worker, 1);
        functions->begin(&call);
        const int64_t parts = functions->parts(&call);
        for (int64_t part = 0; part < parts; part++) { functions->part(&call, part, scratch); }
    }
}

/// Parts of the step for each thread.
static int64_t tasks_each(const network_run *run) { return (run->batch * run->parts + run->threads - 1) / run->threads; }

static void run_part(void *context, int64_t index, int worker) {
    const network_run *run = context;
    // Threads take numbers in turn. Each gets neighbouring parts, and the same ones in each step, as far as it can be: what it reads is in its
    // own cache then.
    const int64_t total = run->batch * run->parts, each = tasks_each(run);
    const int64_t number = index % run->threads * each + index / run->threads, image = number / run->parts;
    if (number >= total) { return; }
    const lathe_image_call call = call_for(run, run->step, image, image, run->threads);
    functions_of(run->step)->part(&call, number % run->parts, run->scratch + (size_t)worker * run->scratch_size);
}

static void run_step(network_run *run, const lathe_image_step *step) {
    const lathe_image_step_functions *functions = functions_of(step);
    run->step = step;
    for (int64_t image = 0; image < run->batch; image++) {
        const lathe_image_call call = call_for(run, step, image, image, run->threads);
        functions->begin(&call);
        run->parts = functions->parts(&call);
    }
    lathe_parallel_on(run->threads, run->threads * tasks_each(run), run_part, run);
}

static bool has_sense(const lathe_image_network *network) {
    if (network->step_count < 2 || network->steps[0].kind != LATHE_IMAGE_LOAD) { return false; }
    const lathe_image_step_kind last = network->steps[network->step_count - 1].kind;
    return last == LATHE_IMAGE_MEAN || last == LATHE_IMAGE_STORE;
}

size_t lathe_image_network_workspace(const lathe_image_network *network, int64_t batch) {
    const lathe_kernels *kernels = network->kernels != NULL ? network->kernels : lathe_kernels_active();
    const int threads = lathe_thread_count();
    const int64_t images = takes_whole_images(batch, threads) ? threads : batch;
    return (size_t)images * (states_size(network) + network->image_bytes) + (size_t)threads * lathe_image_scratch(network, kernels);
}

lathe_status lathe_image_network_run(const lathe_image_network *network, int64_t batch, const float *x, float *y, void *workspace,
                                     size_t workspace_size) {
    const lathe_kernels *kernels = network->kernels != NULL ? network->kernels : lathe_kernels_active();
    if (kernels == NULL) { return LATHE_UNSUPPORTED; }
    if (batch < 0 || !has_sense(network)) { return LATHE_INVALID_ARGUMENT; }
    if (batch == 0) { return LATHE_OK; }
    const lathe_image_step *last = &network->steps[network->step_count - 1];
    const lathe_image_value *in = &network->values[network->steps[0].output], *out = &network->values[last->input];
    network_run run = {
        .network = network, .kernels = kernels, .batch = batch, .x = x, .y = y, .images = workspace,
        .input_size = in->channels * in->height * in->width,
        .output_size = last->kind == LATHE_IMAGE_MEAN ? out->channels : out->channels * out->height * out->width,
        .image_size = states_size(network) + network->image_bytes, .scratch_size = lathe_image_scratch(network, kernels),
        .threads = lathe_thread_count(),
    };
    // The number of threads may have changed since the workspace was measured.
    const size_t all_images = (size_t)batch * run.image_size;
    const bool whole = takes_whole_images(batch, run.threads) || workspace_size < all_images + run.scratch_size;
    if (whole) {
        // An image's memory and the scratch of a part for each thread.
        run.threads = lathe_worker_count(workspace_size, run.image_size + run.scratch_size);
        if (run.threads > lathe_thread_count()) { run.threads = lathe_thread_count(); }
        run.scratch = run.images + (size_t)run.threads * run.image_size;
    } else {
        const int workers = lathe_worker_count(workspace_size - all_images, run.scratch_size);
        if (run.threads > workers) { run.threads = workers; }
        run.scratch = run.images + all_images;
    }
    if (run.threads < 1) { return LATHE_WORKSPACE_TOO_SMALL; }
    if (whole) {
        lathe_parallel_on(run.threads, batch, run_image, &run);
        return LATHE_OK;
    }
    for (int64_t image = 0; image < batch; image++) { forget_states(&run, image); }
    for (int index = 0; index < network->step_count; index++) { run_step(&run, &network->steps[index]); }
    return LATHE_OK;
}
