import LatheNN
import LatheTensor
import Testing

/// The numbers are those of DeepSpeed 0.18.3's kernels (`csrc/lamb/fused_lamb_cuda_kernel.cu`,
/// `csrc/lion/cpu_lion_impl.cpp`) and of torch 2's `_single_tensor_adagrad`, their formulas computed in f64 by a short
/// Python script for the parameter and the three gradients below.
@Suite("Updates of Lamb, Lion and Adagrad")
struct LayerwiseUpdateTests {
    private static let gradients: [[Float]] = [
        [0.1, -0.2, 0.3, 0.4, 0, -0.05], [-0.3, 0.1, 0.2, -0.4, 0, 0.15], [0.25, 0.05, -0.1, 0.2, 0, -0.35],
    ]

    /// The parameter after three updates, gradients being passed at twice their size and scaled by a half.
    private func updated(_ make: ([ParameterGroup]) -> any RestorableOptimizer, weightDecay: Float = 0.1) -> Tensor {
        let layer = Linear(inputs: 3, outputs: 2, hasBias: false), parameter = layer.parameters[0]
        parameter.value = Tensor([0.5, -0.3, 0.8, -0.1, 0, 0.2], shape: [2, 3])
        let optimizer = make([ParameterGroup(layer, weightDecay: weightDecay)])
        for gradient in Self.gradients {
            parameter.gradient = Tensor(gradient.map { $0 * 2 }, shape: [2, 3])
            optimizer.step(gradientScale: 0.5)
        }
        return parameter.detached
    }

    @Test("Lamb scales each parameter's step by the ratio of the norms")
    func lamb() {
        expectClose(
            updated { Lamb($0, learningRate: 0.05) }, [0.4959164, -0.28928939, 0.77551011, -0.10892627, 0, 0.20806123],
            shape: [2, 3], tolerance: 1e-6)
    }

    @Test("Lamb's ratio is bounded, its averages may stay as they are, and ε may stand in the root")
    func boundedLamb() {
        var constants = Lamb.Constants(adam: Adam.Constants(epsilon: 1e-3))
        (constants.correctsBias, constants.largestTrust, constants.hasEpsilonInRoot) = (false, 0.2, true)
        expectClose(
            updated { Lamb($0, learningRate: 0.05, constants: constants) },
            [0.49989746, -0.28976697, 0.76499824, -0.11476916, 0, 0.20524281],
            shape: [2, 3], tolerance: 1e-6)
    }

    @Test("Lion's steps have the size of the rate, and a weight without gradients stays where it is")
    func lion() {
        expectClose(
            updated { Lion($0, learningRate: 0.01) },
            [0.48851149, -0.30911089, 0.78763239, -0.10969031, 0, 0.20939061], shape: [2, 3], tolerance: 1e-6)
    }

    @Test("Adagrad's steps shrink with the squares so far, and with its own decay")
    func adagrad() {
        expectClose(
            updated { Adagrad($0, learningRate: 0.05, constants: Adagrad.Constants(rateDecay: 0.5, initialSum: 0.1)) },
            [0.48378772, -0.2781038, 0.74643452, -0.12458229, 0, 0.20587068], shape: [2, 3], tolerance: 1e-6)
        expectClose(
            updated({ Adagrad($0, learningRate: 0.05) }, weightDecay: 0),
            [0.46642548, -0.28327157, 0.73562805, -0.13131133, 0, 0.24813195], shape: [2, 3],
            tolerance: 1e-6)
    }

    @Test("A schedule changes the averages' constants of optimizers that have some")
    func betas() {
        let group = [ParameterGroup(Linear(inputs: 1, outputs: 1))]
        let optimizers: [any MomentumOptimizer] = [
            AdamW(group, learningRate: 1), Adam(group, learningRate: 1), Lamb(group, learningRate: 1),
            Lion(group, learningRate: 1),
        ]
        for optimizer in optimizers {
            optimizer.betas = (0.8, 0.95)
            #expect(optimizer.betas == (0.8, 0.95))
        }
    }
}
