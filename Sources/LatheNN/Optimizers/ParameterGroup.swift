import LatheTensor

/// Parameters that an optimizer treats alike.
public struct ParameterGroup {
    /// Each parameter once, with its path.
    public let parameters: [(path: String, parameter: Parameter)]
    /// How strongly parameters are pulled towards zero.
    public var weightDecay: Float
    /// What the optimizer's learning rate is multiplied by.
    public var learningRateScale: Float

    /// The parameters of `module` that `isIncluded` accepts. One that stands in two places (a tied weight) counts once,
    /// at its first path.
    public init(
        _ module: some Module, weightDecay: Float = 0, learningRateScale: Float = 1,
        where isIncluded: (_ path: String, _ parameter: Parameter) -> Bool = { _, _ in true }
    ) {
        var seen: Set<ObjectIdentifier> = []
        parameters = module.namedParameters.filter { path, parameter in
            seen.insert(ObjectIdentifier(parameter)).inserted && isIncluded(path, parameter)
        }
        self.weightDecay = weightDecay
        self.learningRateScale = learningRateScale
    }

    /// Two groups: what is decayed, and what is usually not, which are biases and the weights of normalisation layers,
    /// that is parameters with one axis.
    public static func standard(_ module: some Module, weightDecay: Float) -> [ParameterGroup] {
        [
            ParameterGroup(module, weightDecay: weightDecay) { !isSparedFromDecay($0, $1) },
            ParameterGroup(module) { isSparedFromDecay($0, $1) },
        ]
    }

    private static func isSparedFromDecay(_ path: String, _ parameter: Parameter) -> Bool {
        parameter.shape.count <= 1 || path == "bias" || path.hasSuffix(".bias")
    }
}
