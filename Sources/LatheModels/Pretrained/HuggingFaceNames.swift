import LatheFiles
import LatheTensor

extension Activation {
    /// What `config.json` calls activation functions. The first name of each is the one to write.
    static let huggingFaceNames: KeyValuePairs<String, Activation> = [
        "gelu": .gelu, "gelu_new": .geluTanh, "relu": .relu, "silu": .silu, "tanh": .tanh,
        "gelu_pytorch_tanh": .geluTanh, "gelu_fast": .geluTanh,
        "swish": .silu, "linear": .identity,
    ]

    var huggingFaceName: String { Self.huggingFaceNames.first { $0.value == self }?.key ?? rawValue }
}

extension JSONValue {
    /// A Float by the fewest digits that tell it: 0.1, not 0.10000000149011612.
    public static func number(decimal value: Float) -> JSONValue { .number(Double(value.description) ?? Double(value)) }
}
