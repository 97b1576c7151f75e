import LatheModels
import LatheTokenizers

/// A GPT-2 model with its tokenizer as llama.cpp reads it.
///
/// ```swift
/// let model = try PretrainedModel(directory: "gpt2")
/// try GGUFModel(model, tokenizer: Tokenizer(directory: "gpt2"), name: "gpt2", weights: .q8_0).write(to: "gpt2.gguf")
/// ```
public struct GGUFModel {
    /// How weights lie in the file. Biases, normalisations and positions stay f32.
    public enum Weights: String, Sendable, CaseIterable {
        case float16 = "f16"
        /// 8.5 bits a weight.
        case q8_0
        /// 4.5 bits a weight; the table of words, which is also the output layer, has 8.5.
        case q4_0

        fileprivate var type: GGUFType {
            switch self {
            case .float16: .float16
            case .q8_0: .q8_0
            case .q4_0: .q4_0
            }
        }

        /// llama.cpp's number for such files.
        fileprivate var fileType: UInt32 {
            switch self {
            case .float16: 1
            case .q8_0: 7
            case .q4_0: 2
            }
        }
    }

    let file: GGUFFile

    /// - Parameters:
    ///   - model: a GPT-2.
    ///   - tokenizer: the model's.
    ///   - name: what tools call the model.
    ///   - weights: how they lie in the file.
    /// - Throws: `ExportError`.
    public init(_ model: PretrainedModel, tokenizer: Tokenizer, name: String, weights: Weights = .float16) throws {
        guard let network = model.network as? GPT2LMHeadModel else {
            throw ExportError.unsupportedModel(
                format: "gguf", got: model.configuration.architecture.className, supported: ["GPT2LMHeadModel"])
        }
        try network.checkWeightForms()
        if let layer = network.codedLayers.first { throw ExportError.packed(format: "gguf", layer: layer) }
        let naming = try GPT2Naming(network)
        let metadata: [(key: String, value: GGUFValue)] = [
            ("general.architecture", .string("gpt2")), ("general.type", .string("model")),
            ("general.name", .string(name)),
            ("general.file_type", .uint32(weights.fileType)), ("general.quantization_version", .uint32(2)),
        ]
        let words = try GGUFVocabulary(tokenizer, size: network.vocabularySize)
        file = GGUFFile(
            metadata: metadata + naming.metadata + words.metadata, tensors: naming.tensors.map { $0.stored(weights) })
    }

    /// Writes the model.
    /// - Returns: the bytes of the file.
    /// - Throws: `FileError`, and `NarrowingError` for a weight that its form cannot hold. The file appears whole or
    ///   not at all.
    @discardableResult
    public func write(to path: String) throws -> Int { try file.write(to: path) }
}

extension GPT2Naming.NamedTensor {
    /// As the file holds it. Rows that are no whole blocks get 16 bits, as llama.cpp's tools give them.
    fileprivate func stored(_ weights: GGUFModel.Weights) -> GGUFTensor {
        var type: GGUFType
        switch role {
        case .exact: type = .float32
        case .table: type = weights == .q4_0 ? .q8_0 : weights.type
        case .product: type = weights.type
        }
        if let row = values.shape.last, row % type.blockSize != 0 { type = .float16 }
        return GGUFTensor(name: name, values: values, type: type)
    }
}
