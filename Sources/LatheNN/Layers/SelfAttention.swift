import LatheTensor

/// Multi-head self-attention (Vaswani et al., arXiv:1706.03762) without the projection of its result, which models name
/// differently.
///
/// `softmax(scale · Q Kᵀ + mask) V`, with Q, K and V from three linear layers that share one input.
public final class SelfAttention: Module {
    /// weight `[inner, width]`, bias `[inner]`
    @Child("query") public var query: Linear
    /// weight `[inner, width]`, bias `[inner]`
    @Child("key") public var key: Linear
    /// weight `[inner, width]`, bias `[inner]`
    @Child("value") public var value: Linear
    /// The number of heads; each takes `inner / heads` consecutive outputs of the three layers.
    public var heads: Int
    /// The share of the attention probabilities that is dropped in training.
    public var dropout: Float
    /// Whether a token sees only itself and those before it.
    public var isCausal: Bool

    /// - Parameters:
    ///   - width: of a token, and of all heads together.
    ///   - heads: divides `width`.
    ///   - dropout: the share of the attention probabilities that is dropped in training.
    ///   - isCausal: whether a token sees only itself and those before it.
    ///   - hasBias: whether the three layers have one.
    ///   - names: what the three layers are called where it is not `query`, `key`, `value`.
    public init(
        width: Int, heads: Int, dropout: Float = 0, isCausal: Bool = false, hasBias: Bool = true,
        names: (query: String, key: String, value: String) = ("query", "key", "value")
    ) {
        precondition(heads > 0 && width % heads == 0, "a width of \(width) does not split into \(heads) heads")
        self.heads = heads
        self.dropout = dropout
        self.isCausal = isCausal
        (_query, _key, _value) = (Child(names.query), Child(names.key), Child(names.value))
        query = Linear(inputs: width, outputs: width, hasBias: hasBias)
        key = Linear(inputs: width, outputs: width, hasBias: hasBias)
        value = Linear(inputs: width, outputs: width, hasBias: hasBias)
    }

    /// The context of every token, `[batch, tokens, inner]`, the heads side by side, for `[batch, tokens, width]`.
    public func callAsFunction(_ input: Tensor, layout: TokenLayout = .full) -> Tensor {
        let input = LinearInput(input)
        return .attention(query: query(input), key: key(input), value: value(input), options: options(layout))
    }

    /// As above, and the scores as well: scaled and masked, before the softmax, `[batch, heads, tokens, tokens]`; of
    /// joined sequences one flat tensor (see `Tensor.attentionWithScores`).
    public func withScores(_ input: Tensor, layout: TokenLayout = .full) -> (context: Tensor, scores: Tensor) {
        let input = LinearInput(input)
        let (context, scores) = Tensor.attentionWithScores(
            query: query(input), key: key(input), value: value(input), options: options(layout))
        return (context, scores)
    }

    private func options(_ layout: TokenLayout) -> AttentionOptions {
        var options = AttentionOptions(heads: heads, layout: layout)
        options.isCausal = isCausal
        options.precision = query.attentionPrecision
        options.dropout = Execution.current.isTraining ? dropout : 0
        return options
    }
}
