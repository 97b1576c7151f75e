import LatheNN
import LatheTensor
import Testing

@Suite("Optimizer state")
struct OptimizerStateTests {
    private static func optimizers(_ network: ToyNorm) -> [any RestorableOptimizer] {
        let groups = ParameterGroup.standard(network, weightDecay: 0.1)
        return [
            AdamW(groups, learningRate: 0.01), Adam(groups, learningRate: 0.01),
            SGD(groups, learningRate: 0.01, momentum: 0.9),
            SGD(groups, learningRate: 0.01),
        ]
    }

    @Test("a restored optimizer goes on to the very same numbers", arguments: 0..<4)
    func resume(kind: Int) throws {
        let network = seeded { ToyNorm(inputs: 3, outputs: 2) }
        let optimizer = Self.optimizers(network)[kind]
        train(network, optimizer, steps: 0..<3)
        let saved = optimizer.savedState

        let resumed = ToyNorm(inputs: 3, outputs: 2)
        for (target, source) in zip(resumed.parameters, network.parameters) { target.value = source.detached.copy() }
        let second = Self.optimizers(resumed)[kind]
        try second.restore(saved)

        train(network, optimizer, steps: 3..<6)
        train(resumed, second, steps: 3..<6)
        for (left, right) in zip(network.parameters, resumed.parameters) {
            expectSameBits(left.detached, right.detached)
        }
        #expect(second.savedState.steps == optimizer.savedState.steps)
    }

    @Test("a saved state names tensors as torch does, and stays as it is while training goes on")
    func saved() {
        let network = seeded { ToyNorm(inputs: 3, outputs: 2) }
        let optimizer = AdamW([ParameterGroup(network)], learningRate: 0.01)
        #expect(optimizer.savedState.tensors.isEmpty)
        network.dense.parameters[0].gradient = .ones([2, 3])
        optimizer.step()
        let saved = optimizer.savedState
        #expect(saved.steps == ["dense.weight": 1])
        #expect(saved.tensors.keys.sorted() == ["dense.weight.exp_avg", "dense.weight.exp_avg_sq"])
        let mean = saved.tensors["dense.weight.exp_avg"]
        let before = mean?.floatArray
        optimizer.step()
        #expect(mean?.floatArray == before)
        #expect(SGD([ParameterGroup(network)], learningRate: 1, momentum: 0.5).slotNames == ["momentum_buffer"])
    }

    @Test("a state that does not fit names every problem and changes nothing")
    func misfits() throws {
        let network = seeded { ToyNorm(inputs: 3, outputs: 2) }
        let optimizer = AdamW([ParameterGroup(network)], learningRate: 0.01)
        train(network, optimizer, steps: 0..<1)
        var saved = optimizer.savedState
        saved.tensors["dense.weight.exp_avg"] = nil
        saved.tensors["dense.bias.exp_avg_sq"] = .zeros([3])
        saved.tensors["dense.weight.momentum_buffer"] = .zeros([2, 3])
        saved.steps["gone.weight"] = 4
        saved.steps["LayerNorm.bias"] = 0
        let expected: [OptimizerStateError.Problem] = [
            .missing(key: "dense.weight.exp_avg"),
            .shape(key: "dense.bias.exp_avg_sq", expected: [2], found: [3], dtype: .float32),
            .stepOutOfRange(path: "LayerNorm.bias", step: 0),
            .unknownParameter(path: "gone.weight"),
            .unexpected(key: "dense.weight.momentum_buffer"),
        ]
        let error = try #require(throws: OptimizerStateError.self) { try optimizer.restore(saved) }
        #expect(error.problems == expected)
        #expect(
            error.description == """
                dense.weight.exp_avg: missing from the saved optimizer state
                dense.bias.exp_avg_sq: expected [2] of float32, got [3] of float32
                LayerNorm.bias: an update count is at least 1, got 0
                gone.weight: in the saved optimizer state, but no parameter of this model
                dense.weight.momentum_buffer: in the saved optimizer state, but this optimizer keeps no such tensor
                """)
        #expect(optimizer.state.entries["dense.weight"]?.step == 1)
    }

    private func train(_ network: ToyNorm, _ optimizer: any RestorableOptimizer, steps: Range<Int>) {
        for step in steps {
            network.clearGradients()
            network(.randomNormal([4, 3], from: RandomSource(seed: UInt64(step)))).squared().mean().backward()
            optimizer.step()
        }
    }
}
