#ifndef LATHE_GEMM_H
#define LATHE_GEMM_H

#include "lathe_types.h"

/// Matrix products: C[m, n] = epilogue(A[m, k] * B[k, n]).
///
/// Compute types: f32 (A and B f32), bf16 (A and B each f32 or bf16, rounded to nearest even before multiplying, summed in f32),
/// int8 (A u8 codes with a zero point per row, B s8 codes; summed exactly in s32).
/// The sum over k runs in an order that depends on the shape and the ISA only, never on the number of threads.

/// Where the windows of an image are: value kk of segment s of the row that starts at byte `start` is value kk from
/// image + start + offsets[s] on. A panel has the segments one after the other, each padded with zeros to a multiple of the depth.
typedef struct lathe_gemm_windows {
    const void *image;
    int64_t segments;
    const int64_t *offsets;  ///< bytes, [segments]
    int64_t length;          ///< values of a segment
} lathe_gemm_windows;

/// Register tile of one compute type. Panels of B are `columns` wide and interleave `depth` consecutive values of k
/// (1 f32, 2 bf16, 4 int8), zero-padded in n and in k.
typedef struct lathe_gemm_tile {
    int rows;
    int columns;
    int depth;
    /// acc[r * acc_stride + c] (+)= sum over kk in 0..<k of a[r * a_stride + kk] * panel(kk, c), for r in 0..<rows (<= tile rows) and c in
    /// 0..<columns (<= tile columns). `acc` holds f32, or s32 for int8; a_stride counts elements; A is the compute type itself and, for bf16
    /// and int8, padded with zeros (any finite code for int8) to a multiple of depth in k. accumulate = false overwrites.
    /// Where `ahead` is not NULL, `lathe_gemm_ahead` bytes of it for each byte of a row of A are brought near while the sums are formed: a
    /// later panel, which then costs no waiting.
    void (*kernel)(int rows, int columns, int64_t k, const void *a, int64_t a_stride, const void *panel, void *acc, int64_t acc_stride,
                   bool accumulate, const void *ahead);
    /// Multiply-adds as fast as this CPU can, from registers, for measuring its limit. Returns the operations done (2 per multiply-add).
    double (*peak)(int64_t iterations);
    /// int8 only: the product of 1...4 rows with a panel whose codes are in `bits` (4, 3, 2 or 1; lathe_lowbit.h), from a chunk of codes on, for all
    /// columns: acc[r * columns + c] = sum a[r * a_stride + kk] * code(kk, c); k is a multiple of 4. NULL where unpacking first is as good.
    void (*few_rows)(int bits, int rows, int64_t k, const uint8_t *a, int64_t a_stride, const uint8_t *panel, int32_t *acc);
    /// As `kernel`, for windows of an image: row r starts at byte starts[r]. What a segment's padding meets has to be finite. NULL where it is
    /// faster to bring the windows' values together first, in rows of whole `step` values.
    void (*gather)(int rows, int columns, const lathe_gemm_windows *windows, const int64_t *starts, const void *panel, void *acc,
                   int64_t acc_stride, bool accumulate);
    /// The values of k that the tile multiplies at once; what is left behind the last whole step takes longer.
    int step;
} lathe_gemm_tile;

/// 22 tiles of six rows, 128 rows of A, fetch a panel of 64 columns.
enum { lathe_gemm_ahead = 3 };

/// The most rows of A with which an f32 product reads a B that is not packed where it is stored.
enum { lathe_gemm_few_rows_limit = 4 };

