import LatheNN
import LatheTensor
import Testing

@Suite("Layer and root-mean-square normalisation")
struct NormalizationTests {
    @Test("layer normalisation follows its formula", arguments: [[1, 1], [3, 7], [2, 3, 65], [5, 768]])
    func layerNorm(shape: [Int]) throws {
        let width = try #require(shape.last)
        let norm = LayerNorm(width: width, epsilon: 1e-3)
        norm.weight.value = .randomNormal([width], from: RandomSource(seed: 1))
        norm.bias.value = .randomNormal([width], from: RandomSource(seed: 2))
        let input = Tensor.randomNormal(shape, mean: 3, deviation: 2, from: RandomSource(seed: 3))
        let gain = norm.weight.detached.floatArray, bias = norm.bias.detached.floatArray
        let expected = rows(of: input).flatMap { row in
            let mean = row.reduce(0, +) / Double(width)
            let variance = row.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(width)
            return row.indices.map {
                Float((row[$0] - mean) / (variance + 1e-3).squareRoot() * Double(gain[$0]) + Double(bias[$0]))
            }
        }
        expectClose(norm(input), expected, shape: shape, tolerance: 5e-6)
    }

    @Test("root-mean-square normalisation follows its formula", arguments: [[1, 1], [3, 7], [2, 3, 65]])
    func rmsNorm(shape: [Int]) throws {
        let width = try #require(shape.last)
        let norm = RMSNorm(width: width, epsilon: 1e-3)
        norm.weight.value = .randomNormal([width], from: RandomSource(seed: 1))
        let input = Tensor.randomNormal(shape, mean: 1, from: RandomSource(seed: 3))
        let gain = norm.weight.detached.floatArray
        let expected = rows(of: input).flatMap { row in
            let square = row.reduce(0) { $0 + $1 * $1 } / Double(width)
            return row.indices.map { Float(row[$0] / (square + 1e-3).squareRoot() * Double(gain[$0])) }
        }
        expectClose(norm(input), expected, shape: shape, tolerance: 5e-6)
    }

    @Test("begins with ones and zeros under torch's names")
    func start() {
        let layer = LayerNorm(width: 3, epsilon: 1e-12), rms = RMSNorm(width: 2)
        #expect(layer.namedParameters.map(\.path) == ["weight", "bias"])
        #expect(rms.namedParameters.map(\.path) == ["weight"])
        expectClose(layer.weight.detached, [1, 1, 1], shape: [3])
        expectClose(layer.bias.detached, [0, 0, 0], shape: [3])
        expectClose(rms.weight.detached, [1, 1], shape: [2])
        #expect(layer.epsilon == 1e-12)
    }

    @Test("gradients of layer normalisation agree with finite differences")
    func layerNormGradients() {
        let norm = LayerNorm(width: 9)
        norm.weight.value = .randomNormal([9], from: RandomSource(seed: 5))
        let input = Parameter(.randomNormal([4, 9], from: RandomSource(seed: 6)))
        expectGradients(of: [input, norm.weight, norm.bias]) { norm(input.value) }
    }

    @Test("gradients of root-mean-square normalisation agree with finite differences")
    func rmsNormGradients() {
        let norm = RMSNorm(width: 9)
        norm.weight.value = .randomNormal([9], from: RandomSource(seed: 5))
        let input = Parameter(.randomNormal([4, 9], from: RandomSource(seed: 6)))
        expectGradients(of: [input, norm.weight]) { norm(input.value) }
    }

    private func rows(of tensor: Tensor) -> [[Double]] {
        let values = tensor.floatArray.map(Double.init), width = tensor.shape[tensor.rank - 1]
        return stride(from: 0, to: values.count, by: width).map { Array(values[$0..<$0 + width]) }
    }
}
