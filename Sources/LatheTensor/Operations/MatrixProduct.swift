import LatheKernels

/// Calls of the matrix-product driver.
enum MatrixProduct {
    /// A matrix as the driver sees it: `[rows, columns]` row-major, or its transpose.
    struct Operand {
        let pointer: UnsafeRawPointer
        let type: lathe_type
        let stride: Int
        let isTransposed: Bool

        /// `tensor` as a matrix with `columns` columns in memory.
        init(_ tensor: Tensor, columns: Int, transposed: Bool = false) {
            pointer = UnsafeRawPointer(tensor.pointer)
            type = tensor.dtype.kernelType
            stride = columns
            isTransposed = transposed
        }

        init(_ pointer: UnsafePointer<Float>, columns: Int, transposed: Bool) {
            self.pointer = UnsafeRawPointer(pointer)
            type = LATHE_F32
            stride = columns
            isTransposed = transposed
        }
    }

    /// Arguments for `c[m, n] = a[m, k] b[k, n]`; the caller adds an epilogue. Inside parallel work the precision has
    /// to be given, since the current one is known to the calling thread alone.
    static func arguments(
        _ a: Operand, _ b: Operand, m: Int, n: Int, k: Int, into c: UnsafeMutablePointer<Float>,
        precision: Precision = Execution.current.precision ?? .float32
    ) -> lathe_gemm_args {
        var args = lathe_gemm_args()
        args.compute = precision.compute
        (args.m, args.n, args.k) = (Int64(m), Int64(n), Int64(k))
        (args.a, args.a_type, args.a_stride, args.a_transposed) = (a.pointer, a.type, Int64(a.stride), a.isTransposed)
        (args.b, args.b_type, args.b_stride, args.b_transposed) = (b.pointer, b.type, Int64(b.stride), b.isTransposed)
        args.alpha = 1
        args.c = UnsafeMutableRawPointer(c)
        args.c_type = LATHE_F32
        args.c_stride = Int64(n)
        return args
    }

    /// Runs the product on all threads.
    static func run(_ args: lathe_gemm_args) {
        withUnsafePointer(to: args) { args in
            let size = lathe_gemm_workspace(args)
            withWorkspace(size) { check(lathe_gemm(args, $0, size), "matrix product") }
        }
    }

    /// Runs the product with a weight of few bits on all threads.
    static func run(_ args: lathe_gemm_args, _ weight: lathe_lowbit_weight) {
        withUnsafePointer(to: args) { args in
            withUnsafePointer(to: weight) { weight in
                let size = lathe_lowbit_workspace(args, weight)
                withWorkspace(size) {
                    check(lathe_lowbit_gemm(args, weight, $0, size), "matrix product with a weight of few bits")
                }
            }
        }
    }

    /// Runs the product on the calling thread.
    static func runSerially(_ args: lathe_gemm_args) {
        withUnsafePointer(to: args) { args in
            let size = lathe_gemm_workspace(args)
            withWorkspace(size) { check(lathe_gemm_serial(args, $0, size), "matrix product") }
        }
    }
}

extension Precision {
    var compute: lathe_compute {
        switch self {
        case .float32: LATHE_COMPUTE_F32
        case .bfloat16: LATHE_COMPUTE_BF16
        }
    }
}

extension DType {
    /// The type as matrix products know it.
    var kernelType: lathe_type {
        switch self {
        case .float32: LATHE_F32
        case .bfloat16: LATHE_BF16
        case .float16: LATHE_F16
        case .uint8, .bool: LATHE_U8
        case .int8: LATHE_S8
        case .int32: LATHE_S32
        case .int64: preconditionFailure("kernels have no int64")
        }
    }
}

extension Tensor {
    /// The matrix product over the last two axes, `[…, m, k] × […, k, n] → […, m, n]`, either operand transposed on the
    /// fly if asked for. Leading axes are equal; an operand with two axes serves all matrices of the other.
    public func matmul(_ other: Tensor, transposingSelf: Bool = false, transposingOther: Bool = false) -> Tensor {
        let output = product(other, transposingSelf, transposingOther)
        return RecordedOperation.record([self, other], output: output) { gradient in
            [
                self.needsGradient ? self.leftGradient(gradient, other, transposingSelf, transposingOther) : nil,
                other.needsGradient ? self.rightGradient(gradient, other, transposingSelf, transposingOther) : nil,
            ]
        }
    }

    private func leftGradient(_ gradient: Tensor, _ other: Tensor, _ selfTransposed: Bool, _ otherTransposed: Bool)
        -> Tensor
    {
        let each =
            selfTransposed
            ? other.product(gradient, otherTransposed, true) : gradient.product(other, false, !otherTransposed)
        return each.reduced(to: shape)
    }

    private func rightGradient(_ gradient: Tensor, _ other: Tensor, _ selfTransposed: Bool, _ otherTransposed: Bool)
        -> Tensor
    {
        let each =
            otherTransposed ? gradient.product(self, true, selfTransposed) : product(gradient, !selfTransposed, false)
        return each.reduced(to: other.shape)
    }

    /// The matrix product, not recorded.
    private func product(_ other: Tensor, _ selfTransposed: Bool, _ otherTransposed: Bool) -> Tensor {
        precondition(rank >= 2 && other.rank >= 2, "matmul needs two axes or more, got \(shape) and \(other.shape)")
        let (rows, columns) = (shape[rank - 2], shape[rank - 1])
        let (otherRows, otherColumns) = (other.shape[other.rank - 2], other.shape[other.rank - 1])
        let m = selfTransposed ? columns : rows, k = selfTransposed ? rows : columns
        let n = otherTransposed ? otherRows : otherColumns
        precondition(
            k == (otherTransposed ? otherColumns : otherRows),
            "matmul of \(shape) and \(other.shape): inner sizes differ")
        let leading = rank >= other.rank ? shape.dropLast(2) : other.shape.dropLast(2)
        precondition(
            rank == 2 || other.rank == 2 || shape.dropLast(2) == other.shape.dropLast(2),
            "matmul of \(shape) and \(other.shape): leading axes differ")
        let result = Tensor(uninitialized: Array(leading) + [m, n])
        let count = Array(leading).elementCount
        let selfStep = rank == 2 ? 0 : rows * columns, otherStep = other.rank == 2 ? 0 : otherRows * otherColumns
        let a = floats, b = other.floats, c = result.floats
        let precision = Execution.current.precision ?? .float32
        func arguments(_ index: Int) -> lathe_gemm_args {
            MatrixProduct.arguments(
                .init(a + index * selfStep, columns: columns, transposed: selfTransposed),
                .init(b + index * otherStep, columns: otherColumns, transposed: otherTransposed), m: m, n: n, k: k,
                into: c + index * m * n,
                precision: precision)
        }
        if count < 2 * Kernels.threadCount {
            for index in 0..<count { MatrixProduct.run(arguments(index)) }
        } else {
            Parallel.forEach(count, grain: 1) { range in
                for index in range { MatrixProduct.runSerially(arguments(index)) }
            }
        }
        return result
    }
}
