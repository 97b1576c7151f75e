import LatheFiles
import LatheNN

/// GPT-2 (Radford et al., 2019).
public struct GPT2Family: ModelFamily {
    public let modelType = "gpt2"
    public let usualHead = ModelHead.languageModel
    public let presets = [ModelPreset.gpt2]

    public init() {}

    public var classes: KeyValuePairs<String, ModelHead> { ["GPT2LMHeadModel": .languageModel] }
    public var readOnlyClasses: KeyValuePairs<String, ModelHead> { ["GPT2Model": .languageModel] }

    public var fieldAliases: [String: String] {
        [
            "hidden_size": "n_embd", "num_hidden_layers": "n_layer", "num_attention_heads": "n_head",
            "max_position_embeddings": "n_positions",
        ]
    }

    public var checkpointNaming: CheckpointNaming {
        var naming = CheckpointNaming()
        naming.basePrefix = "transformer."
        naming.buffers = [".attn.bias", ".attn.masked_bias"]
        naming.heads = ["score.", "multiple_choice_head.", "classifier."]
        naming.tied = ("lm_head.weight", "transformer.wte.weight")
        // Hugging Face's Conv1D.
        naming.transposed = [".attn.c_attn.weight", ".attn.c_proj.weight", ".mlp.c_fc.weight", ".mlp.c_proj.weight"]
        return naming
    }

    public func sizes(_ fields: JSONFields, labelCount: Int) -> GPT2Configuration { GPT2Configuration(fields) }

    public func makeNetwork(_ sizes: GPT2Configuration, head: ModelHead) -> any Module { GPT2LMHeadModel(sizes) }
}

extension ModelPreset {
    /// GPT-2's smallest shape: 12 layers, hidden 768.
    public static let gpt2 = ModelPreset(name: "gpt2", takesText: true) { options in
        var sizes = GPT2Configuration()
        if let vocabularySize = options.vocabularySize { sizes.vocabularySize = vocabularySize }
        return ModelConfiguration(.init(GPT2Family(), .languageModel), sizes)
    }
}

extension GPT2Configuration: ModelSizes {
    public var smallest: GPT2Configuration {
        var sizes = self
        (sizes.hiddenSize, sizes.intermediateSize, sizes.vocabularySize, sizes.positionCount) = (headCount, 1, 1, 1)
        return sizes
    }

    public var commonRowCount: Int { greatestCommonDivisor(hiddenSize, intermediateSize ?? 4 * hiddenSize) }

    public func parameterCount(head: ModelHead) -> Int {
        let inner = intermediateSize ?? 4 * hiddenSize
        return (vocabularySize + positionCount) * hiddenSize + layerCount
            * (4 * hiddenSize * hiddenSize + 2 * hiddenSize * inner)
    }

    public func with(layerCount: Int) -> GPT2Configuration? {
        var sizes = self
        sizes.layerCount = layerCount
        return sizes
    }
}
