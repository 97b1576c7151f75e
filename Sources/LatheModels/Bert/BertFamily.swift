import LatheFiles
import LatheNN

/// The families that share BERT's architecture and differ in names and a few details.
public enum BertFamily: String, Sendable, Hashable, CaseIterable {
    /// Devlin et al., arXiv:1810.04805.
    case bert
    /// Liu et al., arXiv:1907.11692: no pooler under its heads, positions counted behind the padding token's id.
    case roberta
    /// Sanh et al., arXiv:1910.01108: half the layers, no token types, no pooler.
    case distilBert = "distilbert"

    /// The names of a layer's parts.
    var layerNames: EncoderLayerNames { self == .distilBert ? .distilBert : .bert }
    /// The name of the stack of layers.
    var encoderName: String { self == .distilBert ? "transformer" : "encoder" }
    /// The name of the model without head inside the models with one.
    var baseName: String { rawValue }
    /// Whether tokens have a type.
    public var hasTokenTypes: Bool { self != .distilBert }
}

extension BertFamily: ModelFamily {
    public var modelType: String { rawValue }
    public var usualHead: ModelHead { .base }
    public var opensInTransformers: Bool { true }

    public var classes: KeyValuePairs<String, ModelHead> {
        switch self {
        case .bert:
            [
                "BertModel": .base, "BertForSequenceClassification": .sequenceClassification,
                "BertForMaskedLM": .maskedLanguageModel,
            ]
        case .roberta:
            [
                "RobertaModel": .base, "RobertaForSequenceClassification": .sequenceClassification,
                "RobertaForMaskedLM": .maskedLanguageModel,
            ]
        case .distilBert:
            [
                "DistilBertModel": .base, "DistilBertForSequenceClassification": .sequenceClassification,
                "DistilBertForMaskedLM": .maskedLanguageModel,
            ]
        }
    }

    public var fieldAliases: [String: String] {
        self == .distilBert
            ? ["hidden_size": "dim", "num_hidden_layers": "n_layers", "num_attention_heads": "n_heads"] : [:]
    }

    public var presets: [ModelPreset] { self == .bert ? [.bertBase] : [] }

    public func sizes(_ fields: JSONFields, labelCount: Int) -> BertConfiguration {
        BertConfiguration(self, fields, labelCount: labelCount)
    }

    public func makeNetwork(_ sizes: BertConfiguration, head: ModelHead) -> any Module {
        switch head {
        case .sequenceClassification: BertForSequenceClassification(sizes)
        case .maskedLanguageModel: BertForMaskedLM(sizes)
        default: BertModel(sizes, hasPooler: sizes.hasPooler)
        }
    }

    public var checkpointNaming: CheckpointNaming {
        var naming = CheckpointNaming()
        naming.basePrefix = baseName + "."
        naming.buffers = ["embeddings.position_ids"]
        let words = naming.basePrefix + "embeddings.word_embeddings.weight"
        switch self {
        case .bert:
            naming.heads = ["cls.", "classifier.", "qa_outputs.", "bert.pooler.", "pooler."]
            naming.renamed = [
                ("cls.predictions.decoder.bias", ["cls.predictions.bias", "cls.predictions.decoder.bias"])
            ]
            naming.freshHeads = ["classifier.", "bert.pooler.", "pooler.", "cls.predictions."]
            naming.tied = ("cls.predictions.decoder.weight", words)
        case .roberta:
            naming.heads = ["lm_head.", "classifier.", "qa_outputs.", "roberta.pooler.", "pooler."]
            naming.renamed = [("lm_head.decoder.bias", ["lm_head.bias", "lm_head.decoder.bias"])]
            naming.freshHeads = ["classifier.", "pooler.", "lm_head."]
            naming.tied = ("lm_head.decoder.weight", words)
        case .distilBert:
            naming.heads = [
                "vocab_transform.", "vocab_layer_norm.", "vocab_projector.", "pre_classifier.", "classifier.",
                "qa_outputs.",
            ]
            naming.freshHeads = [
                "pre_classifier.", "classifier.", "vocab_transform.", "vocab_layer_norm.", "vocab_projector.",
            ]
            naming.tied = ("vocab_projector.weight", words)
        }
        if self != .distilBert { naming.formerEnds = [(".gamma", ".weight"), (".beta", ".bias")] }
        return naming
    }
}

extension ModelPreset {
    /// BERT-base: 12 layers, hidden 768.
    public static let bertBase = ModelPreset(name: "bert-base", takesText: true) { options in
        var sizes = BertConfiguration(labelCount: options.labels.count)
        if let vocabularySize = options.vocabularySize { sizes.vocabularySize = vocabularySize }
        var configuration = ModelConfiguration(
            .init(BertFamily.bert, .sequenceClassification), sizes, labels: options.labels)
        configuration.problem = options.problem
        return configuration
    }
}
