import Foundation
import LatheTensor
import Testing

/// The softmax over the last axis; rows without any finite value give zeros.
func softmax(_ x: Reference) -> Reference {
    let columns = x.shape[x.shape.count - 1]
    let values = (0..<x.shape.elementCount / max(columns, 1)).flatMap { row -> [Double] in
        let row = x.values[row * columns..<(row + 1) * columns]
        let largest = row.max() ?? 0
        if largest == -.infinity { return row.map { _ in 0 } }
        let powers = row.map { exp($0 - largest) }
        let sum = powers.reduce(0, +)
        return powers.map { $0 / sum }
    }
    return Reference(shape: x.shape, values: values)
}

@Suite("Softmax")
struct SoftmaxTests {
    private static let shapes = [[1], [7], [3, 5], [2, 3, 17], [5, 129], [3, 1000]]

    @Test("Values agree with the formula", arguments: shapes)
    func values(shape: [Int]) {
        let x = numbers(shape, in: -6...6)
        let expected = softmax(Reference(x))
        expectClose(x.softmax(), expected, .rounding)
        expectClose(x.logSoftmax(), expected.map { log($0) }, .relative(2e-6))
    }

    @Test("Gradients agree with finite differences", arguments: [[2], [7], [3, 5], [2, 3, 17]])
    func gradients(shape: [Int]) {
        expectGradientsMatch([numbers(shape)]) { $0[0].softmax() }
        expectGradientsMatch([numbers(shape)]) { $0[0].logSoftmax() }
    }

    @Test("Gradients of long rows agree with the formula", arguments: shapes)
    func longGradients(shape: [Int]) {
        // The rounding of a row's sum moves all of its logarithms at once, which drowns finite differences of long
        // rows.
        let x = Parameter(numbers(shape)), weights = numbers(shape, seed: 2), w = Reference(weights),
            y = softmax(Reference(x.detached))
        func sum(_ index: [Int], _ term: ([Int]) -> Double) -> Double {
            (0..<shape[shape.count - 1]).reduce(0) { $0 + term(Array(index.dropLast()) + [$1]) }
        }
        x.value.softmax().backward(from: weights)
        let expected = Reference(shape) { index in y[index] * (w[index] - sum(index) { w[$0] * y[$0] }) }
        expectClose(x.gradient ?? .zeros([]), expected, .rounding)
        x.gradient = nil
        x.value.logSoftmax().backward(from: weights)
        let expectedLog = Reference(shape) { index in w[index] - y[index] * sum(index) { w[$0] } }
        expectClose(x.gradient ?? .zeros([]), expectedLog, .relative(3e-6))
    }

    @Test("Large values neither overflow nor vanish")
    func large() {
        let x = Tensor([1000.0, 1000, -1000, 999], shape: [1, 4])
        expectClose(x.softmax(), softmax(Reference(x)), .rounding)
        let a = 1 / (2 + exp(-1.0))
        expectClose(
            x.logSoftmax(), Reference(shape: [1, 4], values: [log(a), log(a), log(a) - 2000, log(a) - 1]), .rounding)
    }

    @Test("A masked value gets no share, and a row of masked values none at all")
    func masked() {
        let x = Tensor([0.0, -.infinity, 0, -.infinity, -.infinity, -.infinity], shape: [2, 3])
        expectClose(x.softmax(), Tensor([0.5, 0, 0.5, 0, 0, 0], shape: [2, 3]), .rounding)
    }
}
