import Foundation
import LatheTensor
import Testing

@Suite("Cross-entropy")
struct CrossEntropyTests {
    private func expected(_ logits: Tensor, _ labels: [Int32], ignoring ignored: Int32 = -100, smoothing: Double = 0)
        -> Reference
    {
        let columns = logits.shape[logits.rank - 1]
        let logarithms = softmax(Reference(logits)).map { log($0) }.values
        let losses = labels.enumerated().filter { $0.1 != ignored }.map { row, label -> Double in
            let row = Array(logarithms[row * columns..<(row + 1) * columns])
            return -(1 - smoothing) * row[Int(label)] - smoothing * row.reduce(0, +) / Double(columns)
        }
        return Reference(shape: [], values: [losses.isEmpty ? 0 : losses.reduce(0, +) / Double(losses.count)])
    }

    private func labels(_ count: Int, classes: Int) -> Tensor { wholeNumbers([count], seed: 9, below: classes) }

    @Test(
        "The loss is the mean over rows, with and without smoothing",
        arguments: [(1, 2), (7, 3), (5, 17), (67, 1001), (40_001, 2)], [0, 0.1])
    func values(size: (Int, Int), smoothing: Double) {
        let logits = numbers([size.0, size.1]), labels = labels(size.0, classes: size.1)
        let result = logits.crossEntropy(labels, smoothing: Float(smoothing))
        expectClose(result, expected(logits, labels.int32Array, smoothing: smoothing), .sum)
    }

    @Test("Leading axes of logits and labels may be several")
    func leadingAxes() {
        let logits = numbers([2, 3, 5]), labels = labels(6, classes: 5)
        let flat = logits.reshaped([6, 5]).crossEntropy(labels)
        expectClose(logits.crossEntropy(labels.reshaped([2, 3])), flat, .exact)
    }

    @Test("Ignored rows count neither in the sum nor in the mean", arguments: [-100, 0] as [Int32])
    func ignored(label: Int32) {
        let logits = numbers([5, 3])
        let labels = [2, label, 1, label, 2]
        let result = logits.crossEntropy(Tensor(labels), ignoring: label, smoothing: 0.25)
        expectClose(result, expected(logits, labels, ignoring: label, smoothing: 0.25), .sum)
    }

    @Test("When every row is ignored, the loss and its gradient are zero")
    func allIgnored() {
        let logits = Parameter(numbers([5, 3]))
        let loss = logits.value.crossEntropy(Tensor([Int32](repeating: -100, count: 5)))
        #expect(loss.scalar == 0)
        loss.backward()
        expectClose(logits.gradient ?? .zeros([]), Tensor.zeros([5, 3]), .exact)
    }

    @Test("Gradients are right with ignored rows and smoothing", arguments: [0, 0.25] as [Float])
    func gradients(smoothing: Float) {
        let labels = Tensor([Int32(2), -100, 1, 0, 4, -100, 3])
        expectGradientsMatch([numbers([7, 5])]) { $0[0].crossEntropy(labels, smoothing: smoothing) }
        expectGradientsMatch([numbers([1, 67])]) { $0[0].crossEntropy(Tensor([Int32(66)]), smoothing: smoothing) }
    }

    @Test("The gradient of an ignored row is zero")
    func ignoredGradient() {
        let logits = Parameter(numbers([2, 3]))
        logits.value.crossEntropy(Tensor([Int32(-100), 1]), smoothing: 0.1).backward()
        #expect(logits.gradient?.selected(0).floatArray == [0, 0, 0])
    }

    @Test("Labels that name no class, or are too few, are refused")
    func refused() async {
        await #expect(processExitsWith: .failure) { _ = Tensor.zeros([1, 3]).crossEntropy(Tensor([Int32(3)])) }
        await #expect(processExitsWith: .failure) { _ = Tensor.zeros([1, 3]).crossEntropy(Tensor([Int32(-1)])) }
        await #expect(processExitsWith: .failure) { _ = Tensor.zeros([2, 3]).crossEntropy(Tensor([Int32(1)])) }
    }
}
