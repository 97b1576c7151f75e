#ifndef LATHE_LOOPS_H
#define LATHE_LOOPS_H

// Loops over runs of values, one vector at a time. The body is compiled twice: for whole vectors, and for the last m lanes, which go
// through the very same arithmetic, so that a value does not depend on where its run ends.
//
// In a body, `i` is the index of the first lane, `m` the number of lanes; READ and WRITE move m lanes.

#define LATHE_EACH_VECTOR(n, ...)                              \
    do {                                                       \
        const int64_t count_ = (n);                            \
        int64_t i = 0;                                         \
        for (; i + v_width <= count_; i += v_width) {          \
            enum { whole_ = 1 };                               \
            const int64_t m = v_width;                         \
            (void)m;                                           \
            __VA_ARGS__                                        \
        }                                                      \
        if (i < count_) {                                      \
            enum { whole_ = 0 };                               \
            const int64_t m = count_ - i;                      \
            __VA_ARGS__                                        \
        }                                                      \
    } while (0)

#define READ(p) (whole_ ? v_load(p) : v_load_n(p, m))
#define WRITE(p, v)                    \
    do {                               \
        if (whole_) v_store(p, v);     \
        else v_store_n(p, v, m);       \
    } while (0)
// The vector itself, with `fill` in the lanes beyond m.
#define FILLED(v, fill) (whole_ ? (v) : v_select(vi_lanes_below(m), (v), v_splat(fill)))

// Writes m lanes and yields them, for sums of what is written.
#define KEEP(p, v) (whole_ ? v_keep(p, v) : v_keep_n(p, v, m))

// total = sum of `term` over a run of n (a float variable); `term` may use READ, KEEP, i and m. Blocks of 4096 values are summed in single
// precision, four vectors of partial sums each, and the blocks in double, so that the error does not grow with the length of the run.
#define LATHE_SUM_VECTORS(n, total, term)                                                   \
    do {                                                                                    \
        const int64_t count_ = (n);                                                         \
        double blocks_ = 0;                                                                 \
        int64_t i = 0;                                                                      \
        do {                                                                                \
            const int64_t end_ = count_ - i > 4096 ? i + 4096 : count_;                     \
            vf sums_[4] = {0, 0, 0, 0};                                                     \
            {                                                                               \
                enum { whole_ = 1 };                                                        \
                const int64_t m = v_width;                                                  \
                (void)m;                                                                    \
                while (i + 4 * v_width <= end_) {                                           \
                    sums_[0] += (term), i += v_width;                                       \
                    sums_[1] += (term), i += v_width;                                       \
                    sums_[2] += (term), i += v_width;                                       \
                    sums_[3] += (term), i += v_width;                                       \
                }                                                                           \
                for (; i + v_width <= end_; i += v_width) sums_[0] += (term);               \
            }                                                                               \
            if (i < end_) {                                                                 \
                enum { whole_ = 0 };                                                        \
                const int64_t m = end_ - i;                                                 \
                sums_[1] += FILLED((term), 0.0f);                                           \
                i = end_;                                                                   \
            }                                                                               \
            blocks_ += (double)v_sum((sums_[0] + sums_[1]) + (sums_[2] + sums_[3]));        \
        } while (i < count_);                                                               \
        total = (float)blocks_;                                                             \
    } while (0)

LATHE_TARGET_BEGIN

LATHE_INLINE vf v_keep(float *p, vf v) {
    v_store(p, v);
    return v;
}
LATHE_INLINE vf v_keep_n(float *p, vf v, int64_t m) {
    v_store_n(p, v, m);
    return v;
}
LATHE_INLINE vf v_square(vf v) { return v * v; }

LATHE_TARGET_END

#endif
