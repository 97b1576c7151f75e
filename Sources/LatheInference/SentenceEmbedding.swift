import LatheModels
import LatheTensor
import LatheTraining

/// Turns texts into vectors whose products tell how similar they are, as sentence-transformers models do: the hidden
/// states of a text's tokens, pooled (Reimers & Gurevych, arXiv:1908.10084).
public struct SentenceEmbedding {
    private static let batchSize = 32
    private let model: any TextEncoder
    private let pooling: [SentenceModules.Pooling]
    private let normalizes: Bool
    private let width: Int?

    /// - Parameters:
    ///   - model: computes the hidden states.
    ///   - pooling: what the vectors consist of, one after the other.
    ///   - normalizes: whether they are scaled to length 1.
    ///   - width: the dimensions that are kept after that, from the first on; `nil` for all.
    package init(
        _ model: any TextEncoder, pooling: [SentenceModules.Pooling] = [.mean], normalizes: Bool = true,
        width: Int? = nil
    ) {
        (self.model, self.pooling, self.normalizes, self.width) = (model, pooling, normalizes, width)
    }

    /// One vector for each text: `hidden` numbers for each way of pooling, or the first `width` of them. Runs as
    /// inference.
    /// - Parameters:
    ///   - texts: tokenized for the encoder.
    ///   - report: hears how many texts are done.
    /// - Throws: `TaskError` when model and tokenizer do not fit.
    public func vectors(for texts: TokenizedTexts, report: (Int) -> Void = { _ in }) throws -> [[Float]] {
        if let token = texts.ids.lazy.flatMap({ $0 }).first(where: { $0 >= model.vocabularySize }) {
            throw TaskError.tokenOutOfRange(token: token, vocabularySize: model.vocabularySize)
        }
        var vectors = [[Float]](repeating: [], count: texts.count), done = 0
        withInference {
            for batch in texts.batches(of: Self.batchSize) {
                let hidden = model.hiddenStates(texts.batch(batch))
                var start = 0
                for index in batch {
                    let length = texts.ids[index].count
                    vectors[index] = vector(of: hidden.sliced(start..<start + length, axis: 1))
                    start += length
                }
                done += batch.count
                report(done)
            }
        }
        return vectors
    }

    /// The vector of a text with these hidden states, `[1, tokens, hidden]`.
    private func vector(of hidden: Tensor) -> [Float] {
        let parts = pooling.map { Self.pooled(hidden, $0) },
            vector = parts.count == 1 ? parts[0] : .concatenated(parts, axis: 1)
        let values = (normalizes ? vector * (1 / max(vector.sumOfSquares().squareRoot(), 1e-12)) : vector).floatArray
        return width.map { Array(values.prefix($0)) } ?? values
    }

    /// `[1, hidden]` of `[1, tokens, hidden]`.
    private static func pooled(_ hidden: Tensor, _ pooling: SentenceModules.Pooling) -> Tensor {
        let count = hidden.shape[1], width = hidden.shape[2]
        switch pooling {
        case .first: return hidden.sliced(0..<1, axis: 1).reshaped([1, width])
        case .last: return hidden.sliced(count - 1..<count, axis: 1).reshaped([1, width])
        case .mean: return hidden.mean(axis: 1)
        case .meanOfSquareRoot: return hidden.mean(axis: 1) * Float(count).squareRoot()
        case .max:
            let values = hidden.floatArray
            let largest = (0..<width).map { column in
                (0..<count).reduce(-Float.infinity) { max($0, values[$1 * width + column]) }
            }
            return Tensor(largest, shape: [1, width])
        case .weightedMean:
            let weights = Tensor((1...count).map { Float($0) }, shape: [1, count, 1]),
                total = Float(count * (count + 1) / 2)
            return (hidden * weights).mean(axis: 1) * (Float(count) / total)
        }
    }
}
