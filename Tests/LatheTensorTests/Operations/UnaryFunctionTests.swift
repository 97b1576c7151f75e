import Foundation
import LatheTensor
import Testing

/// A function of one number: the operation, its formula, and where it is tested.
struct UnaryCase: CustomTestStringConvertible, Sendable {
    let testDescription: String
    let operation: @Sendable (Tensor) -> Tensor
    let formula: @Sendable (Double) -> Double
    var range: ClosedRange<Double> = -4...4
    /// Where the slope jumps; gradients are checked elsewhere.
    var kink: Double?

    static let all = [
        UnaryCase(testDescription: "negated", operation: { $0.negated() }, formula: { -$0 }),
        UnaryCase(testDescription: "absolute", operation: { $0.absolute() }, formula: { abs($0) }, kink: 0),
        UnaryCase(testDescription: "squared", operation: { $0.squared() }, formula: { $0 * $0 }),
        UnaryCase(
            testDescription: "squareRoot", operation: { $0.squareRoot() }, formula: { $0.squareRoot() }, range: 0.5...9),
        UnaryCase(testDescription: "reciprocal", operation: { $0.reciprocal() }, formula: { 1 / $0 }, range: 0.5...9),
        UnaryCase(testDescription: "exponential", operation: { $0.exponential() }, formula: { exp($0) }),
        UnaryCase(testDescription: "logarithm", operation: { $0.logarithm() }, formula: { log($0) }, range: 0.5...9),
        UnaryCase(testDescription: "relu", operation: { $0.relu() }, formula: { max($0, 0) }, kink: 0),
        UnaryCase(
            testDescription: "gelu", operation: { $0.gelu() }, formula: { $0 / 2 * (1 + erf($0 / 2.0.squareRoot())) }),
        UnaryCase(testDescription: "geluTanh", operation: { $0.geluTanh() }, formula: geluTanh),
        UnaryCase(testDescription: "silu", operation: { $0.silu() }, formula: { $0 / (1 + exp(-$0)) }),
        UnaryCase(testDescription: "tanh", operation: { $0.tanh() }, formula: { Foundation.tanh($0) }),
        UnaryCase(testDescription: "sigmoid", operation: { $0.sigmoid() }, formula: { 1 / (1 + exp(-$0)) }),
    ]
}

func geluTanh(_ x: Double) -> Double {
    x / 2 * (1 + tanh((2 / Double.pi).squareRoot() * (x + 0.044715 * x * x * x)))
}

@Suite("Functions of one argument")
struct UnaryFunctionTests {
    @Test("Values agree with the formula", arguments: UnaryCase.all)
    func values(function: UnaryCase) {
        for shape in [[], [1], [7], [3, 5], [127], [2, 3, 129]] {
            let x = numbers(shape, in: function.range)
            expectClose(function.operation(x), Reference(x).map(function.formula), .rounding)
        }
    }

    @Test("Gradients agree with finite differences", arguments: UnaryCase.all)
    func gradients(function: UnaryCase) {
        for count in [1, 7, 67] {
            let x = numbers([count], in: function.range).floatArray.filter { value in
                function.kink.map { abs(Double(value) - $0) > 0.125 } ?? true
            }
            expectGradientsMatch([Tensor(x)]) { function.operation($0[0]) }
        }
    }

    @Test("Gradients at a kink are zero")
    func kinks() {
        for function in [{ $0.absolute() }, { $0.relu() }, { $0.sign() }] as [(Tensor) -> Tensor] {
            let zero = Parameter(Tensor([0.0]))
            function(zero.value).sum().backward()
            #expect(zero.gradient?.floatArray == [0])
        }
    }

    @Test("The sign is -1, 0 or 1, and its gradient zero")
    func sign() {
        let x = Parameter(Tensor([-3, -0.5, 0, 0.25, 8]))
        let y = x.value.sign()
        expectClose(y, Tensor([-1.0, -1, 0, 1, 1]), .exact)
        y.sum().backward()
        #expect(x.gradient?.floatArray == [0, 0, 0, 0, 0])
    }

    @Test("Rounding goes to even on ties, and its gradient passes unchanged")
    func rounding() {
        let x = Parameter(Tensor([-2.5, -1.5, -0.4, 0.5, 1.5, 2.5, 2.6]))
        let y = x.value.roundedStraightThrough()
        expectClose(y, Tensor([-2.0, -2, 0, 0, 2, 2, 3]), .exact)
        (y * Tensor([1.0, 2, 3, 4, 5, 6, 7])).sum().backward()
        #expect(x.gradient?.floatArray == [1, 2, 3, 4, 5, 6, 7])
    }

    @Test("Values outside a function's domain give NaN or infinity")
    func limits() {
        expectClose(Tensor([-1.0, 0]).logarithm(), Reference(shape: [2], values: [.nan, -.infinity]), .exact)
        expectClose(Tensor([-1.0]).squareRoot(), Reference(shape: [1], values: [.nan]), .exact)
        expectClose(Tensor([0.0]).reciprocal(), Reference(shape: [1], values: [.infinity]), .exact)
        expectClose(Tensor([200.0, -200]).exponential(), Reference(shape: [2], values: [.infinity, 0]), .exact)
        expectClose(Tensor([100.0, -100]).sigmoid(), Reference(shape: [2], values: [1, 0]), .rounding)
        expectClose(Tensor([100.0, -100]).tanh(), Reference(shape: [2], values: [1, -1]), .rounding)
    }
}
