import LatheKernels

/// Calls of the matrix-product driver.
enum MatrixProduct {
    /// A matrix as the driver sees it: `[rows, columns]` row-major, or its transpose.
    struct Operand {
        let tensor: Tensor
        let columns: Int
        let isTransposed: Bool

        /// `tensor` as a matrix with `columns` columns in memory.
        init(_ tensor: Tensor, columns: Int, transposed: Bool = false) {
            (self.tensor, self.columns, isTransposed) = (tensor, columns, transposed)
        }
    }

    /// The rest of a linear layer: `activation(product + bias) + residual`.
    struct Epilogue {
        /// `[n]`
        var bias: Tensor?
        var activation = Activation.identity
        /// Of the result's shape.
        var residual: Tensor?
        /// Receives the values before the activation, in the result's shape.
        var preactivation: Tensor?
    }

    /// Calls `body` with the arguments for `result[m, n] = a[m, k] b[k, n]`, which are valid until `body` returns.
    /// Without `b`, the body adds it.
    static func withArguments(
        _ a: Operand, _ b: Operand?, m: Int, n: Int, k: Int, into result: Tensor, _ epilogue: Epilogue = Epilogue(),
        precision: Precision = Execution.current.precision ?? .float32, _ body: (inout lathe_gemm_args) -> Void
    ) {
        withPointers(a.tensor.rawElements, b?.tensor.rawElements, result) { left, right, c in
            var args = lathe_gemm_args()
            args.compute = precision.compute
            (args.m, args.n, args.k) = (Int64(m), Int64(n), Int64(k))
            (args.a, args.a_type) = (UnsafeRawPointer(left), a.tensor.dtype.kernelType)
            (args.a_stride, args.a_transposed) = (Int64(a.columns), a.isTransposed)
            if let b {
                (args.b, args.b_type) = (UnsafeRawPointer(right), b.tensor.dtype.kernelType)
                (args.b_stride, args.b_transposed) = (Int64(b.columns), b.isTransposed)
            }
            args.alpha = 1
            (args.c, args.c_type, args.c_stride) = (UnsafeMutableRawPointer(c), LATHE_F32, Int64(n))
            args.withEpilogue(epilogue, of: result, body)
        }
    }

    /// Computes `result[m, n] = a[m, k] b[k, n]` with an epilogue, on all threads.
    static func run(
        _ a: Operand, _ b: Operand, m: Int, n: Int, k: Int, into result: Tensor, _ epilogue: Epilogue = Epilogue(),
        precision: Precision = Execution.current.precision ?? .float32
    ) {
        withArguments(a, b, m: m, n: n, k: k, into: result, epilogue, precision: precision) { run($0) }
    }

    /// Runs `count` float32 products. Their matrices begin `steps` elements after those of the product before.
    static func run(_ first: lathe_gemm_args, count: Int, steps: (a: Int, b: Int, c: Int)) {
        let width = DType.float32.byteWidth
        func arguments(_ index: Int) -> lathe_gemm_args {
            var args = first
            args.a = first.a + index * steps.a * width
            args.b = first.b + index * steps.b * width
            args.c = first.c + index * steps.c * width
            return args
        }
        if count < 2 * Kernels.threadCount {
            for index in 0..<count { run(arguments(index)) }
        } else {
            Parallel.forEach(count, grain: 1) { range in
                for index in range { runSerially(arguments(index)) }
            }
        }
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
    private static func runSerially(_ args: lathe_gemm_args) {
        withUnsafePointer(to: args) { args in
            let size = lathe_gemm_workspace(args)
            withWorkspace(size) { check(lathe_gemm_serial(args, $0, size), "matrix product") }
        }
    }
}

extension lathe_gemm_args {
    /// Calls `body` with these arguments and an epilogue, which is valid until `body` returns.
    fileprivate mutating func withEpilogue(
        _ epilogue: MatrixProduct.Epilogue, of result: Tensor, _ body: (inout lathe_gemm_args) -> Void
    ) {
        if let bias = epilogue.bias {
            precondition(bias.shape == [Int(n)], "linear: bias \(bias.shape), outputs \(n)")
        }
        if let residual = epilogue.residual {
            precondition(residual.shape == result.shape, "linear: residual \(residual.shape), result \(result.shape)")
        }
        withPointers(epilogue.bias, epilogue.residual, epilogue.preactivation) { bias, residual, preactivation in
            self.bias = UnsafePointer(bias)
            activation = epilogue.activation.kernel
            (self.residual, residual_stride) = (UnsafePointer(residual), n)
            (self.preactivation, preactivation_stride) = (preactivation, n)
            body(&self)
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
        precondition(
            dtype == .float32 && other.dtype == .float32, "matmul of float32 expected, got \(dtype) and \(other.dtype)")
        let leading = rank >= other.rank ? shape.dropLast(2) : other.shape.dropLast(2)
        precondition(
            rank == 2 || other.rank == 2 || shape.dropLast(2) == other.shape.dropLast(2),
            "matmul of \(shape) and \(other.shape): leading axes differ")
        let result = Tensor(uninitialized: Array(leading) + [m, n])
        let count = Array(leading).elementCount
        let steps = (a: rank == 2 ? 0 : rows * columns, b: other.rank == 2 ? 0 : otherRows * otherColumns, c: m * n)
        MatrixProduct.withArguments(
            .init(self, columns: columns, transposed: selfTransposed),
            .init(other, columns: otherColumns, transposed: otherTransposed), m: m, n: n, k: k, into: result
        ) { MatrixProduct.run($0, count: count, steps: steps) }
        return result
    }
}
