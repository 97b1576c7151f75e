import LatheTensor
import Testing

@Suite("Binary cross-entropy")
struct BinaryCrossEntropyTests {
    @Test("Values agree with torch's binary_cross_entropy_with_logits")
    func values() {
        let logits = Tensor([0.5, -1.25, 3, 0, 8.5, -7.25], shape: [2, 3]),
            targets = Tensor([1, 0, 0.25, 1, 0, 1], shape: [2, 3])
        // The mean of max(x, 0) - x y + log(1 + exp(-|x|)), in double precision.
        #expect(abs(logits.binaryCrossEntropy(targets).scalar - 3.2447757) < 1e-6)
    }

    @Test("Logits far from 0 give neither infinity nor NaN")
    func extremes() {
        let logits = Tensor([200, -200, 200, -200] as [Float], shape: [4]),
            targets = Tensor([1, 0, 0, 1] as [Float], shape: [4])
        #expect(logits.binaryCrossEntropy(targets).scalar == 100)
    }

    @Test("Gradients agree with finite differences", arguments: [[1], [3, 5], [2, 17]])
    func gradients(shape: [Int]) {
        let targets = numbers(shape, seed: 3, in: 0...1)
        expectGradientsMatch([numbers(shape)]) { $0[0].binaryCrossEntropy(targets) }
    }
}
