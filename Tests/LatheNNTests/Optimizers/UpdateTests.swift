import LatheNN
import LatheTensor
import Testing

@Suite("Optimizer updates")
struct UpdateTests {
    /// Steps at which the normalisation's weight has no gradient.
    private static let stepsWithout = [0, 1, 4]

    @Test(
        "Adam and AdamW follow their formulas, with groups, decay, a scale, and gradients that are missing at times",
        arguments: [true, false])
    func adam(isDecoupled: Bool) {
        let groups = groups(rate: 2)
        let optimizer: any RestorableOptimizer =
            isDecoupled ? AdamW(groups, learningRate: 0.01) : Adam(groups, learningRate: 0.01)
        check(optimizer) { reference, gradient, rate, decay in
            reference.adam(gradient, rate: rate, decay: decay, isDecoupled: isDecoupled)
        }
    }

    @Test(
        "gradient descent follows its formula, with and without momentum",
        arguments: [(Float(0), false), (0.9, false), (0.9, true)])
    func descent(momentum: Float, isNesterov: Bool) {
        let optimizer = SGD(groups(rate: 0.5), learningRate: 0.1, momentum: momentum, isNesterov: isNesterov)
        check(optimizer) { reference, gradient, rate, decay in
            reference.descend(gradient, rate: rate, momentum: Double(momentum), decay: decay, isNesterov: isNesterov)
        }
    }

    @Test("AdamW's first step has the size of the learning rate, whatever the gradient")
    func firstStep() {
        let layer = Linear(inputs: 3, outputs: 1, hasBias: false)
        layer.parameters[0].value = .zeros([1, 3])
        layer.parameters[0].gradient = Tensor([1e-3, -5, 700], shape: [1, 3])
        AdamW([ParameterGroup(layer)], learningRate: 0.25).step()
        expectClose(layer.parameters[0].detached, [-0.25, 0.25, -0.25], shape: [1, 3], tolerance: 1e-5)
    }

    @Test("large parameters are updated whole")
    func large() {
        let layer = seeded { Linear(inputs: 300, outputs: 333) }
        let optimizer = AdamW([ParameterGroup(layer, weightDecay: 0.1)], learningRate: 0.01)
        let (path, parameter) = layer.namedParameters[0]
        var reference = ReferenceUpdate(parameter)
        for step in 0..<3 {
            let gradient = Tensor.randomNormal(parameter.shape, from: RandomSource(seed: UInt64(step)))
            parameter.gradient = gradient
            optimizer.step()
            reference.adam(gradient.floatArray.map(Double.init), rate: 0.01, decay: 0.1, isDecoupled: true)
        }
        expectClose(parameter.detached, reference.values.map(Float.init), shape: [333, 300])
        #expect(optimizer.state.entries[path]?.step == 3)
        #expect(optimizer.state.entries["bias"] == nil)
    }

    @Test("values that were read before a step stay as they were")
    func values() {
        let layer = seeded { Linear(inputs: 2, outputs: 2) }
        let optimizer = SGD([ParameterGroup(layer)], learningRate: 1)
        let (before, copy) = (layer.parameters[0].detached, layer.parameters[0].detached.floatArray)
        layer.parameters[0].gradient = .ones([2, 2])
        optimizer.step()
        #expect(before.floatArray == copy)
        expectClose(layer.parameters[0].detached, copy.map { $0 - 1 }, shape: [2, 2])
    }

    @Test("a parameter that is not trainable is left alone, gradient or not")
    func frozen() {
        let layer = seeded { Linear(inputs: 2, outputs: 2) }
        let before = layer.parameters[0].detached.copy()
        layer.parameters[0].gradient = .ones([2, 2])
        layer.parameters[0].isTrainable = false
        let optimizer = AdamW([ParameterGroup(layer, weightDecay: 0.5)], learningRate: 1)
        optimizer.step()
        expectSameBits(layer.parameters[0].detached, before)
        #expect(optimizer.state.entries.isEmpty)
    }

    private let network = seeded { ToyNorm(inputs: 3, outputs: 2) }

    /// The dense layer with decay, the normalisation with a learning rate of its own.
    private func groups(rate: Float) -> [ParameterGroup] {
        [
            ParameterGroup(network, weightDecay: 0.1) { path, _ in path.hasPrefix("dense") },
            ParameterGroup(network, learningRateScale: rate) { path, _ in path.hasPrefix("LayerNorm") },
        ]
    }

    /// Runs steps with random gradients and compares every parameter with `update`, which gets the scaled gradient, the
    /// rate and the decay.
    private func check(
        _ optimizer: any RestorableOptimizer, _ location: SourceLocation = #_sourceLocation,
        _ update: (inout ReferenceUpdate, [Double], Double, Double) -> Void
    ) {
        var references = network.parameters.map(ReferenceUpdate.init)
        for step in 0..<7 {
            optimizer.learningRate *= 0.9
            for group in optimizer.groups {
                for (path, parameter) in group.parameters {
                    parameter.gradient = nil
                    if path == "LayerNorm.weight", Self.stepsWithout.contains(step) { continue }
                    let number = network.namedParameters.firstIndex { $0.path == path } ?? 0
                    let gradient = Tensor.randomNormal(
                        parameter.shape, from: RandomSource(seed: UInt64(10 * step + number)))
                    parameter.gradient = gradient
                    let rate = Double(optimizer.learningRate * group.learningRateScale)
                    update(
                        &references[number], gradient.floatArray.map { Double($0) / 2 }, rate, Double(group.weightDecay)
                    )
                }
            }
            optimizer.step(gradientScale: 0.5)
        }
        for (parameter, reference) in zip(network.parameters, references) {
            expectClose(
                parameter.detached, reference.values.map(Float.init), shape: parameter.shape, tolerance: 2e-6, location)
        }
        #expect(optimizer.state.entries["LayerNorm.weight"]?.step == 4, sourceLocation: location)
        #expect(optimizer.state.entries["dense.weight"]?.step == 7, sourceLocation: location)
    }
}
