import Foundation
import LatheTensor
import LatheTestFiles
import Testing

extension Activation {
    /// The function in Double.
    var formula: (Double) -> Double {
        switch self {
        case .identity: { $0 }
        case .relu: { max($0, 0) }
        case .gelu: { $0 / 2 * (1 + erf($0 / 2.0.squareRoot())) }
        case .geluTanh: LatheTensorTests.geluTanh
        case .silu: { $0 / (1 + exp(-$0)) }
        case .tanh: { Foundation.tanh($0) }
        }
    }
}

/// `activation(x · weightᵀ + bias) + residual` for rows `[rows, in]`.
func linear(_ x: Reference, _ weight: Reference, bias: Reference?, activation: Activation, residual: Reference?)
    -> Reference
{
    let sums = product(x, weight, transposingRight: true)
    return Reference(sums.shape) { index in
        activation.formula(sums[index] + (bias.map { $0[index[1]] } ?? 0)) + (residual.map { $0[index] } ?? 0)
    }
}

@Suite("Linear layers")
struct LinearTests {
    private func check(
        rows: Int, inputs: Int, outputs: Int, bias hasBias: Bool, activation: Activation, residual hasResidual: Bool
    ) {
        let x = numbers([rows, inputs], seed: 1), weight = numbers([outputs, inputs], seed: 2, in: -0.5...0.5)
        let bias = hasBias ? numbers([outputs], seed: 3) : nil,
            residual = hasResidual ? numbers([rows, outputs], seed: 4) : nil
        let expected = linear(
            Reference(x), Reference(weight), bias: bias.map { Reference($0) }, activation: activation,
            residual: residual.map { Reference($0) })
        let result = x.linear(weight, bias: bias, activation: activation, residual: residual)
        expectClose(result, expected, .sum, "\(rows)×\(inputs)→\(outputs), bias \(hasBias), residual \(hasResidual)")
    }

    @Test(
        "Values agree with the formula for every activation, with and without bias and residual",
        .tags(.slow), .unlessQuick,
        arguments: Activation.allCases)
    func values(activation: Activation) {
        for (hasBias, hasResidual) in [(false, false), (true, false), (false, true), (true, true)] {
            for (rows, inputs, outputs) in [(1, 1, 1), (1, 64, 17), (5, 7, 3), (33, 31, 67)] {
                check(
                    rows: rows, inputs: inputs, outputs: outputs, bias: hasBias, activation: activation,
                    residual: hasResidual)
            }
        }
    }

    @Test("Leading axes stay as they are")
    func leadingAxes() {
        let weight = numbers([3, 5], seed: 2)
        for leading in [[], [7], [2, 7], [2, 3, 1]] {
            let x = numbers(leading + [5])
            let flat = x.reshaped([-1, 5]).linear(weight)
            expectClose(x.linear(weight), flat.reshaped(leading + [3]), .exact)
        }
    }

    @Test(
        "Gradients of input, weight, bias and residual are right for every activation", arguments: Activation.allCases)
    func gradients(activation: Activation) {
        // Multiples of 1/2 and a bias of 1/4 keep away from the kink of relu.
        let x = (numbers([2, 3, 5]) * 2).roundedStraightThrough() * 0.5
        let weight = (numbers([7, 5], seed: 2) * 2).roundedStraightThrough() * 0.25
        let bias = (numbers([7], seed: 3) * 2).roundedStraightThrough() * 0.25 + 1.0 / 16
        let step: Float = activation == .relu ? 1.0 / 128 : 1.0 / 32
        expectGradientsMatch([x, weight, bias, numbers([2, 3, 7], seed: 4)], step: step) {
            $0[0].linear($0[1], bias: $0[2], activation: activation, residual: $0[3])
        }
    }

    @Test("The gradient of a bias sums many rows in order", arguments: [1, 255, 256, 257, 1031])
    func manyRows(rows: Int) {
        let x = numbers([rows, 3]), weight = numbers([5, 3], seed: 2), bias = Parameter(numbers([5], seed: 3))
        let weights = numbers([rows, 5], seed: 4)
        x.linear(weight, bias: bias.value).backward(from: weights)
        let reference = Reference(weights)
        let expected = Reference([5]) { index in (0..<rows).reduce(0) { $0 + reference[$1, index[0]] } }
        expectClose(bias.gradient ?? .zeros([]), expected, .sum)
    }

    @Test("A residual that is the input itself gets both gradients")
    func residualInput() {
        expectGradientsMatch([numbers([3, 5]), numbers([5, 5], seed: 2)]) {
            $0[0].linear($0[1], activation: .gelu, residual: $0[0])
        }
    }

    @Test("Inputs, biases and residuals of the wrong shape are refused")
    func refused() async {
        await #expect(processExitsWith: .failure) { _ = Tensor.zeros([2, 3]).linear(.zeros([5, 4])) }
        await #expect(processExitsWith: .failure) {
            _ = Tensor.zeros([2, 3]).linear(.zeros([5, 3]), bias: .zeros([3]))
        }
        await #expect(processExitsWith: .failure) {
            _ = Tensor.zeros([2, 3]).linear(.zeros([5, 3]), residual: .zeros([5]))
        }
    }
}
