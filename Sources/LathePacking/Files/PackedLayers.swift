import LatheNN
import LatheTensor

/// A layer whose weight may be packed.
enum PackableLayer {
    case linear(Linear)
    case convolution(Conv2d)
    case embedding(Embedding)

    init?(_ module: any Module) {
        switch module {
        case let linear as Linear: self = .linear(linear)
        case let convolution as Conv2d: self = .convolution(convolution)
        case let embedding as Embedding: self = .embedding(embedding)
        default: return nil
        }
    }

    /// What Python calls such layers.
    var kind: String {
        switch self {
        case .linear: "Linear"
        case .convolution: "Conv2d"
        case .embedding: "Embedding"
        }
    }

    var weightShape: [Int] {
        switch self {
        case .linear(let linear): linear.weightShape
        case .convolution(let convolution): convolution.weightShape
        case .embedding(let embedding): embedding.weight.shape
        }
    }

    /// What training changes; nil where the weight is packed.
    var parameter: Parameter? {
        switch self {
        case .linear(let linear): linear.weight.parameter
        case .convolution(let convolution): convolution.weight.parameter
        case .embedding(let embedding): embedding.weight.parameter
        }
    }

    /// The packed weight that files can hold; nil for other weights.
    var storedWeight: (any StoredWeight)? {
        switch self {
        case .linear(let linear):
            if case .packed(let weight) = linear.weight { weight as? any StoredWeight } else { nil }
        case .convolution(let convolution):
            if case .packed(let weight) = convolution.weight { weight as? any StoredWeight } else { nil }
        case .embedding(let embedding):
            if case .packed(let weight) = embedding.weight { weight as? any StoredWeight } else { nil }
        }
    }

    /// The quantiser of the inputs that is in force beside the weight.
    var activationQuantizer: ActivationQuantizer? {
        product?.activationTransforms.list.lazy.compactMap { $0 as? ActivationQuantizer }.first(where: \.isActive)
    }

    /// The layer, if it multiplies activations.
    var product: (any ProductLayer)? {
        switch self {
        case .linear(let linear): linear
        case .convolution(let convolution): convolution
        case .embedding: nil
        }
    }

    /// Computes with `content` from now on.
    /// - Parameters:
    ///   - inputs: how inputs are quantised, and the range where it is one for all.
    /// - Returns: whether the weight does that itself, in integers; otherwise a transform of the inputs has to.
    func pack(_ content: PackedContent, inputs: ActivationScheme?, range: (low: Float, high: Float)?) -> Bool {
        switch (self, content) {
        case (.linear(let linear), .tensor(let tensor)):
            let grid = inputs.flatMap { ActivationGrid($0, range) }
            linear.weight = .packed(tensor.linearWeight(grid.map { .integer($0) } ?? .float32))
            return grid != nil
        case (.linear(let linear), .linear(let weight)):
            linear.weight = .packed(weight)
            if case .integer = weight.arithmetic { return true }
            return false
        case (.convolution(let convolution), .tensor(let tensor)):
            let isForIntegers =
                inputs == QuantizedConvolution.integerInputs && convolution.options.groups == 1
                && QuantizedConvolution.multipliesInIntegers(tensor)
            convolution.weight = .packed(QuantizedConvolution(tensor, isForIntegers: isForIntegers))
            return isForIntegers
        case (.embedding(let embedding), .tensor(let tensor)):
            embedding.weight = .packed(QuantizedEmbedding(tensor))
            return false
        case (.convolution, .linear), (.embedding, .linear), (_, .floats):
            preconditionFailure("a form of other layers, or of floats")
        }
    }
}

extension ActivationGrid {
    /// The grid on which integer products quantise inputs; nil where they are not of 4 or 8 bits.
    public init?(_ scheme: ActivationScheme, _ range: (low: Float, high: Float)?) {
        guard scheme.bits == 4 || scheme.bits == 8, scheme.isDynamic || range != nil else { return nil }
        self.init(
            bits: scheme.bits, grid: scheme.grid,
            range: scheme.isDynamic ? nil : range.map { Range(low: $0.low, high: $0.high) })
    }
}

extension ActivationScheme {
    /// What a quantiser does.
    public init(_ quantizer: ActivationQuantizer) {
        self.init(
            bits: quantizer.quantization.bits, grid: quantizer.quantization.grid,
            isDynamic: quantizer.calibration == .dynamic)
    }

    /// The quantiser that does it.
    func quantizer(_ range: (low: Float, high: Float)?) -> ActivationQuantizer {
        guard let range else { return ActivationQuantizer(bits: bits, grid: grid) }
        let quantizer = ActivationQuantizer(
            bits: bits, grid: grid, calibration: .running(momentum: ActivationQuantizer.defaultMomentum))
        quantizer.range = range
        return quantizer
    }
}

extension Module {
    /// Whether all packed layers are of kinds that compressed-tensors has (no convolutions), and tables of a form in
    /// which transformers opens them (bytes).
    public var isPackedForPython: Bool {
        namedModules.allSatisfy { _, module in
            guard let layer = PackableLayer(module), layer.storedWeight != nil || layer.activationQuantizer != nil
            else {
                return true
            }
            switch layer {
            case .linear: return true
            case .convolution: return false
            case .embedding: return layer.storedWeight?.scheme.format == PackedForm.integers.format
            }
        }
    }

    /// How the layers of this network that are packed, or quantise their inputs, lie in files.
    /// - Parameter includesInputs: whether layers with float weights count that quantise their inputs.
    public func layerSchemes(includesActivations: Bool) -> [(path: String, scheme: LayerScheme)] {
        namedModules.compactMap { path, module in
            guard let layer = PackableLayer(module) else { return nil }
            let inputs = layer.activationQuantizer.map(ActivationScheme.init)
            if let stored = layer.storedWeight {
                var scheme = stored.scheme
                scheme.inputs = scheme.inputs ?? inputs
                return (path, scheme)
            }
            guard includesActivations, let inputs else { return nil }
            return (path, LayerScheme(format: PackedForm.dense, weight: nil, inputs: inputs))
        }
    }
}

extension Module {
    /// The paths of linear layers whose packed weight is the very table of an embedding, which files hold once.
    public var packedHeads: [String] {
        let modules = namedModules
        let tables = modules.compactMap { _, module -> PackedTensor? in
            guard let embedding = module as? Embedding, case .packed(let table as QuantizedEmbedding) = embedding.weight
            else { return nil }
            return table.tensor
        }
        return modules.filter { _, module in
            guard let linear = module as? Linear, case .packed(let weight as QuantizedWeight) = linear.weight,
                tables.contains(where: { $0.shape == [weight.outputs, weight.inputs] })
            else { return false }
            let packed = weight.packed
            return tables.contains { $0 == packed }
        }.map(\.path)
    }
}
