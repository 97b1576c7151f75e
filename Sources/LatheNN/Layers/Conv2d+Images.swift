import LatheTensor

/// A convolution, and its batch normalisation, as a step of an ``ImageProgram``.
///
/// Two are equal if they give the same images for the same images.
package struct ImageConvolution: Equatable {
    /// How activations are multiplied with the weight.
    package enum Product: Equatable {
        case floats
        /// As codes, in a symmetric range that each image has for itself.
        case dynamicCodes
        /// As codes in one range for all.
        case staticCodes(ActivationGrid)
    }

    package let product: Product
    package let options: ConvolutionOptions
    private let weight: WeightForm<any PackedConvolutionWeight>
    private let bias: Parameter?
    private let norm: BatchNorm2d?
    private let epsilon: Float
    /// How often each parameter has been changed.
    private let versions: [Int]

    /// - Returns: `nil` if programs have no such convolution.
    init?(_ layer: Conv2d, norm: BatchNorm2d?) {
        guard layer.options.groups == 1, let product = Product(layer) else { return nil }
        (self.product, options, weight, bias) = (product, layer.options, layer.weight, layer.bias)
        (self.norm, epsilon) = (norm, norm?.epsilon ?? 0)
        let parameters = [weight.parameter, bias, norm?.weight, norm?.bias, norm?.runningMean, norm?.runningVariance]
        versions = parameters.map { $0?.version ?? 0 }
    }

    /// `[outputs, channels, kernelHeight, kernelWidth]`
    package var weightShape: [Int] { weight.shape }

    /// Returns the weight, with what the normalisation multiplies by, and adds, folded in.
    package func makeWeight(precision: Precision) -> ImageWeight {
        let (factor, offset) = norm?.affineForm ?? (nil, nil)
        let shift = bias.map { bias in factor.map { bias.detached * $0 } ?? bias.detached }
        let bias = shift.map { shift in offset.map { shift + $0 } ?? shift } ?? offset
        if product != .floats, let (codes, scales) = packed?.integerCodes() {
            return ImageWeight(codes: codes, scales: scales, factor: factor, bias: bias)
        }
        let floats = weight.parameter?.detached ?? weight.packedWeight?.unpacked
        guard let floats else { preconditionFailure("a weight is a parameter or packed") }
        return ImageWeight(floats, factor: factor, bias: bias, precision: precision)
    }

    private var packed: (any PackedConvolutionWeight)? { if case .packed(let packed) = weight { packed } else { nil } }

    /// The objects that the images depend on.
    private var objects: [ObjectIdentifier] {
        let all: [AnyObject?] = [weight.parameter, packed, bias, norm, norm?.runningMean, norm?.runningVariance]
        return all.compactMap { $0.map(ObjectIdentifier.init) }
    }

    package static func == (left: Self, right: Self) -> Bool {
        left.product == right.product && left.options == right.options && left.epsilon == right.epsilon
            && left.versions == right.versions && left.objects == right.objects
    }
}

extension ImageConvolution.Product {
    /// - Returns: `nil` where the layer rounds activations, or sees its weight, in another way.
    fileprivate init?(_ layer: Conv2d) {
        let transforms = layer.activationTransforms.list.filter(\.isActive)
        switch layer.weight {
        case .transformed: return nil
        case .dense:
            guard transforms.isEmpty else { return nil }
            self = .floats
        case .packed(let packed):
            if let grid = packed.activationGrid {
                guard transforms.isEmpty, grid == ActivationGrid(), packed.hasIntegerCodes else { return nil }
                self = .dynamicCodes
            } else if transforms.isEmpty {
                self = .floats
            } else {
                guard transforms.count == 1, packed.hasIntegerCodes,
                    let grid = (transforms[0] as? ActivationQuantizer)?.codeGrid
                else { return nil }
                self = .staticCodes(grid)
            }
        }
    }
}

extension ActivationQuantizer {
    /// The grid of codes in bytes on which it rounds; `nil` if there is no such grid, or zero is not on it.
    fileprivate var codeGrid: ActivationGrid? {
        guard !isCalibrating, quantization.bits == 8 || quantization.bits == 4, let range else { return nil }
        guard range.low.isFinite, range.high.isFinite, range.low <= 0, range.high >= 0, range.low < range.high else {
            return nil
        }
        return ActivationGrid(
            bits: quantization.bits, grid: quantization.grid, range: .init(low: range.low, high: range.high))
    }
}

extension Conv2d {
    /// The convolution, and the normalisation behind it, in a program of images.
    package func imageConvolution(norm: BatchNorm2d?) -> ImageConvolution? { ImageConvolution(self, norm: norm) }
}
