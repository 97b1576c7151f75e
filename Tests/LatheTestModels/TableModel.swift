import LatheModels
import LatheNN
import LatheTensor

/// A language model that knows for each token the one that follows, whatever came before.
public final class TableModel: Module, LanguageModel {
    public let vocabularySize: Int
    public let longestSequence: Int
    private let next: [Int32: Int32]

    /// - Parameter next: the token behind each token; behind others comes token 0.
    public init(vocabularySize: Int, longestSequence: Int = 64, next: [Int32: Int32]) {
        self.vocabularySize = vocabularySize
        self.longestSequence = longestSequence
        self.next = next
    }

    /// A model that says `tokens` one after the other; each must occur once.
    public convenience init(saying tokens: [Int32], vocabularySize: Int, longestSequence: Int = 64) {
        self.init(
            vocabularySize: vocabularySize, longestSequence: longestSequence,
            next: Dictionary(uniqueKeysWithValues: zip(tokens, tokens.dropFirst())))
    }

    private func logits(_ ids: [Int32], shape: [Int]) -> Tensor {
        var values = [Float](repeating: 0, count: ids.count * vocabularySize)
        for (row, id) in ids.enumerated() { values[row * vocabularySize + Int(next[id] ?? 0)] = 10 }
        return Tensor(values, shape: shape + [vocabularySize])
    }

    public func callAsFunction(_ batch: TokenBatch) -> Tensor { logits(batch.ids.int32Array, shape: batch.ids.shape) }
    public func callAsFunction(_ batch: TokenBatch, capturing wanted: CapturedOutputs) -> (
        logits: Tensor, transformer: TransformerOutput
    ) {
        let logits = self(batch)
        return (logits, TransformerOutput(hidden: logits))
    }
    public func makeCache(capacity: Int) -> [KeyValueCache] { [] }
    public func callAsFunction(_ ids: [Int32], continuing cache: [KeyValueCache]) -> Tensor {
        logits(ids, shape: [ids.count])
    }
    public func lastLogits(_ ids: [Int32], continuing cache: [KeyValueCache]) -> Tensor {
        logits(Array(ids.suffix(1)), shape: [])
    }
}
