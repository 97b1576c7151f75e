import LatheKernels

/// A network of convolutions in the form in which the kernels run it: a list of steps over images whose channels are
/// last. See `lathe_image_network.h`.
package final class ImageProgram {
    /// How the numbers of an image are stored between two steps.
    package enum Elements: Hashable {
        case float32, float16, bfloat16
        /// 8-bit codes, in a symmetric range that each image has for itself.
        case codes
        /// 8-bit codes in one range for all.
        case staticCodes(ActivationGrid)

        package var isCodes: Bool {
            switch self {
            case .codes, .staticCodes: true
            default: false
            }
        }
    }

    /// An image between two steps.
    package struct Value {
        package var elements: Elements
        package var channels: Int
        package var height: Int
        package var width: Int
        /// Pixels of zeros on every side.
        package var border = 0
        /// The number of elements from one pixel to the next; `channels` at least.
        package var pitch: Int
        /// Whether a step gives it codes in a range of its own.
        package var findsLargest = false

        package init(_ elements: Elements, channels: Int, height: Int, width: Int, pitch: Int? = nil) {
            (self.elements, self.channels, self.height, self.width) = (elements, channels, height, width)
            let arithmetic: ImageWeight.Arithmetic =
                elements.isCodes ? .int8 : elements == .bfloat16 ? .bfloat16 : .float32
            self.pitch = pitch ?? arithmetic.pitch(channels: channels)
        }
    }

    /// The size of a window and how it moves.
    package struct Window {
        package var height: Int
        package var width: Int
        package var options: ConvolutionOptions

        package init(height: Int, width: Int, options: ConvolutionOptions) {
            (self.height, self.width, self.options) = (height, width, options)
        }

        /// Programs have no windows of more pixels.
        package static let largestArea = Int(lathe_image_taps)

        var kernel: lathe_image_window {
            lathe_image_window(
                height: Int64(height), width: Int64(width), stride_height: Int64(options.stride),
                stride_width: Int64(options.stride), padding_height: Int64(options.padding),
                padding_width: Int64(options.padding), dilation_height: Int64(options.dilation),
                dilation_width: Int64(options.dilation))
        }
    }

    /// What happens to a value. The numbers are indices of values.
    package enum Step {
        /// The program's input becomes a value.
        case load(Int)
        case quantize(Int, to: Int)
        case round(Int, to: Int)
        /// `activation(convolution + bias + residual)`, as floats, as codes in a static range, or as both.
        case convolve(
            Int, ImageWeight, Window, residual: Int?, activation: Activation, to: Int?, codes: Int?)
        case maxPool(Int, Window, to: Int)
        /// The mean of each channel is the program's output, `[batch, channels]`.
        case mean(Int)
        /// The value is the program's output, `[batch, channels, height, width]`.
        case store(Int)
    }

    /// `[channels, height, width]`
    package let inputShape: [Int]
    private let outputShape: [Int]
    private let values: [lathe_image_value]
    private let steps: [lathe_image_step]
    private let imageByteCount: Int
    /// What the steps point to.
    private let weights: [ImageWeight]

    /// - Precondition: the first step loads, the last one gives the output.
    package init(_ values: [Value], _ steps: [Step]) {
        guard case .load(let input)? = steps.first, let output = steps.last?.output else {
            preconditionFailure("a program loads images and gives an output")
        }
        inputShape = [values[input].channels, values[input].height, values[input].width]
        let last = values[output.value]
        outputShape = output.isMean ? [last.channels] : [last.channels, last.height, last.width]
        let placed = ImageMemory(values.map(\.kernel), uses: steps.map(\.uses))
        self.values = placed.values
        imageByteCount = placed.byteCount
        self.steps = steps.map(\.kernel)
        weights = steps.compactMap { if case .convolve(_, let weight, _, _, _, _, _) = $0 { weight } else { nil } }
    }

    /// Runs the program. Equal images give equal results, whatever the batch and the number of threads.
    /// - Parameter images: `[batch, channels, height, width]`, of the program's ``inputShape``.
    package func callAsFunction(_ images: Tensor) -> Tensor {
        precondition(Array(images.shape.dropFirst()) == inputShape, "images \(images.shape) of \(inputShape)")
        let batch = Int64(images.shape[0]), result = Tensor(uninitialized: [images.shape[0]] + outputShape)
        withExtendedLifetime(weights) {
            values.withUnsafeBufferPointer { values in
                steps.withUnsafeBufferPointer { steps in
                    var network = lathe_image_network(
                        kernels: nil, values: values.baseAddress, value_count: Int32(values.count),
                        steps: steps.baseAddress, step_count: Int32(steps.count), image_bytes: imageByteCount)
                    let size = lathe_image_network_workspace(&network, batch)
                    withPointers(images, result) { x, y in
                        withWorkspace(size) {
                            check(lathe_image_network_run(&network, batch, x, y, $0, size), "network of convolutions")
                        }
                    }
                }
            }
        }
        return result
    }
}

