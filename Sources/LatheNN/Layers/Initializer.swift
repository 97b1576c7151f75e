import LatheTensor

/// What a parameter holds before training.
public enum Initializer: Sendable, Hashable {
    case zeros, ones
    /// Normally distributed around 0.
    case normal(deviation: Float)
    /// Uniform in ±`bound`.
    case uniform(bound: Float)
    /// Uniform in ±1/√n, where n is the number of inputs of one output: the product of all axes but the first. This is
    /// torch's default for linear layers and convolutions (`kaiming_uniform_` with a = √5; He et al.,
    /// arXiv:1502.01852).
    case kaimingUniform
    /// Normally distributed around 0 with a variance of 2/n, where n is the number of outputs of one input: the product
    /// of all axes but the second. This is how torchvision begins convolutions before a ReLU (`kaiming_normal_` with
    /// `fan_out`; He et al., arXiv:1502.01852).
    case kaimingNormal

    /// A tensor of `shape`; random numbers are drawn from `source`.
    public func tensor(_ shape: [Int], from source: RandomSource = .current) -> Tensor {
        switch self {
        case .zeros: .zeros(shape)
        case .ones: .ones(shape)
        case .normal(let deviation): .randomNormal(shape, deviation: deviation, from: source)
        case .uniform(let bound): .randomUniform(shape, in: -bound..<bound, from: source)
        case .kaimingUniform: .randomUniform(shape, in: Self.kaimingRange(shape), from: source)
        case .kaimingNormal: .randomNormal(shape, deviation: Self.kaimingDeviation(shape), from: source)
        }
    }

    private static func kaimingRange(_ shape: [Int]) -> Range<Float> {
        let bound = 1 / Float(max(Array(shape.dropFirst()).elementCount, 1)).squareRoot()
        return -bound..<bound
    }

    private static func kaimingDeviation(_ shape: [Int]) -> Float {
        (2 / Float(max(Array(shape.prefix(1) + shape.dropFirst(2)).elementCount, 1))).squareRoot()
    }
}

extension Module {
    /// Gives new weights to every linear layer and every embedding below that is not packed, and zeros to their biases,
    /// as BERT and GPT-2 begin (with `.normal(deviation: 0.02)`). A padding row becomes zero again. Other layers stay
    /// as they are.
    public func initialize(_ weights: Initializer, from source: RandomSource = .current) {
        for (_, module) in namedModules {
            switch module {
            case let linear as Linear:
                if let parameter = linear.weight.parameter {
                    parameter.value = weights.tensor(parameter.shape, from: source)
                }
                if let bias = linear.bias { bias.value = .zeros(bias.shape) }
            case let embedding as Embedding:
                embedding.initialize(weights, from: source)
            default: continue
            }
        }
    }
}
