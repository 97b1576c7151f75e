import LatheFiles
import LatheNN
import LatheTensor

/// One way in which packed weights lie in files: what `format` of a group in `quantization_config` names.
///
/// A new form is a value like those in `PackedForm+Quantized.swift`, named in `all`, and a weight that conforms to
/// `StoredWeight` and says the form's name in its scheme.
package struct PackedForm: Sendable {
    /// The name.
    package let format: String
    /// What stands behind `weight` in the names of the tensors that must be there.
    package let required: [String]
    /// The same for tensors that may be there.
    package let optional: [String]
    /// Makes a weight of its tensors.
    package let read: @Sendable (_ parts: StoredParts, _ scheme: LayerScheme) throws(PackedTensorError) -> PackedContent

    package init(
        format: String, required: [String], optional: [String] = [],
        read:
            @escaping @Sendable (_ parts: StoredParts, _ scheme: LayerScheme) throws(PackedTensorError) -> PackedContent
    ) {
        (self.format, self.required, self.optional, self.read) = (format, required, optional, read)
    }

    /// Every form that Lathe reads.
    package static let all: [PackedForm] = [.integers, .packedIntegers, .ownPackedIntegers, .signs, .trits, .sparse]

    /// The format of weights in floats.
    package static let dense = "dense"
    /// What compressed-tensors opens.
    static let pythonFormats: Set<String> = [dense, integers.format, packedIntegers.format]

    /// The form with this name; nil if there is none.
    package static func named(_ format: String) -> PackedForm? { all.first { $0.format == format } }

    /// All that may stand behind `weight` in the name of a packed weight's tensor.
    package static let suffixes: Set<String> = Set(all.flatMap { $0.required + $0.optional }).subtracting([""])
}

/// What a form makes of a weight's tensors.
package enum PackedContent {
    /// Codes and scales, for whatever layer they belong to.
    case tensor(PackedTensor)
    /// A weight for the layers that compute with it.
    case weight(any PackedWeight)
    /// The float values of a layer's weight, which stays one that training changes; not for embeddings.
    case floats(Tensor)
}

/// The tensors of one packed weight, as they were read.
package struct StoredParts {
    /// The shape of the weight, `[outputs, …]`, as the model has it.
    package let shape: [Int]
    private let tensors: [String: Tensor]

    init(shape: [Int], tensors: [String: Tensor]) {
        (self.shape, self.tensors) = (shape, tensors)
    }

    package var rows: Int { shape[0] }
    /// Weights of a row.
    package var columns: Int { Array(shape.dropFirst()).elementCount }

    /// The tensor whose name ends in `suffix`; nil for an optional one that is not there.
    package subscript(suffix: String) -> Tensor? { tensors[suffix] }

    /// The tensor whose name ends in `suffix`, of this type and shape.
    package func tensor(_ suffix: String, _ dtype: DType, _ shape: [Int]) throws(PackedTensorError) -> Tensor {
        guard let tensor = tensors[suffix] else { throw PackedTensorError(suffix: suffix, text: "missing") }
        guard tensor.dtype == dtype else {
            throw PackedTensorError(suffix: suffix, text: "expected \(dtype.rawValue), got \(tensor.dtype.rawValue)")
        }
        guard tensor.shape == shape else {
            throw PackedTensorError(suffix: suffix, text: "expected \(shape), got \(MessageText.shape(tensor.shape))")
        }
        return tensor
    }
}

/// What is wrong with a tensor of a packed weight.
package struct PackedTensorError: Error {
    /// Which one: what stands behind `weight` in its name.
    package let suffix: String
    package let text: String

    package init(suffix: String, text: String) {
        (self.suffix, self.text) = (suffix, text)
    }
}

/// A packed weight that files can hold.
package protocol StoredWeight: PackedWeight {
    /// What `quantization_config` says of its layer; the format is the name of a `PackedForm`.
    var scheme: LayerScheme { get }
    /// Its codes and scales; `nil` for a form that keeps floats.
    var codes: PackedTensor? { get }
}

extension StoredWeight {
    package var codes: PackedTensor? { nil }
}
