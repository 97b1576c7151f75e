import LatheKernels

/// The int8 weight of a linear layer, `[out, in]`, in which `blockRows` consecutive outputs keep the same inputs:
/// products read those inputs only.
///
/// `value[o, i] = scales[o] * code[o, i]`. Inputs come as codes, as for a `PackedMatrix`, and sums are exact, so that
/// the result is that of the dense product of the same codes, bit for bit.
package final class BlockSparseMatrix {
    /// The most inputs that lists of kept inputs can name.
    public static let mostInputs = Int(lathe_sparse_most_inputs)

    public let outputs: Int
    public let inputs: Int
    /// Outputs that keep the same inputs.
    public let blockRows: Int
    /// float32 `[out]`
    public let scales: Tensor
    private let storage: Storage
    /// Points into `storage`.
    private let weight: lathe_sparse_weight

    /// Lays out int8 codes `[out, in]`. A block keeps an input where any of its codes is not zero.
    /// - Parameters:
    ///   - codes: int8 `[out, in]`.
    ///   - scales: `[out]`.
    ///   - blockRows: outputs of a block, at least 1; the last block may have fewer.
    /// - Precondition: there are at most `mostInputs` inputs.
    public init(codes: Tensor, scales: Tensor, blockRows: Int) {
        (outputs, inputs) = (codes.shape[0], codes.shape[1])
        precondition(
            codes.dtype == .int8 && scales.shape == [outputs],
            "int8 codes \(codes.dtype) \(codes.shape), scales \(scales.shape)")
        precondition(blockRows >= 1 && inputs <= Self.mostInputs, "blocks of \(blockRows) rows, \(inputs) inputs")
        self.blockRows = blockRows
        self.scales = scales
        let (n, k, block) = (Int64(outputs), Int64(inputs), Int64(blockRows))
        (storage, weight) = codes.int8Elements.withPointer { codes in
            let storage = Storage(byteCount: lathe_sparse_packed_size(n, k, block, codes, k))
            var weight = lathe_sparse_weight()
            storage.withPointer {
                check(lathe_sparse_pack(n, k, block, codes, k, $0, &weight), "laying out a block-sparse weight")
            }
            return (storage, weight)
        }
    }

    /// Calls `body` with the weight, which is valid until `body` returns.
    private func withWeight(_ body: (UnsafePointer<lathe_sparse_weight>) -> Void) {
        storage.withPointer { _ in withUnsafePointer(to: weight, body) }
    }

    /// Bytes that codes, lists of inputs and scales take in memory.
    public var byteCount: Int { storage.byteCount + scales.byteCount }

    /// The codes, int8 `[out, in]`.
    public var codes: Tensor {
        let codes = Tensor(uninitialized: [outputs, inputs], dtype: .int8)
        codes.int8Elements.withPointer { codes in
            withWeight { lathe_sparse_unpack($0, codes, Int64(inputs)) }
        }
        return codes
    }

    /// `activation(input · weightᵀ + bias) + residual`; nothing is recorded for `backward()`.
    /// - Parameters:
    ///   - input: codes, made of `[…, in]` for an integer product.
    ///   - bias: `[out]`.
    ///   - activation: what follows.
    ///   - residual: added at the end, of the result's shape.
    public func linear(
        _ input: PreparedInput, bias: Tensor? = nil, activation: Activation = .identity, residual: Tensor? = nil
    ) -> Tensor {
        precondition(input.shape.last == inputs, "linear: input \(input.shape), weight [\(outputs), \(inputs)]")
        guard let codes = input.quantization else {
            preconditionFailure("a block-sparse product needs quantised inputs")
        }
        let result = Tensor(uninitialized: input.shape.dropLast() + [outputs])
        let rows = input.shape.elementCount / max(inputs, 1)
        MatrixProduct.withArguments(
            .init(input.values, columns: input.stride), nil, m: rows, n: outputs, k: inputs, into: result,
            .init(bias: bias, activation: activation, residual: residual)
        ) { args in
            args.compute = LATHE_COMPUTE_INT8
            withPointers(codes.scales, codes.zeroPoints.int32Elements, scales) { inputScales, inputZeros, scales in
                (args.a_scale, args.a_zero) = (UnsafePointer(inputScales), UnsafePointer(inputZeros))
                args.b_scale = UnsafePointer(scales)
                run(&args)
            }
        }
        return result
    }

    private func run(_ args: inout lathe_gemm_args) {
        withWeight { weight in
            let size = lathe_sparse_workspace(&args, weight)
            withWorkspace(size) { check(lathe_sparse_product(&args, weight, $0, size), "block-sparse product") }
        }
    }
}

extension PreparedInput {
    /// Rows, all leading axes together.
    public var rowCount: Int { shape.dropLast().reduce(1, *) }
}
