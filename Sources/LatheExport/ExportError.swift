import LatheFiles
import LathePacking

/// Why a model cannot be written in another tool's format.
public enum ExportError: CurableError, Equatable, Sendable {
    /// A network that the format has no graph or names for here.
    case unsupportedModel(format: String, got: String, supported: [String])
    /// 8-bit integers are asked for, and no layer has codes.
    case nothingQuantized
    /// A layer changes its input in a way that the format cannot say.
    case unsupportedInput(layer: String, reason: String)
    /// A static range that nothing has measured yet, or of a single point.
    case rangeNotMeasured(layer: String)
    /// A part that the format's one description of all layers does not fit.
    case unsupportedPart(format: String, part: String, reason: String)
    /// Weights of few bits for a format that rounds in its own way.
    case packed(format: String, layer: String)
    /// A packed weight of a type that exports do not know.
    case unknownWeight(UnknownWeightFormError)
    /// A tokenizer of another kind than the format's.
    case unsupportedTokenizer(format: String, reason: String)

    public var description: String {
        switch self {
        case .unsupportedModel(let format, let got, let supported):
            "\(format) takes \(supported.joined(separator: ", ")) here, and the model is a \(got); choose another format or model"
        case .nothingQuantized:
            "no layer of the model has low-bit weights, so there is nothing to store as int8; quantize the model first, or export floats"
        case .unsupportedInput(let layer, let reason):
            "\(layer): \(reason); quantize its input to 16 bits or fewer, or leave it in floats"
        case .rangeNotMeasured(let layer):
            "\(layer): the static range of its inputs was never measured; compress the model with data, or export dynamic ranges"
        case .unsupportedPart(let format, let part, let reason):
            "\(part): \(reason), which \(format) cannot say; export to onnx"
        case .packed(let format, let layer):
            "\(layer): its weight is stored in few bits, and \(format) rounds in its own way; export the model that it was packed from, or its unpacked form"
        case .unknownWeight(let error): error.description
        case .unsupportedTokenizer(let format, let reason):
            "\(reason); \(format) takes byte-level BPE as GPT-2 has it: put its tokenizer.json, or vocab.json and merges.txt, beside the model"
        }
    }

    public var cures: [Cure] {
        switch self {
        case .nothingQuantized: [.quantize, .floatExport]
        case .unsupportedInput: [.quantize]
        case .rangeNotMeasured: [.compress, .dynamicExport]
        case .packed: [.unpackedModel]
        case .unsupportedModel, .unsupportedPart, .unknownWeight, .unsupportedTokenizer: []
        }
    }
}
