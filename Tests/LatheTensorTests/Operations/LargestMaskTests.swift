import LatheTensor
import LatheTestFiles
import Testing

@Suite("Masks of the largest elements")
struct LargestMaskTests {
    @Test(
        "The largest elements are marked, the first among equal ones",
        .tags(.slow), .unlessQuick, arguments: [1, 7, 1_000, 70_001], [0, 1, 3, 10])
    func largest(count: Int, distinct: Int) {
        // A few distinct values make ties; 0 makes none. Zeros have both signs.
        let random = Tensor.randomNormal([count], from: RandomSource(seed: 3))
        let values = random.floatArray.map {
            distinct == 0 ? $0 : ($0 * Float(distinct)).rounded() / Float(distinct) * ($0 < 0 ? -1 : 1) - 0.5
        }
        let order = values.indices.sorted { (-values[$0], $0) < (-values[$1], $1) }
        for kept in Set([0, 1, count / 3, count / 2, count - 1, count]) {
            var expected = [Double](repeating: 0, count: count)
            for index in order.prefix(kept) { expected[index] = 1 }
            expectClose(
                Tensor(values).largestMask(keeping: kept), Reference(shape: [count], values: expected), .exact,
                "\(kept) of \(count)")
        }
    }

    @Test("Infinities and both zeros are ordered as numbers")
    func specialValues() {
        let values = Tensor([-.infinity, -0.0, 1, 0.0, .infinity, -3] as [Float])
        #expect(values.largestMask(keeping: 3).floatArray == [0, 1, 1, 0, 1, 0])
        #expect(values.largestMask(keeping: 5).floatArray == [0, 1, 1, 1, 1, 1])
    }

    @Test("The gradient passes straight through to all elements")
    func gradient() {
        let scores = Parameter(numbers([4, 5])), gradient = numbers([4, 5], seed: 2)
        scores.value.largestMask(keeping: 7).backward(from: gradient)
        expectClose(scores.gradient ?? .zeros([]), gradient, .exact)
    }

    @Test("Every run along the last axis keeps its largest elements")
    func runs() {
        let scores = Tensor([3, 1, 2, 4, 5, 5, 5, 5, -1, -2, -3, -4] as [Float], shape: [1, 12])
        #expect(scores.largestMask(keeping: 2, inEvery: 4).floatArray == [1, 0, 0, 1, 1, 1, 0, 0, 1, 1, 0, 0])
        let mask = numbers([6, 40]).largestMask(keeping: 3, inEvery: 8)
        #expect(mask.reshaped([30, 8]).sum(axis: 1).floatArray == [Float](repeating: 3, count: 30))
    }

    @Test("Blocks are averaged, and spread out again", arguments: [(4, 1), (1, 4), (2, 3)])
    func blocks(rows: Int, columns: Int) {
        let scores = numbers([8, 12]), means = scores.blockMeans(rows: rows, columns: columns),
            values = Reference(scores)
        let expected = Reference([8 / rows, 12 / columns]) { block in
            let members = (0..<rows).flatMap { row in
                (0..<columns).map { values[block[0] * rows + row, block[1] * columns + $0] }
            }
            return members.reduce(0, +) / Double(rows * columns)
        }
        expectClose(means, expected, .sum)
        let blocks = Reference(means)
        expectClose(
            means.expandedBlocks(rows: rows, columns: columns),
            Reference([8, 12]) { blocks[$0[0] / rows, $0[1] / columns] }, .exact)
    }
}
