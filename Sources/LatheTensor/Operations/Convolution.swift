import LatheKernels

/// How a two-dimensional convolution walks over its input.
public struct ConvolutionOptions: Sendable, Hashable {
    public var stride = 1
    /// Zeros added on every side.
    public var padding = 0
    public var dilation = 1
    /// Into how many independent parts channels and outputs are split.
    public var groups = 1

    public init(stride: Int = 1, padding: Int = 0, dilation: Int = 1, groups: Int = 1) {
        (self.stride, self.padding, self.dilation, self.groups) = (stride, padding, dilation, groups)
    }
}

extension Tensor {
    /// Two-dimensional convolution (cross-correlation, as everywhere in the field).
    ///
    /// - Parameters:
    ///   - weight: `[outputs, channels / groups, kernelHeight, kernelWidth]`.
    ///   - bias: `[outputs]`.
    ///   - options: stride, padding, dilation, groups.
    /// - Returns: `[batch, outputs, height', width']` for this tensor's `[batch, channels, height, width]`.
    public func conv2d(_ weight: Tensor, bias: Tensor? = nil, options: ConvolutionOptions = .init()) -> Tensor {
        let call = ConvolutionCall(self, weightShape: weight.shape, bias, options)
        let result = Tensor(uninitialized: call.outputShape)
        withPointers(self, weight, bias, result) { x, weight, bias, y in
            call.run { lathe_convolution($0, x, weight, bias, y, $1, $2) }
        }
        return RecordedOperation.record([self, weight] + (bias.map { [$0] } ?? []), output: result) { gradient in
            var gradients: [Tensor?] = [nil, nil]
            if self.needsGradient {
                let dx = Tensor(uninitialized: self.shape)
                withPointers(weight, gradient, dx) { weight, dy, dx in
                    call.run { lathe_convolution_input_gradient($0, weight, dy, dx, $1, $2) }
                }
                gradients[0] = dx
            }
            let dbias = bias.map { Tensor(uninitialized: $0.shape) }
            let dweight = Tensor(uninitialized: weight.shape)
            withPointers(self, gradient, dweight, dbias) { x, dy, dweight, dbias in
                call.run { lathe_convolution_weight_gradient($0, x, dy, dweight, dbias, $1, $2) }
            }
            gradients[1] = dweight
            return gradients + (dbias.map { [$0] } ?? [])
        }
    }

    /// The largest value of each window of `[batch, channels, height, width]`.
    public func maxPool2d(size: Int, stride: Int? = nil, padding: Int = 0) -> Tensor {
        let call = PoolingCall(self, size: size, stride: stride ?? size, padding: padding)
        let result = Tensor(uninitialized: call.outputShape),
            positions = Tensor(uninitialized: call.outputShape, dtype: .int32)
        withPointers(self, result, positions.int32Elements) { x, y, positions in
            call.run { check(lathe_max_pool($0, x, y, positions), "max pooling") }
        }
        return RecordedOperation.record([self], output: result) { [shape] gradient in
            let dx = Tensor(uninitialized: shape)
            withPointers(positions.int32Elements, gradient, dx) { positions, dy, dx in
                call.run { check(lathe_max_pool_backward($0, positions, dy, dx), "max pooling gradient") }
            }
            return [dx]
        }
    }

    /// The mean of each window of `[batch, channels, height, width]`; padding counts as zeros.
    public func averagePool2d(size: Int, stride: Int? = nil, padding: Int = 0) -> Tensor {
        let call = PoolingCall(self, size: size, stride: stride ?? size, padding: padding)
        let result = Tensor(uninitialized: call.outputShape)
        withPointers(self, result) { x, y in
            call.run { check(lathe_average_pool($0, x, y), "average pooling") }
        }
        return RecordedOperation.record([self], output: result) { [shape] gradient in
            let dx = Tensor(uninitialized: shape)
            withPointers(gradient, dx) { dy, dx in
                call.run { check(lathe_average_pool_backward($0, dy, dx), "average pooling gradient") }
            }
            return [dx]
        }
    }

    /// The mean over height and width: `[batch, channels]` for `[batch, channels, height, width]`.
    public func globalAveragePool() -> Tensor {
        precondition(rank == 4, "globalAveragePool takes [batch, channels, height, width], got \(shape)")
        return reshaped([shape[0], shape[1], -1]).mean(axis: 2)
    }
}

/// The sizes of one convolution, checked.
struct ConvolutionCall {
    private(set) var args = lathe_convolution_args()
    let outputShape: [Int]

    /// - Parameter weight: `[outputs, channels / groups, kernelHeight, kernelWidth]`.
    init(_ x: Tensor, weightShape weight: [Int], _ bias: Tensor?, _ options: ConvolutionOptions) {
        precondition(
            x.rank == 4 && weight.count == 4 && x.shape[1] == weight[1] * options.groups
                && weight[0] % options.groups == 0,
            "conv2d: input \(x.shape), weight \(weight), groups \(options.groups)")
        precondition(
            bias.map { $0.shape == [weight[0]] } ?? true, "conv2d: bias \(bias?.shape ?? []), weight \(weight)")
        args.compute = (Execution.current.precision ?? .float32).compute
        (args.batch, args.channels, args.height, args.width) = (
            Int64(x.shape[0]), Int64(x.shape[1]), Int64(x.shape[2]), Int64(x.shape[3])
        )
        (args.outputs, args.kernel_height, args.kernel_width) = (Int64(weight[0]), Int64(weight[2]), Int64(weight[3]))
        (args.stride_height, args.stride_width) = (Int64(options.stride), Int64(options.stride))
        (args.padding_height, args.padding_width) = (Int64(options.padding), Int64(options.padding))
        (args.dilation_height, args.dilation_width) = (Int64(options.dilation), Int64(options.dilation))
        args.groups = Int64(options.groups)
        let fits = (2..<4).allSatisfy { x.shape[$0] + 2 * options.padding > options.dilation * (weight[$0] - 1) }
        precondition(
            fits && weight.elementCount > 0, "conv2d: a \(weight[2])×\(weight[3]) kernel does not fit into \(x.shape)")
        outputShape = [
            x.shape[0], weight[0], Int(lathe_convolution_output_height(&args)),
            Int(lathe_convolution_output_width(&args)),
        ]
    }

    func run(_ body: (UnsafePointer<lathe_convolution_args>, UnsafeMutableRawPointer, Int) -> lathe_status) {
        withUnsafePointer(to: args) { args in
            let size = lathe_convolution_workspace(args)
            withWorkspace(size) { check(body(args, $0, size), "convolution") }
        }
    }
}

private struct PoolingCall {
    private let shape: lathe_pooling_shape
    let outputShape: [Int]

    init(_ x: Tensor, size: Int, stride: Int, padding: Int) {
        precondition(
            x.rank == 4 && size > 0 && stride > 0 && padding >= 0 && 2 * padding <= size,
            "pooling \(x.shape), window \(size), stride \(stride)")
        shape = lathe_pooling_shape(
            planes: Int64(x.shape[0] * x.shape[1]), height: Int64(x.shape[2]), width: Int64(x.shape[3]),
            kernel: Int64(size), stride: Int64(stride),
            padding: Int64(padding))
        precondition(
            x.shape[2...].allSatisfy { $0 + 2 * padding >= size },
            "pooling: a window of \(size) does not fit into \(x.shape)")
        outputShape = x.shape[..<2] + x.shape[2...].map { ($0 + 2 * padding - size) / stride + 1 }
    }

    func run(_ body: (UnsafePointer<lathe_pooling_shape>) -> Void) {
        withUnsafePointer(to: shape) { body($0) }
    }
}
