import LatheTensor
import Testing

@Suite("Tensors")
struct TensorTests {
    @Test("A tensor holds the values it is made of")
    func making() {
        #expect(Tensor([1.5, 2]).floatArray == [1.5, 2])
        #expect(Tensor([1.5, 2]).shape == [2])
        #expect(Tensor([Int32(1), 2], shape: [2, 1]).int32Array == [1, 2])
        #expect(Tensor([true, false]).boolArray == [true, false])
        #expect(Tensor(2.5).shape == [])
        #expect(Tensor(2.5).scalar == 2.5)
        #expect(Tensor([Float](), shape: [0, 3]).elementCount == 0)
    }

    @Test("Filled tensors hold one value", arguments: [[], [1], [3, 5], [40_009], [0, 2]])
    func filled(shape: [Int]) {
        expectClose(Tensor.full(shape, 2.5), Reference(shape) { _ in 2.5 }, .exact)
        expectClose(Tensor.zeros(shape), Reference(shape) { _ in 0 }, .exact)
        expectClose(Tensor.ones(shape), Reference(shape) { _ in 1 }, .exact)
    }

    @Test("A tensor knows its sizes")
    func sizes() {
        let x = Tensor.zeros([2, 3, 5]).cast(to: .bfloat16)
        #expect(x.rank == 3)
        #expect(x.elementCount == 30)
        #expect(x.byteCount == 60)
        #expect(x.dtype == .bfloat16)
    }

    @Test("Bytes go in and come out as they are")
    func bytes() {
        let values: [Int64] = [1, -2, .max]
        let tensor = values.withUnsafeBytes { Tensor(bytes: $0, shape: [3], dtype: .int64) }
        #expect(tensor.withUnsafeBytes { Array($0.bindMemory(to: Int64.self)) } == values)
    }

    @Test("Borrowed bytes are not copied, and live as long as the tensor")
    func borrowing() {
        var owner: BorrowedFloats? = BorrowedFloats([1, 2, 3])
        weak let watched = owner
        var tensor = owner?.tensor()
        owner = nil
        #expect(watched != nil)
        #expect(tensor?.floatArray == [1, 2, 3])
        #expect(tensor.map { ($0 * 2).floatArray } == [2, 4, 6])
        tensor = nil
        #expect(watched == nil)
    }

    @Test("Tensors are values: an operation changes no operand")
    func values() {
        let x = Tensor([1.0, 2]), y = x
        _ = (x * 3).relu()
        #expect(y.floatArray == [1, 2])
    }

    @Test("Types know their width and kind")
    func types() {
        #expect(DType.allCases.map(\.byteWidth) == [4, 2, 2, 8, 4, 1, 1, 1])
        #expect(DType.allCases.filter(\.isFloatingPoint) == [.float32, .bfloat16, .float16])
    }

    @Test("Values, bytes and types that do not fit are refused")
    func refused() async {
        await #expect(processExitsWith: .failure) { _ = Tensor([1.0, 2], shape: [3]) }
        await #expect(processExitsWith: .failure) { _ = Tensor([1.0, 2]).int32Array }
        await #expect(processExitsWith: .failure) { _ = Tensor([1.0, 2]).scalar }
        await #expect(processExitsWith: .failure) { _ = Tensor([Int32(1)]) + Tensor([Int32(1)]) }
    }
}

@Suite("Parameters")
struct ParameterTests {
    @Test("A parameter holds a value and no gradient at first")
    func fresh() {
        let x = Parameter(Tensor([1.0, 2]))
        #expect(x.shape == [2])
        #expect(x.gradient == nil)
        #expect(x.isTrainable)
        #expect(x.value.needsGradient)
        #expect(!x.detached.needsGradient)
    }

    @Test("A parameter made of a result is cut off from how that was computed")
    func cut() {
        let x = Parameter(Tensor([1.0]))
        let y = Parameter(x.value * 2)
        y.value.sum().backward()
        #expect(x.gradient == nil)
        y.value = x.value * 3
        y.value.sum().backward()
        #expect(x.gradient == nil)
    }
}

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
                learningRate: 0.125, beta1: 0.875, beta2: 0.96875, epsilon: 1e-3, weightDecay: 0.25, isDecoupled: isDecoupled, step: step,
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
                learningRate: 0.125, momentum: Float(momentum), isNesterov: isNesterov, weightDecay: 0.25, gradientScale: 0.5)
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
            learningRate: 1, beta1: 0.5, beta2: 0.5, epsilon: 1e-8, weightDecay: 0, isDecoupled: true, step: 1, gradientScale: 1)
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
