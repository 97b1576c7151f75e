import LatheNN
import LatheTensor
import Testing

/// Five steps that Scripts/record-optimizers.py recorded.
@Suite("Optimizer updates as Python computes them")
struct RecordedUpdateTests {
    private static let gradients: [[Float]] = [
        [0, 0.783, 0.974, 0.427], [1.983, 1.031, -0.702, -1.903], [-0.767, -2.748, -2.65, -0.546],
        [-3.703, -1.118, 2.314, 3.994], [2.471, 4.941, 3.672, -0.376],
    ]

    /// Four parameters after the steps of an optimizer of their group.
    private func result(_ make: ([ParameterGroup]) -> any RestorableOptimizer) -> Tensor {
        let layer = Linear(inputs: 4, outputs: 1, hasBias: false), parameter = layer.parameters[0]
        parameter.value = Tensor([0.5, -1.25, 2, 0.75], shape: [1, 4])
        let optimizer = make([ParameterGroup(layer, weightDecay: 0.02)])
        for gradient in Self.gradients {
            parameter.gradient = Tensor(gradient, shape: [1, 4])
            optimizer.step()
        }
        return parameter.detached
    }

    @Test("Adagrad is torch's, with its decay of the rate and its first sum")
    func adagrad() {
        let constants = Adagrad.Constants(rateDecay: 0.01, initialSum: 0.1)
        expectClose(
            result { Adagrad($0, learningRate: 0.1, constants: constants) },
            [0.46917416, -1.37618363, 1.9163495, 0.71052371], shape: [1, 4], tolerance: 2e-6)
    }

    @Test("Lion is that of its paper")
    func lion() {
        expectClose(
            result { Lion($0, learningRate: 0.1) }, [0.49501916, -1.3367531, 1.88007904, 0.84252914], shape: [1, 4],
            tolerance: 2e-6)
    }

    @Test("Lamb without correction is that of its paper")
    func lamb() {
        var constants = Lamb.Constants()
        (constants.correctsBias, constants.leastTrust, constants.largestTrust) = (false, 0, .greatestFiniteMagnitude)
        expectClose(
            result { Lamb($0, learningRate: 0.1, constants: constants) },
            [0.44156716, -1.46111115, 1.78373436, 0.64998005], shape: [1, 4], tolerance: 2e-6)
    }

    @Test("Lamb with correction and bounds is DeepSpeed's")
    func boundedLamb() {
        var constants = Lamb.Constants()
        (constants.leastTrust, constants.largestTrust) = (0.3, 0.4)
        expectClose(
            result { Lamb($0, learningRate: 0.1, constants: constants) },
            [0.47291049, -1.31407791, 1.95976795, 0.73675969], shape: [1, 4], tolerance: 2e-6)
    }
}
