import LatheNN
import LatheTensor

/// A transformer of one layer that classifies sequences by their last token.
final class ToyEncoder: Module {
    @Child("embeddings.word_embeddings") var words: Embedding
    @Child("embeddings.position_embeddings") var positions: Embedding
    @Child("embeddings.LayerNorm") var embeddingNorm: LayerNorm
    @Child("attention.self") var attention: SelfAttention
    @Child("attention.output.dense") var projection: Linear
    @Child("attention.output.LayerNorm") var attentionNorm: LayerNorm
    @Child("intermediate.dense") var expansion: Linear
    @Child("output.dense") var contraction: Linear
    @Child("output.LayerNorm") var outputNorm: LayerNorm
    @Child("classifier") var classifier: Linear
    let dropout: Dropout

    init(
        vocabulary: Int, tokens: Int, width: Int, heads: Int, classes: Int, dropout rate: Float = 0,
        paddingIndex: Int? = nil
    ) {
        dropout = Dropout(rate: rate)
        words = Embedding(rows: vocabulary, width: width, paddingIndex: paddingIndex)
        positions = Embedding(rows: tokens, width: width)
        embeddingNorm = LayerNorm(width: width)
        attention = SelfAttention(width: width, heads: heads, dropout: rate)
        projection = Linear(inputs: width, outputs: width)
        attentionNorm = LayerNorm(width: width)
        expansion = Linear(inputs: width, outputs: 2 * width)
        contraction = Linear(inputs: 2 * width, outputs: width)
        outputNorm = LayerNorm(width: width)
        classifier = Linear(inputs: width, outputs: classes)
    }

    /// `[batch, classes]` for ids `[batch, tokens]`.
    func callAsFunction(_ ids: Tensor) -> Tensor {
        let tokens = ids.shape[1]
        let order = positions(Tensor((0..<Int32(tokens)).map { $0 }))
        let embedded = dropout(embeddingNorm(words(ids) + order))
        let attended = attentionNorm(dropout(projection(attention(embedded))) + embedded)
        let hidden = outputNorm(dropout(contraction(expansion(attended, activation: .gelu))) + attended)
        return classifier(hidden.selected(tokens - 1, axis: 1))
    }
}
