import LatheNN
import LatheTensor
import Testing

@testable import LatheCompression

@Suite("The largest eigenvalue of a Hessian")
struct PowerIterationTests {
    private let iteration = PowerIteration(maximumIterations: 200, tolerance: 1e-5, stability: 1e-6)

    /// `½ wᵀ A w`, whose gradient is `A w` and whose Hessian is `A`.
    private func eigenvalue(of matrix: [Float], startingAt values: [Float]) -> Double {
        let size = values.count, weight = Parameter(Tensor(values)), matrix = Tensor(matrix, shape: [size, size])
        return iteration.eigenvalue(of: [weight], from: RandomSource(seed: 1)) {
            let product = matrix.matmul(weight.value.reshaped([size, 1]))
            (weight.value.reshaped([1, size]).matmul(product) * 0.5).sum().backward()
        }
    }

    @Test("Of a quadratic it is the matrix's, with its sign, wherever the weights are")
    func quadratic() {
        // Eigenvalues 3 and 1, -4 and 2, and 5, 2, -1.
        #expect(abs(eigenvalue(of: [2, 1, 1, 2], startingAt: [0.3, -2]) - 3) < 0.003)
        #expect(abs(eigenvalue(of: [-1, 3, 3, -1], startingAt: [0, 0]) + 4) < 0.004)
        #expect(abs(eigenvalue(of: [5, 0, 0, 0, 2, 0, 0, 0, -1], startingAt: [7, 1, -20]) - 5) < 0.01)
        #expect(eigenvalue(of: [0, 0, 0, 0], startingAt: [1, 1]) == 0)
    }

    @Test("Of a network it is that of the matrix of second differences")
    func network() {
        let first = withRandomSource(RandomSource(seed: 3)) { Linear(inputs: 4, outputs: 3) }
        let second = withRandomSource(RandomSource(seed: 4)) { Linear(inputs: 3, outputs: 2) }
        let input = Tensor.randomNormal([6, 4], from: RandomSource(seed: 5)),
            parameters = first.parameters + second.parameters
        func addGradients() {
            second(first(input, activation: .tanh)).crossEntropy(Tensor([0, 1, 1, 0, 1, 0] as [Int32])).backward()
        }
        let found = iteration.eigenvalue(of: parameters, from: RandomSource(seed: 6), addGradients: addGradients)
        #expect(parameters.allSatisfy { $0.gradient == nil })
        let expected = Self.largest(Self.hessian(of: parameters, addGradients))
        #expect(abs(found - expected) < 0.005 * abs(expected), "\(found), \(expected)")
    }

    /// Row by row, each the central difference of gradients along one coordinate.
    private static func hessian(of parameters: [Parameter], _ addGradients: () -> Void) -> [[Double]] {
        func gradient() -> [Float] {
            parameters.forEach { $0.gradient = nil }
            addGradients()
            return parameters.flatMap { $0.gradient?.floatArray ?? [] }
        }
        return parameters.flatMap { parameter -> [[Double]] in
            let values = parameter.detached.floatArray, shape = parameter.shape
            defer { parameter.value = Tensor(values, shape: shape) }
            return values.indices.map { index in
                func moved(_ step: Float) -> [Float] {
                    var values = values
                    values[index] += step
                    parameter.value = Tensor(values, shape: shape)
                    return gradient()
                }
                return zip(moved(0.01), moved(-0.01)).map { Double($0 - $1) / 0.02 }
            }
        }
    }

    private static func largest(_ matrix: [[Double]]) -> Double {
        var vector = matrix.indices.map { 1 / Double($0 + 1) }, value = 0.0
        for _ in 0..<2000 {
            let product = matrix.map { row in zip(row, vector).reduce(0) { $0 + $1.0 * $1.1 } }
            let norm = product.reduce(0) { $0 + $1 * $1 }.squareRoot()
            value = zip(product, vector).reduce(0) { $0 + $1.0 * $1.1 } / vector.reduce(0) { $0 + $1 * $1 }
            vector = product.map { $0 / norm }
        }
        return value
    }

    @Test("Gradients that are not finite give 0, and parameters keep their values")
    func notFinite() {
        let weight = Parameter(Tensor([1, 2] as [Float]))
        let value = iteration.eigenvalue(of: [weight], from: RandomSource(seed: 1)) {
            weight.gradient = Tensor([.nan, 1] as [Float])
        }
        #expect(value == 0)
        #expect(weight.detached.floatArray == [1, 2])
    }
}
