import LatheNN
import LatheTensor

/// GPT-2 without its output layer. Names as in Hugging Face's `GPT2Model`.
public final class GPT2Model: Module {
    @Child("wte") public var words: Embedding
    @Child("wpe") public var positions: Embedding
    @Child("h") package var blocks: [GPT2Block]
    @Child("ln_f") public var norm: LayerNorm
    public let configuration: GPT2Configuration
    private let dropout: Dropout

    public init(_ configuration: GPT2Configuration) {
        self.configuration = configuration
        dropout = Dropout(rate: configuration.embeddingDropout)
        words = Embedding(rows: configuration.vocabularySize, width: configuration.hiddenSize)
        positions = Embedding(rows: configuration.positionCount, width: configuration.hiddenSize)
        blocks = (0..<configuration.layerCount).map { _ in GPT2Block(configuration) }
        norm = LayerNorm(width: configuration.hiddenSize, epsilon: configuration.layerNormEpsilon)
    }

    /// The hidden state of every token, `[batch, tokens, hidden]`, and what else is `wanted`.
    public func callAsFunction(_ batch: TokenBatch, capturing wanted: CapturedOutputs = []) -> TransformerOutput {
        var output = TransformerOutput(hidden: embedded(batch))
        if wanted.isEmpty {
            let parts = SequenceParts(output.hidden, batch.layout, for: blocks.first?.expansion)
            output.hidden = norm(
                parts.pass(output.hidden, through: blocks) { block, hidden, layout in block(hidden, layout: layout) })
            return output
        }
        for block in blocks {
            if wanted.contains(.hiddenStates) { output.hiddenStates.append(output.hidden) }
            if wanted.contains(.attentionScores) {
                let (hidden, scores) = block.withScores(output.hidden, layout: batch.layout)
                output.hidden = hidden
                output.attentionScores.append(scores)
            } else {
                output.hidden = block(output.hidden, layout: batch.layout)
            }
        }
        output.hidden = norm(output.hidden)
        if wanted.contains(.hiddenStates) { output.hiddenStates.append(output.hidden) }
        return output
    }

    /// What the first block gets, `[batch, tokens, hidden]`.
    func embedded(_ batch: TokenBatch) -> Tensor {
        check(batch.longest)
        return dropout(words(batch.ids) + positions(batch.positions))
    }

    /// The hidden states `[1, tokens, hidden]` of `ids`, which go on where the text in `cache` ends.
    func callAsFunction(_ ids: [Int32], continuing cache: [KeyValueCache]) -> Tensor {
        let past = cache.first?.count ?? 0
        check(past + ids.count)
        let places = Tensor((past..<past + ids.count).map { Int32($0) })
        let embedded = words(Tensor(ids, shape: [1, ids.count])) + positions(places)
        return norm(zip(blocks, cache).reduce(embedded) { hidden, layer in layer.0(hidden, continuing: layer.1) })
    }

    private func check(_ tokens: Int) {
        precondition(tokens <= positions.rows, "\(tokens) tokens, but the model has \(positions.rows) positions")
    }
}
