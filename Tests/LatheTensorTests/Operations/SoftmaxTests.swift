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
        // The rounding of a row's sum moves all of its logarithms at once, which drowns finite differences of long rows.
        let x = Parameter(numbers(shape)), weights = numbers(shape, seed: 2), w = Reference(weights), y = softmax(Reference(x.detached))
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
        expectClose(x.logSoftmax(), Reference(shape: [1, 4], values: [log(a), log(a), log(a) - 2000, log(a) - 1]), .rounding)
    }

    @Test("A masked value gets no share, and a row of masked values none at all")
    func masked() {
        let x = Tensor([0.0, -.infinity, 0, -.infinity, -.infinity, -.infinity], shape: [2, 3])
        expectClose(x.softmax(), Tensor([0.5, 0, 0.5, 0, 0, 0], shape: [2, 3]), .rounding)
    }
}

@Suite("Cross-entropy")
struct CrossEntropyTests {
    private func expected(_ logits: Tensor, _ labels: [Int32], ignoring ignored: Int32 = -100, smoothing: Double = 0) -> Reference {
        let columns = logits.shape[logits.rank - 1]
        let logarithms = softmax(Reference(logits)).map { log($0) }.values
        let losses = labels.enumerated().filter { $0.1 != ignored }.map { row, label -> Double in
            let row = Array(logarithms[row * columns..<(row + 1) * columns])
            return -(1 - smoothing) * row[Int(label)] - smoothing * row.reduce(0, +) / Double(columns)
        }
        return Reference(shape: [], values: [losses.isEmpty ? 0 : losses.reduce(0, +) / Double(losses.count)])
    }

    private func labels(_ count: Int, classes: Int) -> Tensor { wholeNumbers([count], seed: 9, below: classes) }

    @Test("The loss is the mean over rows, with and without smoothing", arguments: [(1, 2), (7, 3), (5, 17), (67, 1001), (40_001, 2)], [0, 0.1])
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
