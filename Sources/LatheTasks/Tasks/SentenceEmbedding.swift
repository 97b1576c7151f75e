import LatheModels
import LatheTensor

/// Turns texts into vectors whose products tell how similar they are, as sentence-transformers models do: the mean of the hidden states of a text's tokens,
/// scaled to length 1 (Reimers & Gurevych, arXiv:1908.10084).
public struct SentenceEmbedding {
    private static let batchSize = 32
    private let model: BertModel

    public init(_ model: BertModel) {
        self.model = model
    }

    /// One vector of length 1 and `hidden` numbers for each text. Runs as inference.
    /// - Parameters:
    ///   - texts: tokenized for the encoder.
    ///   - report: hears how many texts are done.
    /// - Throws: `TaskError` when model and tokenizer do not fit.
    public func vectors(for texts: TokenizedTexts, report: (Int) -> Void = { _ in }) throws -> [[Float]] {
        if let token = texts.ids.lazy.flatMap({ $0 }).first(where: { $0 >= model.configuration.vocabularySize }) {
            throw TaskError.tokenOutOfRange(token: token, vocabularySize: model.configuration.vocabularySize)
        }
        var vectors = [[Float]](repeating: [], count: texts.count), done = 0
        withInference {
            for batch in texts.batches(of: Self.batchSize) {
                let hidden = model(texts.batch(batch)).hidden
                var start = 0
                for index in batch {
                    let length = texts.ids[index].count
                    vectors[index] = Self.normalized(hidden.sliced(start..<start + length, axis: 1).mean(axis: 1))
                    start += length
                }
                done += batch.count
                report(done)
            }
        }
        return vectors
    }

    private static func normalized(_ mean: Tensor) -> [Float] {
        (mean * (1 / max(mean.sumOfSquares().squareRoot(), 1e-12))).floatArray
    }
}
