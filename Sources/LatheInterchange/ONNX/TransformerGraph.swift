import LatheModels
import LatheNN
import LatheTensor

extension GraphBuilder {
    /// What hides a token from attention.
    static let hidden = -Float.greatestFiniteMagnitude

    /// The context of every token, `[batch, tokens, inner]`.
    /// - Parameters:
    ///   - query: `[batch, tokens, inner]`, and so are key and value; the heads side by side.
    ///   - width: `inner`.
    ///   - mask: added to the scores `[batch, heads, tokens, tokens]`.
    func attend(query: GraphValue, key: GraphValue, value: GraphValue, heads: Int, width: Int, mask: GraphValue) -> GraphValue {
        let size = width / heads
        func split(_ value: GraphValue, _ order: [Int]) -> GraphValue { transpose(reshape(value, [0, 0, heads, size]), order) }
        let scaled = add("Mul", split(query, [0, 2, 1, 3]), constant(1 / Float(size).squareRoot()))
        let scores = add("Add", add("MatMul", scaled, split(key, [0, 2, 3, 1])), mask)
        let shares = add("Softmax", scores, attributes: [.int("axis", -1)])
        return reshape(transpose(add("MatMul", shares, split(value, [0, 2, 1, 3])), [0, 2, 1, 3]), [0, 0, width])
    }

    /// Numbers added to attention's scores, `[batch, 1, 1, tokens]`: 0 for tokens, `hidden` for padding.
    /// - Parameter mask: int64 `[batch, tokens]`, 1 for tokens, 0 for padding.
    func keyMask(_ mask: GraphValue) -> GraphValue {
        let wide = cast(add("Unsqueeze", mask, constant([1, 2])), to: .float)
        return add("Mul", add("Sub", constant(1), wide), constant(Self.hidden))
    }

    /// BERT's layers on `[batch, tokens, hidden]`.
    /// - Parameter mask: see `attend`; nil where all tokens are seen.
    /// - Throws: `ExportError`.
    func encode(_ encoder: Encoder, _ input: GraphValue, mask: GraphValue?, activation: Activation) throws -> GraphValue {
        let mask = mask ?? constant(0)
        return try encoder.layers.reduce(input) { hidden, layer in
            let attention = layer.attention
            let (query, key, value) = try (linear(attention.query, hidden), linear(attention.key, hidden), linear(attention.value, hidden))
            let context = within(attention) {
                attend(query: query, key: key, value: value, heads: attention.heads, width: attention.value.outputs, mask: mask)
            }
            let attended = normalize(layer.attentionNorm, try linear(layer.attentionOutput, context, residual: hidden))
            let expanded = try linear(layer.intermediate, attended, activation: activation)
            return normalize(layer.outputNorm, try linear(layer.output, expanded, residual: attended))
        }
    }

    /// The first token of each sequence, `[batch, hidden]`.
    func firstTokens(_ hidden: GraphValue) -> GraphValue {
        add("Gather", hidden, constant(Tensor(int64: [0], shape: [])), attributes: [.int("axis", 1)])
    }
}
