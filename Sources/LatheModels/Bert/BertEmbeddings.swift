import LatheNN
import LatheTensor

/// The sum of word, position and (DistilBERT has none) token-type embeddings, normalised.
package final class BertEmbeddings: Module {
    @Child("word_embeddings") package var words: Embedding
    @Child("position_embeddings") package var positions: Embedding
    @Child("token_type_embeddings") package var tokenTypes: Embedding?
    @Child("LayerNorm") package var norm: LayerNorm
    private let dropout: Dropout
    private let configuration: BertConfiguration

    package init(_ configuration: BertConfiguration) {
        let width = configuration.encoder.hiddenSize
        self.configuration = configuration
        dropout = Dropout(rate: configuration.encoder.hiddenDropout)
        words = Embedding(rows: configuration.vocabularySize, width: width, paddingIndex: configuration.paddingToken)
        // RoBERTa's padding has a position of its own, which is not trained either.
        positions = Embedding(
            rows: configuration.positionCount, width: width,
            paddingIndex: configuration.family == .roberta ? configuration.paddingToken : nil)
        tokenTypes =
            configuration.family.hasTokenTypes ? Embedding(rows: configuration.tokenTypeCount, width: width) : nil
        norm = LayerNorm(width: width, epsilon: configuration.encoder.layerNormEpsilon)
    }

    /// `[batch, tokens, hidden]` for the tokens of a batch, laid out as they are.
    package func callAsFunction(_ batch: TokenBatch) -> Tensor {
        precondition(
            batch.longest <= configuration.longestSequence,
            "\(batch.longest) tokens, but the model has \(configuration.longestSequence) positions")
        var fixed = positions(positionIDs(of: batch))
        if let tokenTypes {
            fixed = fixed + tokenTypes(batch.tokenTypes ?? Tensor([Int32](repeating: 0, count: 1), shape: [1, 1]))
        }
        return dropout(norm(words(batch.ids) + fixed))
    }

    private func positionIDs(of batch: TokenBatch) -> Tensor {
        guard configuration.family == .roberta else { return batch.positions }
        // As in Hugging Face: tokens are counted from behind the padding token's id on, padding has that id itself,
        // also where it stands in a text.
        let padding = Int32(configuration.paddingToken), ids = batch.ids.int32Array
        var positions: [Int32] = []
        positions.reserveCapacity(ids.count)
        for length in batch.lengths {
            var position = padding
            for id in ids[positions.count..<positions.count + length] {
                if id != padding { position += 1 }
                positions.append(id == padding ? padding : position)
            }
        }
        return Tensor(positions, shape: batch.ids.shape)
    }
}
