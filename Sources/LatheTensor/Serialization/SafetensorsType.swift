/// The element types of safetensors files; the raw value is the name in the file.
///
/// The order of the cases is the alignment order in which files are written, smallest first.
public enum SafetensorsType: String, CaseIterable, Sendable {
    /// One byte, 0 or 1.
    case bool = "BOOL"
    /// Unsigned 8-bit integer.
    case u8 = "U8"
    /// Signed 8-bit integer.
    case i8 = "I8"
    /// 8-bit float with 5 exponent and 2 mantissa bits.
    case f8e5m2 = "F8_E5M2"
    /// 8-bit float with 4 exponent and 3 mantissa bits.
    case f8e4m3 = "F8_E4M3"
    /// Signed 16-bit integer.
    case i16 = "I16"
    /// Unsigned 16-bit integer.
    case u16 = "U16"
    /// IEEE half precision.
    case f16 = "F16"
    /// The upper half of single precision.
    case bf16 = "BF16"
    /// Signed 32-bit integer.
    case i32 = "I32"
    /// Unsigned 32-bit integer.
    case u32 = "U32"
    /// IEEE single precision.
    case f32 = "F32"
    /// IEEE double precision.
    case f64 = "F64"
    /// Signed 64-bit integer.
    case i64 = "I64"
    /// Unsigned 64-bit integer.
    case u64 = "U64"

    /// The size of one element in bytes.
    public var byteWidth: Int {
        switch self {
        case .bool, .u8, .i8, .f8e5m2, .f8e4m3: 1
        case .i16, .u16, .f16, .bf16: 2
        case .i32, .u32, .f32: 4
        case .f64, .i64, .u64: 8
        }
    }

    /// The place in the alignment order.
    var rank: Int {
        Self.allCases.firstIndex(of: self) ?? 0
    }

    /// The byte count of a tensor of this type, or nil when it cannot exist.
    ///
    /// Dimensions of 0 count as 1 in the check for overflow, so strides of what passes cannot overflow either.
    func byteCount(ofShape shape: [Int]) -> Int? {
        var bound = byteWidth
        for dimension in shape {
            guard dimension >= 0 else { return nil }
            let (product, overflow) = bound.multipliedReportingOverflow(by: max(dimension, 1))
            guard !overflow else { return nil }
            bound = product
        }
        return shape.contains(0) ? 0 : bound
    }
}

/// A Swift type whose values lie in memory as the elements of a safetensors file do.
public protocol SafetensorsElement: BitwiseCopyable, Sendable {
    /// The file types that have this memory layout, the natural one first.
    static var safetensorsTypes: [SafetensorsType] { get }
}

extension Float: SafetensorsElement {
    /// F32.
    public static var safetensorsTypes: [SafetensorsType] { [.f32] }
}

extension Double: SafetensorsElement {
    /// F64.
    public static var safetensorsTypes: [SafetensorsType] { [.f64] }
}

extension Int8: SafetensorsElement {
    /// I8.
    public static var safetensorsTypes: [SafetensorsType] { [.i8] }
}

extension Int16: SafetensorsElement {
    /// I16.
    public static var safetensorsTypes: [SafetensorsType] { [.i16] }
}

extension Int32: SafetensorsElement {
    /// I32.
    public static var safetensorsTypes: [SafetensorsType] { [.i32] }
}

extension Int64: SafetensorsElement {
    /// I64.
    public static var safetensorsTypes: [SafetensorsType] { [.i64] }
}

extension UInt8: SafetensorsElement {
    /// U8, and the bits of the other one-byte types.
    public static var safetensorsTypes: [SafetensorsType] { [.u8, .bool, .f8e5m2, .f8e4m3] }
}

extension UInt16: SafetensorsElement {
    /// U16, and the bits of the 16-bit floats.
    public static var safetensorsTypes: [SafetensorsType] { [.u16, .f16, .bf16] }
}

extension UInt32: SafetensorsElement {
    /// U32.
    public static var safetensorsTypes: [SafetensorsType] { [.u32] }
}

extension UInt64: SafetensorsElement {
    /// U64.
    public static var safetensorsTypes: [SafetensorsType] { [.u64] }
}
