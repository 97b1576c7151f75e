/// The type of a tensor's elements.
public enum DType: String, Sendable, Hashable, CaseIterable {
    case float32, bfloat16, float16, int64, int32, int8, uint8, bool

    /// Bytes one element takes.
    public var byteWidth: Int {
        switch self {
        case .int64: 8
        case .float32, .int32: 4
        case .bfloat16, .float16: 2
        case .int8, .uint8, .bool: 1
        }
    }

    /// True for the types whose values are floating-point numbers.
    public var isFloatingPoint: Bool {
        switch self {
        case .float32, .bfloat16, .float16: true
        case .int64, .int32, .int8, .uint8, .bool: false
        }
    }
}
