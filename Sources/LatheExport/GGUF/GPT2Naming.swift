import LatheModels
import LatheNN
import LatheTensor

/// GPT-2's sizes and tensors under llama.cpp's names.
struct GPT2Naming {
    /// What a tensor is for, which says how it may be rounded.
    enum Role {
        /// Vectors and positions, which stay floats.
        case exact
        /// The table of words, and the output layer.
        case table
        /// Matrices of the layers.
        case product
    }

    struct NamedTensor {
        let name: String
        let values: StoredTensor
        let role: Role
    }

    let metadata: [(key: String, value: GGUFValue)]
    private(set) var tensors: [NamedTensor] = []

    /// - Throws: `ExportError.unsupportedPart` for what differs from layer to layer, or from GPT-2's own way;
    ///   `unsupportedInput`.
    init(_ network: GPT2LMHeadModel) throws(ExportError) {
        let transformer = network.transformer, configuration = transformer.configuration
        try Self.check(network)
        let width = configuration.intermediateSize ?? 4 * configuration.hiddenSize
        let sizes = [
            ("context_length", configuration.positionCount), ("embedding_length", configuration.hiddenSize),
            ("feed_forward_length", width),
            ("block_count", configuration.layerCount), ("attention.head_count", configuration.headCount),
        ]
        metadata =
            sizes.map { ("gpt2." + $0.0, .uint32(UInt32($0.1))) } + [
                ("gpt2.attention.layer_norm_epsilon", .float32(configuration.layerNormEpsilon))
            ]
        let words = LayerContent(transformer.words)
        add("token_embd.weight", words.weight.stored, .table)
        add("position_embd.weight", LayerContent(transformer.positions).weight.stored, .exact)
        for (index, block) in transformer.blocks.enumerated() {
            let prefix = "blk.\(index)."
            add(block.attentionNorm, prefix + "attn_norm")
            try add(block.queryKeyValue, prefix + "attn_qkv", at: "transformer.h.\(index).attn.c_attn")
            try add(block.attentionOutput, prefix + "attn_output", at: "transformer.h.\(index).attn.c_proj")
            add(block.feedForwardNorm, prefix + "ffn_norm")
            try add(block.expansion, prefix + "ffn_up", at: "transformer.h.\(index).mlp.c_fc")
            try add(block.projection, prefix + "ffn_down", at: "transformer.h.\(index).mlp.c_proj")
        }
        add(transformer.norm, "output_norm")
        let head = try LayerContent(network.head, at: "lm_head")
        // Without an output layer of its own a file's table serves, as here.
        if head.parameter == nil || head.parameter !== words.parameter {
            add("output.weight", head.weight.stored, .table)
        }
    }

    private mutating func add(_ name: String, _ values: StoredTensor, _ role: Role) {
        tensors.append(NamedTensor(name: name, values: values, role: role))
    }

    private mutating func add(_ norm: LayerNorm, _ name: String) {
        add(name + ".weight", norm.weight.stored, .exact)
        add(name + ".bias", norm.bias.stored, .exact)
    }

    private mutating func add(_ layer: Linear, _ name: String, at path: String) throws(ExportError) {
        let content = try LayerContent(layer, at: path)
        if !content.roundings.isEmpty {
            throw .unsupportedPart(format: "gguf", part: path, reason: "it rounds its input")
        }
        add(name + ".weight", content.weight.stored, .product)
        if let bias = content.bias { add(name + ".bias", StoredTensor(bias), .exact) }
    }

    /// llama.cpp has one number of heads and one width for all layers, and GELU's tanh form.
    private static func check(_ network: GPT2LMHeadModel) throws(ExportError) {
        let configuration = network.transformer.configuration,
            width = configuration.intermediateSize ?? 4 * configuration.hiddenSize
        if configuration.activation != .geluTanh {
            throw .unsupportedPart(
                format: "gguf", part: "config.json",
                reason: "its activation is \(configuration.activation.rawValue) and not GPT-2's")
        }
        for (index, block) in network.transformer.blocks.enumerated() {
            if block.heads != configuration.headCount || block.queryKeyValue.outputs != 3 * configuration.hiddenSize {
                throw .unsupportedPart(format: "gguf", part: "transformer.h.\(index).attn", reason: "it has lost heads")
            }
            if block.expansion.outputs != width {
                throw .unsupportedPart(
                    format: "gguf", part: "transformer.h.\(index).mlp.c_fc", reason: "it has lost rows")
            }
        }
    }
}
