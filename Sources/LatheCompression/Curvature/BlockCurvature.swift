import LatheNN
import LatheTensor

/// How steep the loss is along each block of a network: the largest eigenvalue of its Hessian with respect to the
/// block's parameters, where the network computes with rounded weights.
///
/// Rounded weights and inputs have no curvature of their own, being steps. So while it measures, parameters hold what
/// quantisers made of them, and quantisers, those of inputs too, are off. Masks stay, and trained scores do not count
/// as parameters.
struct BlockCurvature {
    private let network: any Module
    private let blocks: [[Parameter]]
    private let iteration: PowerIteration

    init(_ blocks: NetworkBlocks, in network: any Module, _ section: CompressionConfig.Eigenvalue) {
        self.network = network
        self.blocks = blocks.modules.map { $0.module.parameters.filter(\.isTrainable) }
        iteration = PowerIteration(
            maximumIterations: section.maximumIterations, tolerance: section.tolerance, stability: section.stability)
    }

    /// The eigenvalues' magnitudes as shares of the largest; 1 for a block without one, as upstream has it.
    /// - Parameters:
    ///   - seed: of the starts.
    ///   - addGradients: adds the gradients of the loss at the parameters' present values to `Parameter.gradient`.
    func eigenvalues(seed: UInt64, addGradients: () throws -> Void) rethrows -> [Double] {
        let source = RandomSource(seed: seed)
        let found = try withRandomSource(source) { try withoutQuantizers { try raw(source, addGradients) } }
        let largest = found.max() ?? 0
        return found.map { $0 > 0 ? $0 / largest : 1 }
    }

    /// Measures block by block. Only the block's parameters get gradients meanwhile, which spares most of the work
    /// before it.
    private func raw(_ source: RandomSource, _ addGradients: () throws -> Void) rethrows -> [Double] {
        let trainable = network.parameters.filter(\.isTrainable), scores = scores
        defer { trainable.forEach { $0.isTrainable = true } }
        return try blocks.map { block in
            let own = block.filter { !scores.contains(ObjectIdentifier($0)) }
            trainable.forEach { $0.isTrainable = false }
            own.forEach { $0.isTrainable = true }
            return abs(try iteration.eigenvalue(of: own, from: source, addGradients: addGradients))
        }
    }

    /// What transforms train beside weights.
    private var scores: Set<ObjectIdentifier> {
        Set(
            layers.flatMap { $0.weightTransforms.flatMap { $0.storedParameters } }.map {
                ObjectIdentifier($0.parameter)
            })
    }

    private var layers: [any CompressibleLayer] {
        network.namedModules.compactMap { $0.module as? any CompressibleLayer }
    }

    /// Runs `body` while parameters hold the values that the network computes with.
    private func withoutQuantizers<Result>(_ body: () throws -> Result) rethrows -> Result {
        let weights = layers.flatMap { layer in
            layer.weightTransforms.compactMap { $0 as? WeightQuantizer }.filter(\.isActive)
                .compactMap { quantizer in layer.weight.parameter.map { ($0, quantizer) } }
        }
        let inputs = network.namedModules.flatMap { _, module in
            (module as? any ProductLayer)?.activationTransforms.list.filter(\.isActive) ?? []
        }
        let values = weights.map { $0.0.detached }
        defer {
            for ((parameter, quantizer), value) in zip(weights, values) {
                (parameter.value, quantizer.isActive) = (value, true)
            }
            inputs.forEach { $0.isActive = true }
        }
        for (parameter, quantizer) in weights {
            var rounded = TransformedTensors(weight: parameter.detached)
            withoutGradients { quantizer.apply(to: &rounded) }
            (parameter.value, quantizer.isActive) = (rounded.weight, false)
        }
        inputs.forEach { $0.isActive = false }
        return try body()
    }
}
