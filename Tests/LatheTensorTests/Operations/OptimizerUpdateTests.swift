import LatheTensor
import Testing

@Suite("Optimizer updates")
struct OptimizerUpdateTests {
    private let value = numbers([3, 7]), gradient = numbers([3, 7], seed: 2)

    @Test("Adam follows its formula, decay in the gradient or in the value", arguments: [false, true])
    func adam(isDecoupled: Bool) {
        let parameter = Parameter(value)
        var moments = [Tensor.zeros([3, 7]), Tensor.zeros([3, 7])]
        var p = Reference(value).values, m = [Double](repeating: 0, count: 21), v = m
        for step in 1...3 {
            let numbers = AdamUpdate(
                learningRate: 0.125, beta1: 0.875, beta2: 0.96875, epsilon: 1e-3, weightDecay: 0.25,
                isDecoupled: isDecoupled, step: step,
                gradientScale: 0.5)
            parameter.update(numbers, gradient: gradient, moments: &moments)
            for (i, raw) in gradient.floatArray.enumerated() {
                var g = 0.5 * Double(raw)
                if isDecoupled { p[i] *= 1 - 0.125 * 0.25 } else { g += 0.25 * p[i] }
                m[i] = 0.875 * m[i] + 0.125 * g
                v[i] = 0.96875 * v[i] + 0.03125 * g * g
                let powers = (0..<step).reduce((1.0, 1.0)) { result, _ in (result.0 * 0.875, result.1 * 0.96875) }
                p[i] -= 0.125 * (m[i] / (1 - powers.0)) / ((v[i] / (1 - powers.1)).squareRoot() + 1e-3)
            }
        }
        expectClose(parameter.detached, Reference(shape: [3, 7], values: p), .relative(3e-6))
        expectClose(moments[0], Reference(shape: [3, 7], values: m), .rounding)
        expectClose(moments[1], Reference(shape: [3, 7], values: v), .rounding)
    }

    @Test("Momentum follows its formula, Nesterov's or not", arguments: [0, 0.5], [false, true])
    func momentum(momentum: Double, isNesterov: Bool) {
        let parameter = Parameter(value)
        var velocity = momentum == 0 ? [] : [Tensor.zeros([3, 7])]
        var p = Reference(value).values, u = [Double](repeating: 0, count: 21)
        for _ in 1...3 {
            let numbers = MomentumUpdate(
                learningRate: 0.125, momentum: Float(momentum), isNesterov: isNesterov, weightDecay: 0.25,
                gradientScale: 0.5)
            parameter.update(numbers, gradient: gradient, velocity: &velocity)
            for (i, raw) in gradient.floatArray.enumerated() {
                let g = 0.5 * Double(raw) + 0.25 * p[i]
                u[i] = momentum * u[i] + g
                p[i] -= 0.125 * (isNesterov ? g + momentum * u[i] : u[i])
            }
        }
        expectClose(parameter.detached, Reference(shape: [3, 7], values: p), .rounding)
    }

    @Test("Values and moments that others hold stay as they are")
    func copies() {
        let parameter = Parameter(value)
        var moments = [Tensor.zeros([3, 7]), Tensor.zeros([3, 7])]
        let held = moments[0]
        let numbers = AdamUpdate(
            learningRate: 1, beta1: 0.5, beta2: 0.5, epsilon: 1e-8, weightDecay: 0, isDecoupled: true, step: 1,
            gradientScale: 1)
        parameter.update(numbers, gradient: gradient, moments: &moments)
        expectClose(held, Tensor.zeros([3, 7]), .exact)
        expectClose(value, LatheTensorTests.numbers([3, 7]), .exact)
        #expect(moments[0].floatArray != held.floatArray)
    }

    @Test("A borrowed value is copied before it is changed")
    func borrowed() {
        let owner = BorrowedFloats([1, 2])
        let parameter = Parameter(owner.tensor())
        var velocity: [Tensor] = []
        let numbers = MomentumUpdate(learningRate: 1, momentum: 0, isNesterov: false, weightDecay: 0, gradientScale: 1)
        parameter.update(numbers, gradient: Tensor([1.0, 1]), velocity: &velocity)
        #expect(owner.values == [1, 2])
        #expect(parameter.detached.floatArray == [0, 1])
    }
}
