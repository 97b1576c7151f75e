// Softmax, its logarithm, cross-entropy. Needs reductions.h.

LATHE_TARGET_BEGIN

LATHE_INLINE float softmax_log(float x) { return v_log(v_splat(x))[0]; }

// Sum of e^(x - shift).
static float softmax_sum(int64_t n, const float *x, float shift) {
    float total;
    LATHE_SUM_VECTORS(n, total, v_exp(READ(x + i) - shift));
    return total;
}

// Short rows go through each pass together, so that the passes of one need not wait for those of another.
enum { softmax_together = 4, softmax_short = 1024 };

// e^(x - shift), where x is at most shift; roughly 2^(slope (x - shift)).
LATHE_INLINE vf softmax_share(vf x, float shift, bool roughly, float slope) {
    return roughly ? v_power_of_two_roughly((x - shift) * slope) : v_exp(x - shift);
}

LATHE_INLINE void softmax_rows(int64_t rows, int64_t cols, const float *x, float *y, const bool roughly, float slope) {
    const int64_t most = cols <= softmax_short ? softmax_together : 1;
    for (int64_t first = 0, n; first < rows; first += n, x += n * cols, y += n * cols) {
        n = rows - first < most ? rows - first : most;
        float shift[softmax_together], share[softmax_together];
        bool visible[softmax_together];
        for (int64_t r = 0; r < n; r++) {
            shift[r] = row_max(cols, x + r * cols);
            visible[r] = shift[r] != -__builtin_inff();  // else all zero
            if (!visible[r]) shift[r] = 0;
        }
        for (int64_t r = 0; r < n; r++) {
            const float *from = x + r * cols;
            float *to = y + r * cols, total;
            LATHE_SUM_VECTORS(cols, total, KEEP(to + i, softmax_share(READ(from + i), shift[r], roughly, slope)));
            share[r] = visible[r] ? 1.0f / total : 0.0f;
        }
        for (int64_t r = 0; r < n; r++) {
            float *row = y + r * cols;
            LATHE_EACH_VECTOR(cols, { WRITE(row + i, READ(row + i) * share[r]); });
        }
    }
}

void LATHE_VARIANT(softmax)(int64_t rows, int64_t cols, const float *x, float *y) { softmax_rows(rows, cols, x, y, false, 0); }

void LATHE_VARIANT(softmax_for_bf16)(int64_t rows, int64_t cols, float scale, const float *x, float *y) {
    const float log2_e = 0x1.715476p0f;
    softmax_rows(rows, cols, x, y, true, scale * log2_e);
}

void LATHE_VARIANT(softmax_backward)(int64_t rows, int64_t cols, const float *y, const float *dy, float *dx) {
    for (int64_t r = 0; r < rows; r++, y += cols, dy += cols, dx += cols) {
        float along = row_dot(cols, dy, y);
        LATHE_EACH_VECTOR(cols, { WRITE(dx + i, READ(y + i) * (READ(dy + i) - along)); });
    }
}

void LATHE_VARIANT(log_softmax)(int64_t rows, int64_t cols, const float *x, float *y) {
    for (int64_t r = 0; r < rows; r++, x += cols, y += cols) {
        float largest = row_max(cols, x);
        float log_total = softmax_log(softmax_sum(cols, x, largest));
        LATHE_EACH_VECTOR(cols, { WRITE(y + i, (READ(x + i) - largest) - log_total); });
    }
}

void LATHE_VARIANT(log_softmax_backward)(int64_t rows, int64_t cols, const float *y, const float *dy, float *dx) {
    for (int64_t r = 0; r < rows; r++, y += cols, dy += cols, dx += cols) {
        vf total = v_splat(row_sum(cols, dy));
        LATHE_EACH_VECTOR(cols, { WRITE(dx + i, v_fma(-v_exp(READ(y + i)), total, READ(dy + i))); });
    }
}

// The mean of logp is mean(x - max) - log(total): close to zero, so that it loses nothing to a common offset of the logits.
void LATHE_VARIANT(cross_entropy)(int64_t rows, int64_t cols, const float *logits, const int32_t *labels, int32_t ignored, float smoothing,
                                  float *loss, float *logsumexp) {
    for (int64_t r = 0; r < rows; r++, logits += cols) {
        if (labels[r] == ignored) {
            loss[r] = logsumexp[r] = 0;
            continue;
        }
        float largest = row_max(cols, logits);
        float log_total = softmax_log(softmax_sum(cols, logits, largest));
        float value = -(1.0f - smoothing) * ((logits[labels[r]] - largest) - log_total);
        if (smoothing != 0.0f) {
            float offsets;
            LATHE_SUM_VECTORS(cols, offsets, READ(logits + i) - largest);
            value -= smoothing * (offsets / (float)cols - log_total);
        }
        loss[r] = value;
        logsumexp[r] = largest + log_total;
    }
}

void LATHE_VARIANT(cross_entropy_backward)(int64_t rows, int64_t cols, const float *logits, const int32_t *labels, int32_t ignored,
                                           float smoothing, const float *logsumexp, const float *dloss, float *dx) {
    float base = smoothing / (float)cols;
    for (int64_t r = 0; r < rows; r++, logits += cols, dx += cols) {
        if (labels[r] == ignored) {
            LATHE_EACH_VECTOR(cols, { WRITE(dx + i, v_splat(0.0f)); });
            continue;
        }
        float lse = logsumexp[r], slope = dloss[r];
        LATHE_EACH_VECTOR(cols, { WRITE(dx + i, (v_exp(READ(logits + i) - lse) - base) * slope); });
        dx[labels[r]] -= (1.0f - smoothing) * slope;
    }
}

LATHE_TARGET_END