extension ImageProgram.Value {
    fileprivate var kernel: lathe_image_value {
        var value = lathe_image_value()
        (value.channels, value.height, value.width) = (Int64(channels), Int64(height), Int64(width))
        (value.pitch, value.border, value.finds_largest) = (Int64(pitch), Int64(border), findsLargest)
        switch elements {
        case .float32: value.type = LATHE_F32
        case .float16: value.type = LATHE_F16
        case .bfloat16: value.type = LATHE_BF16
        case .codes: value.type = LATHE_U8
        case .staticCodes(let grid):
            value.type = LATHE_U8
            value.is_static = true
            (value.grid, value.bits) = (grid.grid.kernel, Int32(grid.bits))
            (value.low, value.high) = (grid.range?.low ?? 0, grid.range?.high ?? 0)
        }
        return value
    }
}

extension ImageProgram.Step {
    fileprivate var output: (value: Int, isMean: Bool)? {
        switch self {
        case .mean(let value): (value, true)
        case .store(let value): (value, false)
        default: nil
        }
    }

    /// The values that the step reads or writes.
    fileprivate var uses: [Int] {
        switch self {
        case .load(let value), .mean(let value), .store(let value): [value]
        case .quantize(let from, let to), .round(let from, let to), .maxPool(let from, _, let to): [from, to]
        case .convolve(let from, _, _, let residual, _, let to, let codes):
            [from] + [residual, to, codes].compactMap { $0 }
        }
    }

    fileprivate var kernel: lathe_image_step {
        var step = lathe_image_step()
        (step.input, step.residual, step.output, step.codes) = (-1, -1, -1, -1)
        switch self {
        case .load(let value): (step.kind, step.output) = (LATHE_IMAGE_LOAD, Int32(value))
        case .quantize(let from, let to):
            (step.kind, step.input, step.codes) = (LATHE_IMAGE_QUANTIZE, Int32(from), Int32(to))
        case .round(let from, let to):
            (step.kind, step.input, step.output) = (LATHE_IMAGE_ROUND, Int32(from), Int32(to))
        case .maxPool(let from, let window, let to):
            (step.kind, step.input, step.output) = (LATHE_IMAGE_MAX_POOL, Int32(from), Int32(to))
            step.window = window.kernel
        case .mean(let value): (step.kind, step.input) = (LATHE_IMAGE_MEAN, Int32(value))
        case .store(let value): (step.kind, step.input) = (LATHE_IMAGE_STORE, Int32(value))
        case .convolve(let from, let weight, let window, let residual, let activation, let to, let codes):
            (step.kind, step.input, step.window) = (LATHE_IMAGE_CONVOLVE, Int32(from), window.kernel)
            step.residual = Int32(residual ?? -1)
            (step.output, step.codes) = (Int32(to ?? -1), Int32(codes ?? -1))
            step.compute = weight.arithmetic.compute
            step.activation = activation.kernel
            weight.point(&step)
        }
        return step
    }
}

extension ImageWeight {
    /// Points a step to the weight, which has to outlive it.
    fileprivate func point(_ step: inout lathe_image_step) {
        panels.withPointer { step.weight = UnsafeRawPointer($0) }
        scales?.withPointer { step.scale = UnsafePointer($0) }
        bias.withPointer { step.bias = UnsafePointer($0) }
    }
}
