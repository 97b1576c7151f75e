import Lathe

/// A classifier of texts of a family that Lathe does not have: attention and a gated feed-forward network (SwiGLU;
/// Shazeer, arXiv:2002.05202), each on a normalised input.
final class GatedClassifier: Module, SequenceClassifier {
    @Child("words") var words: Embedding
    @Child("positions") var positions: Embedding
    @Child("blocks") var blocks: [GatedBlock]
    @Child("norm") var norm: RMSNorm
    @Child("classifier") var classifier: Linear
    var labelCount: Int { classifier.outputs }
    var vocabularySize: Int { words.rows }
    var longestSequence: Int { positions.rows }
    let tokenTypeCount: Int? = nil

    init(_ sizes: GatedSizes) {
        words = Embedding(rows: sizes.vocabularySize, width: sizes.hiddenSize)
        positions = Embedding(rows: sizes.positionCount, width: sizes.hiddenSize)
        blocks = (0..<sizes.blockCount).map { _ in GatedBlock(sizes) }
        norm = RMSNorm(width: sizes.hiddenSize)
        classifier = Linear(inputs: sizes.hiddenSize, outputs: sizes.labelCount)
    }

    /// Logits `[sequences, labels]`.
    func callAsFunction(_ batch: TokenBatch) -> Tensor { self(batch, capturing: []).logits }

    func callAsFunction(_ batch: TokenBatch, capturing wanted: CapturedOutputs) -> (
        logits: Tensor, transformer: TransformerOutput
    ) {
        let embedded = words(batch.ids) + positions(batch.positions)
        let hidden = norm(blocks.reduce(embedded) { hidden, block in block(hidden, layout: batch.layout) })
        return (classifier(hidden.firstTokens(batch.layout)), TransformerOutput(hidden: hidden))
    }
}

final class GatedBlock: Module {
    @Child("attention_norm") var attentionNorm: RMSNorm
    @Child("attention") var attention: SelfAttention
    @Child("attention_output") var attentionOutput: Linear
    @Child("feed_forward_norm") var feedForwardNorm: RMSNorm
    @Child("gate") var gate: Linear
    @Child("up") var up: Linear
    @Child("down") var down: Linear

    init(_ sizes: GatedSizes) {
        attentionNorm = RMSNorm(width: sizes.hiddenSize)
        attention = SelfAttention(width: sizes.hiddenSize, heads: sizes.headCount)
        attentionOutput = Linear(inputs: sizes.hiddenSize, outputs: sizes.hiddenSize)
        feedForwardNorm = RMSNorm(width: sizes.hiddenSize)
        gate = Linear(inputs: sizes.hiddenSize, outputs: sizes.innerSize, hasBias: false)
        up = Linear(inputs: sizes.hiddenSize, outputs: sizes.innerSize, hasBias: false)
        down = Linear(inputs: sizes.innerSize, outputs: sizes.hiddenSize, hasBias: false)
    }

    func callAsFunction(_ hidden: Tensor, layout: TokenLayout) -> Tensor {
        let attended = attentionOutput(attention(attentionNorm(hidden), layout: layout), residual: hidden)
        let normed = feedForwardNorm(attended)
        return down(gate(normed, activation: .silu) * up(normed), residual: attended)
    }
}

extension GatedBlock: ShrinkableBlock {
    /// The layers that pruning makes smaller together.
    var widths: [SharedWidth] {
        [
            SharedWidth(
                "attention", of: .heads(of: attention), from: [attention.query, attention.key, attention.value],
                to: [attentionOutput]),
            SharedWidth("feed-forward network", of: .values, from: [gate, up], to: [down]),
        ]
    }
}

/// The sizes of a `GatedClassifier`.
struct GatedSizes: ModelSizes {
    var vocabularySize = 0, positionCount = 64, hiddenSize = 32, headCount = 4, innerSize = 64, blockCount = 2,
        labelCount = 2

    var jsonMembers: [JSONValue.Member] {
        [
            .init("vocab_size", .integer(vocabularySize)), .init("max_position_embeddings", .integer(positionCount)),
            .init("hidden_size", .integer(hiddenSize)), .init("num_attention_heads", .integer(headCount)),
            .init("intermediate_size", .integer(innerSize)), .init("num_hidden_layers", .integer(blockCount)),
        ]
    }

    var smallest: GatedSizes {
        GatedSizes(
            vocabularySize: 1, positionCount: 1, hiddenSize: headCount, headCount: headCount, innerSize: 1,
            blockCount: blockCount, labelCount: 1)
    }

    func parameterCount(head: ModelHead) -> Int {
        (vocabularySize + positionCount + labelCount) * hiddenSize + blockCount * hiddenSize
            * (4 * hiddenSize + 3 * innerSize)
    }
}

/// The family: what `model_type` and `architectures` of a `config.json` stand for.
struct GatedFamily: ModelFamily {
    let modelType = "gated_classifier", usualHead = ModelHead.sequenceClassification
    var classes: KeyValuePairs<String, ModelHead> { ["GatedClassifier": .sequenceClassification] }

    func sizes(_ fields: JSONFields, labelCount: Int) -> GatedSizes {
        GatedSizes(
            vocabularySize: fields.integer("vocab_size", in: 1...1_000_000),
            positionCount: fields.integer("max_position_embeddings", in: 1...65_536),
            hiddenSize: fields.integer("hidden_size", in: 1...65_536),
            headCount: fields.integer("num_attention_heads", in: 1...1024),
            innerSize: fields.integer("intermediate_size", in: 1...1_000_000),
            blockCount: fields.integer("num_hidden_layers", in: 1...1024),
            labelCount: labelCount)
    }

    func makeNetwork(_ sizes: GatedSizes, head: ModelHead) -> any Module { GatedClassifier(sizes) }
}
