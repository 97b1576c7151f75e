import LatheTensor

/// The name of what a node computes, of a weight, or of an input.
struct GraphValue: Hashable {
    let name: String
}

/// A number or list that a node is given beside its inputs.
struct GraphAttribute {
    let message: Onnx_AttributeProto

    private init(_ name: String, _ type: Onnx_AttributeProto.AttributeType, _ fill: (inout Onnx_AttributeProto) -> Void)
    {
        var message = Onnx_AttributeProto()
        (message.name, message.type) = (name, type)
        fill(&message)
        self.message = message
    }

    static func int(_ name: String, _ value: Int) -> GraphAttribute {
        GraphAttribute(name, .int) { $0.i = Int64(value) }
    }
    static func ints(_ name: String, _ values: [Int]) -> GraphAttribute {
        GraphAttribute(name, .ints) { $0.ints = values.map(Int64.init) }
    }
    static func float(_ name: String, _ value: Float) -> GraphAttribute {
        GraphAttribute(name, .float) { $0.f = value }
    }
}

/// An axis of an input or an output: a size, or the name of one that may change from run to run.
enum GraphAxis {
    case size(Int)
    case named(String)
}

extension DType {
    /// ONNX's number for this type; nil for those that are not written.
    var onnx: Onnx_TensorProto.DataType? {
        switch self {
        case .float32: .float
        case .int64: .int64
        case .int32: .int32
        case .int8: .int8
        case .uint8: .uint8
        case .bool: .bool
        case .float16, .bfloat16: nil
        }
    }
}