typedef struct lathe_gemm_args {
    /// The variant to use; NULL for the active one.
    const lathe_kernels *kernels;
    lathe_compute compute;
    int64_t m, n, k;

    /// A: [m, k] with row stride a_stride, or stored as [k, m] when a_transposed. f32 or bf16; u8 (never transposed) for int8.
    const void *a;
    lathe_type a_type;
    int64_t a_stride;
    bool a_transposed;

    /// B: [k, n] with row stride b_stride, or stored as [n, k] when b_transposed (a Linear's weight). f32, or bf16 for bf16; s8 for int8. For f32 with
    /// lathe_gemm_few_rows_limit rows of A or fewer also bf16 and f16.
    /// Ignored when b_packed is given.
    const void *b;
    lathe_type b_type;
    int64_t b_stride;
    bool b_transposed;
    /// B laid out by lathe_gemm_pack for this compute type, k and n (and this ISA), or NULL.
    const void *b_packed;

    /// int8 only. value(A[r, kk]) = a_scale[r] * (code - a_zero[r]); NULL scale means 1, NULL zero means 0.
    const float *a_scale;
    const int32_t *a_zero;
    /// int8 only. value(B[kk, c]) = b_scale[c] * code; NULL means 1.
    const float *b_scale;

    /// v = alpha * sum (int8: alpha * a_scale[r] * b_scale[c] * integer sum)
    float alpha;
    /// v += bias[c]; NULL for none.
    const float *bias;
    /// Where v is kept before the activation, [m, n] f32 (training needs it); NULL if not needed.
    float *preactivation;
    int64_t preactivation_stride;
    /// v = activation(v)
    lathe_activation activation;
    /// v += residual[r * residual_stride + c]; NULL for none.
    const float *residual;
    int64_t residual_stride;

    /// C: [m, n] f32, bf16 or u8. accumulate (f32 only, no activation): C += v instead of C = v.
    /// u8: code = clamp(round(v / c_scale) + c_zero, 0, 255), a static requantisation.
    void *c;
    lathe_type c_type;
    int64_t c_stride;
    bool accumulate;
    float c_scale;
    int32_t c_zero;
} lathe_gemm_args;

/// What happens to a finished block of sums; the fields mean what they mean in lathe_gemm_args, with pointers moved to the block.
typedef struct lathe_gemm_epilogue {
    int64_t rows, cols;
    const void *sums;  ///< f32, or s32 when `integer`; may be the same memory as an f32 c
    bool integer;
    int64_t sums_stride;
    const float *a_scale;    ///< [rows] or NULL; int8 only, as the next three
    const int32_t *a_zero;   ///< [rows] or NULL
    const float *b_scale;    ///< [cols] or NULL
    const int32_t *b_sums;   ///< [cols], sum over k of B's codes; used with a_zero: sum - a_zero[r] * b_sums[c]
    float alpha;
    const float *bias;
    float *preactivation;
    int64_t preactivation_stride;
    lathe_activation activation;
    const float *residual;
    int64_t residual_stride;
    void *c;
    lathe_type c_type;
    int64_t c_stride;
    bool accumulate;
    float c_scale;
    int32_t c_zero;
} lathe_gemm_epilogue;

/// Bytes that lathe_gemm_pack writes for B of this shape. `kernels` NULL means the active ones.
size_t lathe_gemm_packed_size(const lathe_kernels *kernels, lathe_compute compute, int64_t k, int64_t n);

/// Lays B out in panels (parallel). `packed` is 64-byte aligned. For int8 the column sums, which zero points need, are
/// kept behind the panels.
lathe_status lathe_gemm_pack(const lathe_kernels *kernels, lathe_compute compute, int64_t k, int64_t n, const void *b, lathe_type b_type, int64_t b_stride,
                             bool b_transposed, void *packed);

/// Bytes of workspace (64-byte aligned) that lathe_gemm and lathe_gemm_serial need for these arguments, pointers not looked at except for
/// being NULL.
size_t lathe_gemm_workspace(const lathe_gemm_args *args);

/// The product on all threads. m, n or k may be 0 (k = 0 gives epilogue(0)). C overlaps no input except residual == c.
lathe_status lathe_gemm(const lathe_gemm_args *args, void *workspace, size_t workspace_size);

/// The same result, bit for bit, on the calling thread alone, for use inside tasks.
lathe_status lathe_gemm_serial(const lathe_gemm_args *args, void *workspace, size_t workspace_size);

#endif
