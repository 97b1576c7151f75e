// Layer normalisation, RMS normalisation, and the per-channel statistics of batch normalisation. Needs reductions.h.
// A row is read, then written: each pass prefetches what the next one needs, so that memory is never idle.
// Variances come from a second pass over the differences from the mean: nothing cancels, however large the mean.

LATHE_TARGET_BEGIN

LATHE_INLINE float norm_reciprocal_root(float x) { return (1.0f / v_sqrt(v_splat(x)))[0]; }

// ---- Layer normalisation ----

LATHE_INLINE void layer_norm_row(int64_t cols, const float *x, float mean, float rstd, const float *gamma, const float *beta, float *y) {
    LATHE_EACH_VECTOR(cols, {
        vf v = (READ(x + i) - mean) * rstd;
        __builtin_prefetch(x + cols + i);
        vf shift = beta ? READ(beta + i) : v_splat(0.0f);
        WRITE(y + i, gamma ? v_fma(v, READ(gamma + i), shift) : v + shift);
    });
}

// Rows that go through each pass together, so that the sums of one need not wait for those of another.
enum { norm_together = 4 };

void LATHE_VARIANT(layer_norm)(int64_t rows, int64_t cols, float epsilon, const float *x, const float *gamma, const float *beta, float *y,
                               float *mean, float *rstd) {
    for (int64_t first = 0, n; first < rows; first += n, x += n * cols, y += n * cols) {
        n = rows - first < norm_together ? rows - first : norm_together;
        float center[norm_together], scale[norm_together];
        for (int64_t r = 0; r < n; r++) center[r] = row_sum(cols, x + r * cols) / (float)cols;
        for (int64_t r = 0; r < n; r++) {
            const float *from = x + r * cols, *to = y + r * cols;
            float squares;
            LATHE_SUM_VECTORS(cols, squares, (__builtin_prefetch(to + i, 1), v_square(READ(from + i) - center[r])));
            scale[r] = norm_reciprocal_root(squares / (float)cols + epsilon);
        }
        for (int64_t r = 0; r < n; r++) {
            layer_norm_row(cols, x + r * cols, center[r], scale[r], gamma, beta, y + r * cols);
            if (mean) mean[first + r] = center[r];
            if (rstd) rstd[first + r] = scale[r];
        }
    }
}

// The two sums over g = dy * gamma that dx needs, and this row's part of dgamma and dbeta.
LATHE_INLINE void layer_norm_gradient_sums(int64_t cols, const float *x, float mean, float rstd, const float *gamma, const float *dy,
                                           const float *dx, float *dgamma, float *dbeta, float *sum, float *sum_normal) {
    vf g_sum = 0, gn_sum = 0;
    LATHE_EACH_VECTOR(cols, {
        __builtin_prefetch(dx + i, 1);
        vf d = READ(dy + i), normal = FILLED((READ(x + i) - mean) * rstd, 0.0f);
        if (dgamma) WRITE(dgamma + i, v_fma(d, normal, READ(dgamma + i)));
        if (dbeta) WRITE(dbeta + i, READ(dbeta + i) + d);
        if (gamma) d *= READ(gamma + i);
        g_sum += d;
        gn_sum = v_fma(d, normal, gn_sum);
    });
    *sum = v_sum(g_sum);
    *sum_normal = v_sum(gn_sum);
}

LATHE_INLINE void norm_gradient_row(int64_t cols, const float *x, float mean, float rstd, const float *gamma, const float *dy, float shift,
                                    float slope, float *dx) {
    LATHE_EACH_VECTOR(cols, {
        __builtin_prefetch(x + cols + i);
        __builtin_prefetch(dy + cols + i);
        vf g = READ(dy + i), normal = (READ(x + i) - mean) * rstd;
        if (gamma) g *= READ(gamma + i);
        WRITE(dx + i, (g - shift - normal * slope) * rstd);
    });
}

void LATHE_VARIANT(layer_norm_backward)(int64_t rows, int64_t cols, const float *x, const float *gamma, const float *mean,
                                        const float *rstd, const float *dy, float *dx, float *dgamma, float *dbeta) {
    for (int64_t r = 0; r < rows; r++, x += cols, dy += cols, dx += cols) {
        float sum, sum_normal;
        if (gamma && dgamma && dbeta) layer_norm_gradient_sums(cols, x, mean[r], rstd[r], gamma, dy, dx, dgamma, dbeta, &sum, &sum_normal);
        else layer_norm_gradient_sums(cols, x, mean[r], rstd[r], gamma, dy, dx, dgamma, dbeta, &sum, &sum_normal);
        norm_gradient_row(cols, x, mean[r], rstd[r], gamma, dy, sum / (float)cols, sum_normal / (float)cols, dx);
    }
}

// ---- RMS normalisation ----

void LATHE_VARIANT(rms_norm)(int64_t rows, int64_t cols, float epsilon, const float *x, const float *gamma, float *y, float *rstd) {
    for (int64_t r = 0; r < rows; r++, x += cols, y += cols) {
        float scale = norm_reciprocal_root(row_sum_squares(cols, x) / (float)cols + epsilon);
        layer_norm_row(cols, x, 0.0f, scale, gamma, NULL, y);
        if (rstd) rstd[r] = scale;
    }
}

void LATHE_VARIANT(rms_norm_backward)(int64_t rows, int64_t cols, const float *x, const float *gamma, const float *rstd, const float *dy,
                                      float *dx, float *dgamma) {
    for (int64_t r = 0; r < rows; r++, x += cols, dy += cols, dx += cols) {
        float sum, sum_normal;
        layer_norm_gradient_sums(cols, x, 0.0f, rstd[r], gamma, dy, dx, dgamma, NULL, &sum, &sum_normal);
        norm_gradient_row(cols, x, 0.0f, rstd[r], gamma, dy, 0.0f, sum_normal / (float)cols, dx);
    }
}

// ---- Channels ----

void LATHE_VARIANT(channel_statistics)(int64_t batch, int64_t count, int64_t stride, const float *x, float *mean, float *variance) {
    double total = 0, squares = 0, values = (double)batch * (double)count;
    *mean = *variance = 0;
    if (values <= 0) return;
    for (int64_t b = 0; b < batch; b++) total += (double)row_sum(count, x + b * stride);
    float center = (float)(total / values);
    for (int64_t b = 0; b < batch; b++) {
        const float *run = x + b * stride;
        float part;
        LATHE_SUM_VECTORS(count, part, v_square(READ(run + i) - center));
        squares += (double)part;
    }
    *mean = center;
    *variance = (float)(squares / values);
}

void LATHE_VARIANT(channel_gradient_sums)(int64_t batch, int64_t count, int64_t stride, const float *x, const float *dy, float mean,
                                          float *sum_dy, float *sum_dy_x) {
    double sum = 0, sum_x = 0;
    for (int64_t b = 0; b < batch; b++) {
        const float *values = x + b * stride, *gradients = dy + b * stride;
        float part;
        sum += (double)row_sum(count, gradients);
        LATHE_SUM_VECTORS(count, part, READ(gradients + i) * (READ(values + i) - mean));
        sum_x += (double)part;
    }
    *sum_dy = (float)sum;
    *sum_dy_x = (float)sum_x;
}

LATHE_TARGET_END
