import LatheKernels

/// The weight of a convolution, laid out for products with images whose channels are last.
package final class ImageWeight {
    /// The arithmetic of the product.
    package enum Arithmetic: Sendable, Hashable {
        case float32, bfloat16, int8

        var compute: lathe_compute {
            switch self {
            case .float32: LATHE_COMPUTE_F32
            case .bfloat16: LATHE_COMPUTE_BF16
            case .int8: LATHE_COMPUTE_INT8
            }
        }

        /// Channels that are multiplied at once: a pixel is padded to a multiple of so many.
        private var depth: Int {
            switch self {
            case .float32: 1
            case .bfloat16: 2
            case .int8: 4
            }
        }

        /// The number of values from one pixel to the next.
        func pitch(channels: Int) -> Int { (channels + depth - 1) / depth * depth }
    }

    package let arithmetic: Arithmetic
    /// `[outputs, channels, kernelHeight, kernelWidth]`
    package let shape: [Int]
    let panels: Storage
    /// `[outputs]`, the value of a code; `nil` for floats.
    let scales: Tensor?
    /// `[outputs]`
    let bias: Tensor

    /// Lays out float weights.
    /// - Parameters:
    ///   - weight: `[outputs, channels, kernelHeight, kernelWidth]`.
    ///   - factor: what an output is multiplied by, `[outputs]`; `nil` for 1.
    ///   - bias: `[outputs]`; `nil` for zeros.
    ///   - precision: of the product.
    package init(_ weight: Tensor, factor: Tensor?, bias: Tensor?, precision: Precision) {
        arithmetic = precision == .bfloat16 ? .bfloat16 : .float32
        shape = weight.shape
        let folded = factor.map { weight * $0.reshaped([weight.shape[0], 1, 1, 1]) } ?? weight
        panels = Self.pack(folded, as: arithmetic, type: LATHE_F32)
        scales = nil
        self.bias = bias ?? .zeros([weight.shape[0]])
    }

    /// Lays out int8 codes.
    /// - Parameters:
    ///   - codes: `[outputs, channels, kernelHeight, kernelWidth]`.
    ///   - scales: `[outputs]`; the value of a weight is `scales[output] * code`.
    ///   - factor: what an output is multiplied by, `[outputs]`; `nil` for 1.
    ///   - bias: `[outputs]`; `nil` for zeros.
    package init(codes: Tensor, scales: Tensor, factor: Tensor?, bias: Tensor?) {
        precondition(
            codes.dtype == .int8 && codes.rank == 4 && scales.shape == [codes.shape[0]],
            "int8 codes \(codes.dtype) \(codes.shape), scales \(scales.shape)")
        arithmetic = .int8
        shape = codes.shape
        panels = Self.pack(codes, as: .int8, type: LATHE_S8)
        self.scales = factor.map { scales * $0 } ?? scales
        self.bias = bias ?? .zeros([codes.shape[0]])
    }

    private init(_ other: ImageWeight, scales: Tensor?, bias: Tensor) {
        (arithmetic, shape, panels) = (other.arithmetic, other.shape, other.panels)
        (self.scales, self.bias) = (scales, bias)
    }

    /// Returns the weight with other outputs: codes of the same memory, multiplied by `factor`, and another bias.
    /// - Precondition: the weight consists of codes.
    func rescaled(by factor: Tensor?, bias: Tensor?) -> ImageWeight {
        guard let scales else { preconditionFailure("floats have their factor within them") }
        return ImageWeight(
            self, scales: factor.map { Tensor.binary(LATHE_MULTIPLY, scales, $0) } ?? scales,
            bias: bias ?? .zeros([outputs]))
    }

    package var outputs: Int { shape[0] }
    package var channels: Int { shape[1] }

    private static func pack(_ weight: Tensor, as arithmetic: Arithmetic, type: lathe_type) -> Storage {
        let outputs = weight.shape[0], pitch = arithmetic.pitch(channels: weight.shape[1])
        let windows = padded(weight.permuted([0, 2, 3, 1]), to: pitch).reshaped([outputs, -1])
        let length = Int(lathe_image_window_length(nil, arithmetic.compute, Int64(windows.shape[1])))
        let rows = padded(windows, to: length), (n, k) = (Int64(outputs), Int64(length))
        let panels = Storage(byteCount: lathe_gemm_packed_size(nil, arithmetic.compute, k, n), isLongLived: true)
        withPointers(rows.rawElements, panels) { weight, panels in
            check(
                lathe_gemm_pack(nil, arithmetic.compute, k, n, weight, type, k, true, panels), "packing a convolution")
        }
        return panels
    }

    /// Zeros behind the last axis.
    private static func padded(_ weight: Tensor, to width: Int) -> Tensor {
        let own = weight.shape.last ?? 0
        guard width > own else { return weight }
        let result = Tensor.zeros(weight.shape.dropLast() + [width]).converted(to: weight.dtype)
        let size = weight.dtype.byteWidth
        withPointers(weight.rawElements, result.rawElements) { from, to in
            for run in 0..<weight.elementCount / max(own, 1) {
                (to + run * width * size).copyMemory(from: from + run * own * size, byteCount: own * size)
            }
        }
        return result
    }
}
