import LatheNN
import LatheTensor

/// The sum of word, position and token-type embeddings, normalised.
public final class BertEmbeddings: Module {
    @Child("word_embeddings") public var words: Embedding
    @Child("position_embeddings") public var positions: Embedding
    @Child("token_type_embeddings") public var tokenTypes: Embedding
    @Child("LayerNorm") public var norm: LayerNorm
    private let dropout: Dropout

    public init(_ configuration: BertConfiguration) {
        let width = configuration.encoder.hiddenSize
        dropout = Dropout(rate: configuration.encoder.hiddenDropout)
        words = Embedding(rows: configuration.vocabularySize, width: width, paddingIndex: configuration.paddingToken)
        positions = Embedding(rows: configuration.positionCount, width: width)
        tokenTypes = Embedding(rows: configuration.tokenTypeCount, width: width)
        norm = LayerNorm(width: width, epsilon: configuration.encoder.layerNormEpsilon)
    }

    /// `[batch, tokens, hidden]` for int32 ids `[batch, tokens]`; token types default to 0.
    public func callAsFunction(_ ids: Tensor, tokenTypes types: Tensor? = nil) -> Tensor {
        let tokens = ids.shape[1]
        precondition(tokens <= positions.rows, "\(tokens) tokens, but the model has \(positions.rows) positions")
        let position = positions(Tensor((0..<Int32(tokens)).map { $0 }))
        let type = tokenTypes(types ?? Tensor([Int32](repeating: 0, count: 1), shape: [1, 1]))
        return dropout(norm(words(ids) + (position + type)))
    }
}
