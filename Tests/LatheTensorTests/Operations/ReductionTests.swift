import LatheTensor
import Testing

private let shapes = [
    [], [1], [7], [3, 5], [1, 5], [5, 1], [2, 3, 5], [3, 1, 7], [2, 3, 5, 7], [67, 131], [300, 3], [5, 40_000],
]

@Suite("Reductions")
struct ReductionTests {
    @Test("The sum and mean of all elements", arguments: shapes)
    func totals(shape: [Int]) {
        let x = numbers(shape, in: 0...2)
        let sum = Reference(x).values.reduce(0, +)
        expectClose(x.sum(), Reference(shape: [], values: [sum]), .sum)
        expectClose(x.mean(), Reference(shape: [], values: [sum / Double(x.elementCount)]), .sum)
    }

    @Test("The sum and mean along each axis, kept or not", arguments: shapes)
    func axes(shape: [Int]) {
        let x = numbers(shape, in: 0...2), reference = Reference(x)
        for axis in shape.indices {
            let sums = Reference(shape.removing(axis: axis)) { index in
                (0..<shape[axis]).reduce(0) { $0 + reference[index.inserting($1, at: axis)] }
            }
            let means = sums.map { $0 / Double(shape[axis]) }
            var kept = shape
            kept[axis] = 1
            expectClose(x.sum(axis: axis), sums, .sum)
            expectClose(
                x.sum(axis: axis - shape.count, keepingAxis: true), Reference(shape: kept, values: sums.values), .sum)
            expectClose(x.mean(axis: axis), means, .sum)
            expectClose(x.mean(axis: axis, keepingAxis: true), Reference(shape: kept, values: means.values), .sum)
        }
    }

    @Test("Sums and means have the right gradients", arguments: shapes.filter { $0.elementCount < 1000 })
    func gradients(shape: [Int]) {
        let x = numbers(shape)
        expectGradientsMatch([x]) { $0[0].squared().sum() }
        expectGradientsMatch([x]) { $0[0].squared().mean() }
        for axis in shape.indices {
            expectGradientsMatch([x]) { $0[0].squared().sum(axis: axis) }
            expectGradientsMatch([x]) { $0[0].squared().mean(axis: axis, keepingAxis: true) }
        }
    }

    @Test("The gradient of a sum and of a mean reaches every element")
    func ones() {
        let x = Parameter(numbers([3, 5]))
        x.value.sum().backward()
        x.value.mean().backward()
        expectClose(x.gradient ?? .zeros([]), Tensor.full([3, 5], 1 + 1 / 15), .rounding)
    }

    @Test("A sum over an axis of size 0 is zero")
    func empty() {
        expectClose(Tensor.zeros([0, 3]).sum(axis: 0), Tensor.zeros([3]), .exact)
        expectClose(Tensor.zeros([3, 0]).sum(axis: 1), Tensor.zeros([3]), .exact)
        expectClose(Tensor.zeros([2, 0, 3]).sum(axis: 1, keepingAxis: true), Tensor.zeros([2, 1, 3]), .exact)
        #expect(Tensor.zeros([0]).sum().scalar == 0)
    }

    @Test("Extremes, magnitudes and squares of all elements", arguments: [1, 7, 127, 16_384, 40_009])
    func extremes(count: Int) {
        let x = numbers([count]), values = Reference(x).values
        #expect(Double(x.maximum()) == values.max())
        #expect(Double(x.minimum()) == values.min())
        #expect(Double(x.largestMagnitude()) == values.map(abs).max())
        let squares = values.reduce(0) { $0 + $1 * $1 }
        expectClose(Tensor(x.sumOfSquares()), Reference(shape: [], values: [squares]), .sum)
    }

    @Test("Extremes are NaN when any element is")
    func extremesOfNaN() {
        let x = Tensor([1, .nan, 3])
        #expect(x.maximum().isNaN)
        #expect(x.minimum().isNaN)
        #expect(x.largestMagnitude().isNaN)
    }

    @Test("argmax gives the first largest element of each row", arguments: [1, 2, 7, 17, 129, 1000])
    func argmax(columns: Int) {
        let x = (numbers([3, 5, columns]) * 4).roundedStraightThrough(), reference = Reference(x)
        let expected = Reference([3, 5]) { index in
            let row = (0..<columns).map { reference[index + [$0]] }
            return Double(row.firstIndex(of: row.max() ?? 0) ?? 0)
        }
        expectClose(x.argmax(), expected, .exact, dtype: .int32)
    }
}
