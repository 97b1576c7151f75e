import Foundation
import LatheModels
import LatheNN
import LatheTensor
import LatheTestModels
import LatheTokenizers
import Testing

@testable import LatheExport

@Suite("GPT-2 as GGUF")
struct GGUFModelTests {
    private let models: TinyModels

    init() throws {
        models = try TinyModels()
        try models.byteTokenizer("tokenizer")
    }

    private func tokenizer() throws -> Tokenizer { try Tokenizer(directory: models.path("tokenizer")) }

    private func gpt2(change: (inout GPT2Configuration) -> Void = { _ in }) -> PretrainedModel {
        var sizes = GPT2Configuration(
            vocabularySize: TinyModels.byteTokenCount + 2, positionCount: 24, hiddenSize: 32, layerCount: 2,
            headCount: 2)
        change(&sizes)
        return PretrainedModel(ModelConfiguration(.init(GPT2Family(), .languageModel), sizes))
    }

    private func written(_ model: PretrainedModel, _ weights: GGUFModel.Weights = .float16) throws -> ParsedGGUF {
        try GGUFModel(model, tokenizer: tokenizer(), name: "tiny", weights: weights).write(
            to: models.path("model.gguf"))
        return try ParsedGGUF(models.bytes("model.gguf"))
    }

    @Test("The file says what llama.cpp asks for")
    func metadata() throws {
        let parsed = try written(gpt2())
        #expect(parsed.version == 3)
        let expected = [
            "general.architecture": "gpt2", "general.name": "tiny", "general.file_type": "1",
            "gpt2.context_length": "24", "gpt2.embedding_length": "32",
            "gpt2.feed_forward_length": "128", "gpt2.block_count": "2", "gpt2.attention.head_count": "2",
            "gpt2.attention.layer_norm_epsilon": "1e-05",
            "tokenizer.ggml.model": "gpt2", "tokenizer.ggml.pre": "gpt-2",
            "tokenizer.ggml.eos_token_id": String(TinyModels.endToken),
            "tokenizer.ggml.add_bos_token": "false",
        ]
        for (key, value) in expected { #expect(parsed.metadata[key] == value, "\(key)") }
    }

    @Test("Tokens, kinds and merges are the tokenizer's; ids without a token get a name")
    func vocabulary() throws {
        let parsed = try written(gpt2()), count = TinyModels.byteTokenCount
        let tokens = try #require(parsed.metadata["tokenizer.ggml.tokens"]).components(separatedBy: "\n")
        let kinds = try #require(parsed.metadata["tokenizer.ggml.token_type"]).components(separatedBy: "\n")
        let tokenizer = try tokenizer()
        #expect(tokens.prefix(count) == (0..<Int32(count)).compactMap { tokenizer.token(for: $0) }[...])
        #expect(tokens.suffix(2) == ["[PAD\(count)]", "[PAD\(count + 1)]"])
        #expect(kinds.prefix(count - 1).allSatisfy { $0 == "1" } && kinds.suffix(3) == ["3", "5", "5"])
        let lines = try String(decoding: models.bytes("tokenizer/merges.txt"), as: UTF8.self).split(separator: "\n")
            .dropFirst()
        #expect(parsed.metadata["tokenizer.ggml.merges"] == lines.joined(separator: "\n"))
    }

    @Test(
        "Tensors begin at multiples of 32, follow one another, and fill the file", arguments: GGUFModel.Weights.allCases
    )
    func layout(weights: GGUFModel.Weights) throws {
        let parsed = try written(gpt2(), weights)
        #expect(parsed.tensors.count == 2 + 2 * 12 + 2)
        var end = 0
        for tensor in parsed.tensors.values.sorted(by: { $0.offset < $1.offset }) {
            #expect(tensor.offset == (end + 31) / 32 * 32)
            let type: GGUFType = [0: .float32, 1: .float16, 2: .q4_0, 8: .q8_0][tensor.type] ?? .float32
            end = tensor.offset + tensor.shape.reduce(1, *) / type.blockSize * type.blockBytes
        }
        #expect(parsed.bytes.count == parsed.dataStart + (end + 31) / 32 * 32)
    }

    @Test(
        "Axes are named from the last one on; vectors and positions stay floats",
        arguments: [(GGUFModel.Weights.float16, 1, 1), (.q8_0, 8, 8), (.q4_0, 8, 2)])
    func types(weights: GGUFModel.Weights, table: UInt32, product: UInt32) throws {
        let parsed = try written(gpt2(), weights)
        #expect(
            parsed.tensors["token_embd.weight"]?.type == table
                && parsed.tensors["token_embd.weight"]?.shape == [32, TinyModels.byteTokenCount + 2])
        #expect(
            parsed.tensors["blk.1.ffn_down.weight"]?.type == product
                && parsed.tensors["blk.1.ffn_down.weight"]?.shape == [128, 32])
        for name in ["position_embd.weight", "blk.0.attn_norm.weight", "blk.0.attn_qkv.bias", "output_norm.bias"] {
            #expect(parsed.tensors[name]?.type == 0, "\(name)")
        }
    }

    @Test("Numbers lie where the description says")
    func numbers() throws {
        let model = gpt2(), parsed = try written(model), network = try #require(model.network as? GPT2LMHeadModel)
        let tensor = try #require(parsed.tensors["blk.1.attn_output.weight"]),
            weight = try #require(network.transformer.blocks[1].attentionOutput.weight.parameter)
        let start = parsed.dataStart + tensor.offset
        #expect(
            Array(parsed.bytes[start..<start + 32 * 32 * 2])
                == weight.detached.cast(to: .float16).withUnsafeBytes { Array($0) })
    }

    @Test("Rows that are no whole blocks get 16 bits")
    func oddRows() throws {
        let parsed = try written(gpt2 { $0.intermediateSize = 40 }, .q4_0)
        #expect(parsed.tensors["blk.0.ffn_down.weight"]?.type == 1 && parsed.tensors["blk.0.ffn_up.weight"]?.type == 2)
    }

    @Test("A head of its own is stored")
    func ownHead() throws {
        #expect(try written(gpt2()).tensors["output.weight"] == nil)
        #expect(try written(gpt2 { $0.tiesEmbeddings = false }).tensors["output.weight"] != nil)
    }

    @Test("A weight that 16 bits cannot hold is named, and no file is written")
    func overflow() throws {
        let model = gpt2(), network = try #require(model.network as? GPT2LMHeadModel)
        let weight = try #require(network.transformer.blocks[0].expansion.weight.parameter)
        weight.value = weight.detached - 1e5
        let error = #expect(throws: NarrowingError.self) { try written(model) }
        #expect(error?.tensor == "blk.0.ffn_up.weight" && !models.exists("model.gguf"))
    }

    // MARK: What cannot be said

    @Test("Other networks are refused")
    func otherNetworks() throws {
        let model = try PretrainedModel(directory: models.encoder("encoder")), tokenizer = try tokenizer()
        let expected = ExportError.unsupportedModel(format: "gguf", got: "BertModel", supported: ["GPT2LMHeadModel"])
        #expect(throws: expected) { try GGUFModel(model, tokenizer: tokenizer, name: "x") }
    }

    @Test("Packed weights are refused by the layer's name")
    func packed() throws {
        let model = gpt2(), tokenizer = try tokenizer()
        model.network.packWeights(.w4a8) { $0.hasSuffix("c_proj") }
        #expect(throws: ExportError.packed(format: "gguf", layer: "transformer.h.0.attn.c_proj")) {
            try GGUFModel(model, tokenizer: tokenizer, name: "x")
        }
    }

    @Test("Another activation, and layers that quantise their inputs, are refused")
    func otherParts() throws {
        let tokenizer = try tokenizer(), model = gpt2(), network = try #require(model.network as? GPT2LMHeadModel)
        #expect(throws: ExportError.self) {
            try GGUFModel(gpt2 { $0.activation = .relu }, tokenizer: tokenizer, name: "x")
        }
        network.transformer.blocks[1].expansion.activationTransforms.append(ActivationQuantizer(bits: 8))
        let error = try #require(throws: ExportError.self) { try GGUFModel(model, tokenizer: tokenizer, name: "x") }
        #expect(error.description.hasPrefix("transformer.h.1.mlp.c_fc: it rounds its input"))
    }

    @Test("Tokenizers of other kinds, and with more tokens than the model, are refused")
    func tokenizers() throws {
        let model = gpt2()
        try models.bert("bert")
        let words = try Tokenizer(directory: models.path("bert")), bytes = try tokenizer()
        #expect(
            throws: ExportError.unsupportedTokenizer(format: "gguf", reason: "the tokenizer is no byte-pair encoding")
        ) {
            try GGUFModel(model, tokenizer: words, name: "x")
        }
        let error = try #require(throws: ExportError.self) {
            try GGUFModel(gpt2 { $0.vocabularySize = 20 }, tokenizer: bytes, name: "x")
        }
        #expect(error.description.contains("and the model knows 20 tokens"))
    }
}
