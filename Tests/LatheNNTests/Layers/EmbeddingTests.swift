import LatheNN
import LatheTensor
import Testing

@Suite("Embedding")
struct EmbeddingTests {
    @Test("looks up the rows that ids name")
    func lookup() {
        let embedding = Embedding(rows: 3, width: 2, initializer: .zeros)
        embedding.table.value = Tensor([0, 1, 10, 11, 20, 21] as [Float], shape: [3, 2])
        expectClose(
            embedding(Tensor([2, 0, 1, 2] as [Int32], shape: [2, 2])), [20, 21, 0, 1, 10, 11, 20, 21], shape: [2, 2, 2])
    }

    @Test("has torch's name and begins normally distributed")
    func start() {
        let embedding = seeded { Embedding(rows: 500, width: 40) }
        #expect(embedding.namedParameters.map(\.path) == ["weight"])
        #expect((embedding.rows, embedding.width) == (500, 40))
        let values = embedding.table.detached
        #expect(abs(values.mean().scalar) < 0.03)
        #expect(abs(values.squared().mean().scalar - 1) < 0.03)
    }

    @Test("adds up the gradients of a row that is looked up twice, and gives zero to one that is not")
    func gradient() throws {
        let embedding = seeded { Embedding(rows: 3, width: 2) }
        embedding(Tensor([1, 1, 0] as [Int32])).backward(from: Tensor([1, 2, 3, 4, 5, 6] as [Float], shape: [3, 2]))
        expectClose(try #require(embedding.table.gradient), [5, 6, 4, 6, 0, 0], shape: [3, 2])
    }

    @Test("gives the padding row a zero gradient, not a missing one, and shows its value", arguments: [0, 1, 2])
    func padding(index: Int) throws {
        let embedding = seeded { Embedding(rows: 3, width: 2, paddingIndex: index) }
        let padding = embedding.table.detached.sliced(index..<index + 1)
        expectClose(padding, [0, 0], shape: [1, 2])
        #expect(embedding.table.detached.largestMagnitude() > 0)

        embedding.table.value = .ones([3, 2])
        let output = embedding(Tensor([0, 1, 2] as [Int32]))
        expectClose(output, [1, 1, 1, 1, 1, 1], shape: [3, 2])
        output.backward(from: .ones([3, 2]))
        let gradient = try #require(embedding.table.gradient)
        for row in 0..<3 {
            expectClose(gradient.sliced(row..<row + 1), row == index ? [0, 0] : [1, 1], shape: [1, 2])
        }
    }

    @Test("shares its weight with a linear layer that holds the same parameter")
    func tied() throws {
        let embedding = seeded { Embedding(rows: 4, width: 3, paddingIndex: 0) }
        let output = Linear(inputs: 3, outputs: 4, hasBias: false)
        output.weight = .dense(embedding.table)
        expectGradients(of: [embedding.table]) { output(embedding(Tensor([1, 3, 2] as [Int32]))) }
    }
}
