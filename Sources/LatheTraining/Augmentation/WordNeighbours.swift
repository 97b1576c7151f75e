import LatheNN
import LatheTensor

/// The words whose embeddings point into nearly the direction of another's (by the cosine between them).
struct WordNeighbours {
    /// Words that are compared with all others at once.
    private static let batchSize = 64

    private let words: WholeWords
    /// `[rows, width]`
    private let table: Tensor
    /// The rows of whole words, of length 1: `[words, width]`.
    private let directions: Tensor
    private let count: Int
    private var known: [String: [String]] = [:]

    init(_ embedding: Embedding, _ words: WholeWords, count: Int) {
        switch embedding.weight {
        case .packed(let weight): table = weight.unpacked
        case .dense(let parameter): table = parameter.detached
        case .transformed(let weight): table = weight.parameter.detached
        }
        let rows = table.gathered(Tensor(words.ids))
        directions = rows / (rows.squared().sum(axis: 1, keepingAxis: true).squareRoot() + 1e-12)
        (self.words, self.count) = (words, count)
    }

    /// The nearest words of each word, nearest first. Of a word in several pieces, the mean of their embeddings counts.
    /// - Parameter wanted: words with their pieces' ids.
    mutating func candidates(for wanted: [(word: String, pieces: [Int32])]) -> [[String]] {
        var missing: [(word: String, pieces: [Int32])] = []
        for item in wanted where known.updateValue(known[item.word] ?? [], forKey: item.word) == nil {
            missing.append(item)
        }
        for start in stride(from: 0, to: missing.count, by: Self.batchSize) {
            let batch = missing[start..<min(start + Self.batchSize, missing.count)]
            let queries = batch.map { table.gathered(Tensor($0.pieces)).mean(axis: 0, keepingAxis: true) }
            let scores = Tensor.concatenated(queries).matmul(directions, transposingOther: true).floatArray,
                width = words.ids.count
            for (row, item) in batch.enumerated() {
                known[item.word] = words.best(count, without: item.word) { scores[row * width + $0] }
            }
        }
        return wanted.map { known[$0.word] ?? [] }
    }
}
