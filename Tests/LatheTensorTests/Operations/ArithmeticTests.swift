import LatheTensor
import Testing

/// Pairs of shapes that broadcast, with every pattern of repeated and missing axes, at sizes 1, odd and prime.
private let broadcastShapes: [([Int], [Int])] = [
    ([], []), ([1], []), ([7], [7]), ([7], [1]), ([1], [7]), ([], [3, 5]), ([3, 5], []),
    ([3, 5], [5]), ([3, 5], [1, 5]), ([3, 5], [3, 1]), ([3, 1], [1, 5]), ([1, 5], [3, 1]), ([5], [3, 5]),
    ([2, 3, 5], [2, 1, 5]), ([2, 3, 5], [1, 3, 1]), ([2, 3, 5], [3, 5]), ([2, 3, 5], [3, 1]), ([2, 3, 5], [2, 1, 1]),
    ([2, 1, 5], [1, 3, 1]), ([2, 1, 5, 1], [3, 1, 7]), ([2, 3, 1, 1], [2, 3, 5, 7]), ([1, 1, 1], [2, 3]),
    ([2, 1, 3], [2, 1, 1]), ([5, 1], [1, 1]), ([67, 129], [129]), ([67, 129], [67, 1]),
]

@Suite("Arithmetic")
struct ArithmeticTests {
    private func check(_ operation: (Tensor, Tensor) -> Tensor, _ formula: (Double, Double) -> Double) {
        for (left, right) in broadcastShapes {
            let a = numbers(left, seed: 1), b = numbers(right, seed: 2, in: 0.5...2)
            let x = Reference(a), y = Reference(b)
            let shape = broadcastShape(left, right)
            let expected = Reference(shape) { formula(x.broadcast(at: $0), y.broadcast(at: $0)) }
            expectClose(operation(a, b), expected, .rounding, "\(left) and \(right)")
        }
    }

    private func broadcastShape(_ left: [Int], _ right: [Int]) -> [Int] {
        let rank = max(left.count, right.count)
        func size(_ shape: [Int], _ axis: Int) -> Int {
            axis < rank - shape.count ? 1 : shape[axis - rank + shape.count]
        }
        return (0..<rank).map { max(size(left, $0), size(right, $0)) }
    }

    private func checkGradients(_ operation: (Tensor, Tensor) -> Tensor) {
        for (left, right) in broadcastShapes where left.elementCount * right.elementCount < 10_000 {
            expectGradientsMatch([numbers(left, seed: 1), numbers(right, seed: 2, in: 0.5...2)]) {
                operation($0[0], $0[1])
            }
        }
    }

    @Test("Sums broadcast") func sums() { check(+, +) }
    @Test("Differences broadcast") func differences() { check(-, -) }
    @Test("Products broadcast") func products() { check(*, *) }
    @Test("Quotients broadcast") func quotients() { check(/, /) }

    @Test("Sums have the right gradients") func sumGradients() { checkGradients(+) }
    @Test("Differences have the right gradients") func differenceGradients() { checkGradients(-) }
    @Test("Products have the right gradients") func productGradients() { checkGradients(*) }
    @Test("Quotients have the right gradients") func quotientGradients() { checkGradients(/) }

    @Test("Numbers can stand on the right of every operator, and left of a product")
    func numbersAsOperands() {
        let x = numbers([3, 5]), reference = Reference(x)
        expectClose(x + 1.5, reference.map { $0 + 1.5 }, .rounding)
        expectClose(x - 1.5, reference.map { $0 - 1.5 }, .rounding)
        expectClose(x * 1.5, reference.map { $0 * 1.5 }, .rounding)
        expectClose(x / 1.5, reference.map { $0 / 1.5 }, .rounding)
        expectClose(1.5 * x, reference.map { $0 * 1.5 }, .rounding)
        expectClose(-x, reference.map { -$0 }, .exact)
    }

    @Test("Operators with numbers have the right gradients")
    func gradientsWithNumbers() {
        expectGradientsMatch([numbers([3, 5])]) { x in -((2 * x[0] + 1) * 3 - 4) / 5 }
    }

    @Test("Arrays longer than one chunk are computed to the end", arguments: [16_384, 16_385, 50_021])
    func long(count: Int) {
        let a = numbers([count], seed: 1), b = numbers([count], seed: 2)
        let x = Reference(a), y = Reference(b)
        expectClose(a * b, Reference([count]) { x[$0] * y[$0] }, .rounding)
        expectClose(a + Tensor(0.5), Reference([count]) { x[$0] + 0.5 }, .rounding)
    }

    @Test("Tensors without elements give tensors without elements")
    func empty() {
        #expect((Tensor.zeros([0, 3]) + Tensor.ones([3])).shape == [0, 3])
        #expect((Tensor.zeros([0]) * Tensor(2)).shape == [0])
    }

    @Test("Shapes that do not broadcast are refused")
    func refused() async {
        await #expect(processExitsWith: .failure) { _ = Tensor.zeros([2, 3]) + Tensor.zeros([2]) }
    }
}
