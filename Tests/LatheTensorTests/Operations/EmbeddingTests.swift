import LatheTensor
import Testing

@Suite("Rows of a table")
struct EmbeddingTests {
    @Test("Each id names a row", arguments: [[], [1], [7], [2, 3], [257]])
    func values(shape: [Int]) {
        for width in [1, 5, 129] {
            let table = numbers([11, width]), ids = wholeNumbers(shape, seed: 3, below: 11)
            let rows = Reference(table), chosen = Reference(ids)
            let expected = Reference(shape + [width]) { rows[Int(chosen[Array($0.dropLast())]), $0[$0.count - 1]] }
            expectClose(table.gathered(ids), expected, .exact)
        }
    }

    @Test("Gradients of repeated ids add up, and rows that were not named get zero")
    func gradients() {
        let ids = Tensor([Int32(4), 0, 4, 2, 4, 0])
        expectGradientsMatch([numbers([5, 3])]) { $0[0].squared().gathered(ids) }
        let table = Parameter(numbers([5, 131]))
        table.value.gathered(ids).sum().backward()
        let counts = [2, 0, 1, 0, 3]
        expectClose(table.gradient ?? .zeros([]), Reference([5, 131]) { Double(counts[$0[0]]) }, .exact)
    }

    @Test("The row for padding gets no gradient, but is looked up")
    func padding() {
        let table = Parameter(numbers([5, 3]))
        let rows = table.value.gathered(Tensor([Int32(1), 4, 1]), paddingRow: 1)
        expectClose(rows.selected(0), table.detached.selected(1), .exact)
        rows.sum().backward()
        let counts = [0, 0, 0, 0, 1]
        expectClose(table.gradient ?? .zeros([]), Reference([5, 3]) { Double(counts[$0[0]]) }, .exact)
    }

    @Test("Ids outside the table are refused")
    func refused() async {
        await #expect(processExitsWith: .failure) { _ = Tensor.zeros([5, 3]).gathered(Tensor([Int32(5)])) }
        await #expect(processExitsWith: .failure) { _ = Tensor.zeros([5, 3]).gathered(Tensor([Int32(-1)])) }
    }
}
