/// The element types of safetensors files; the raw value is the name in the file.
///
/// The order of the cases is the alignment order in which files are written, smallest first.
public enum SafetensorsType: String, CaseIterable, Sendable {
    /// One byte, 0 or 1.
    case bool = "BOOL"
    /// 4-bit float with 2 exponent bits and 1 mantissa bit, two in a byte.
    case f4 = "F4"
    /// 6-bit float with 2 exponent and 3 mantissa bits, four in three bytes.
    case f6e2m3 = "F6_E2M3"
    /// 6-bit float with 3 exponent and 2 mantissa bits, four in three bytes.
    case f6e3m2 = "F6_E3M2"
    /// Unsigned 8-bit integer.
    case u8 = "U8"
    /// Signed 8-bit integer.
    case i8 = "I8"
    /// 8-bit float with 5 exponent and 2 mantissa bits.
    case f8e5m2 = "F8_E5M2"
    /// 8-bit float with 4 exponent and 3 mantissa bits.
    case f8e4m3 = "F8_E4M3"
    /// A power of 2 with 8 exponent bits, as scales have it.
    case f8e8m0 = "F8_E8M0"
    /// 8-bit float with 4 exponent and 3 mantissa bits, without infinities and negative zero.
    case f8e4m3fnuz = "F8_E4M3FNUZ"
    /// 8-bit float with 5 exponent and 2 mantissa bits, without infinities and negative zero.
    case f8e5m2fnuz = "F8_E5M2FNUZ"
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
    /// Complex number of two IEEE single precision ones.
    case c64 = "C64"
    /// IEEE double precision.
    case f64 = "F64"
    /// Signed 64-bit integer.
    case i64 = "I64"
    /// Unsigned 64-bit integer.
    case u64 = "U64"

    /// The size of one element in bytes; 1 for elements that share bytes.
    public var byteWidth: Int { max(bitWidth / 8, 1) }

    /// The size of one element in bits.
    public var bitWidth: Int {
        switch self {
        case .f4: 4
        case .f6e2m3, .f6e3m2: 6
        case .bool, .u8, .i8, .f8e5m2, .f8e4m3, .f8e8m0, .f8e4m3fnuz, .f8e5m2fnuz: 8
        case .i16, .u16, .f16, .bf16: 16
        case .i32, .u32, .f32: 32
        case .c64, .f64, .i64, .u64: 64
        }
    }

    /// The place in the alignment order.
    var rank: Int {
        Self.allCases.firstIndex(of: self) ?? 0
    }

    /// The byte count of a tensor of this type, or nil when it cannot exist. Elements smaller than a byte fill whole
    /// ones.
    ///
    /// Dimensions of 0 count as 1 in the check for overflow, so strides of what passes cannot overflow either.
    func byteCount(ofShape shape: [Int]) -> Int? {
        let countsBits = bitWidth < 8
        var bound = countsBits ? bitWidth : byteWidth
        for dimension in shape {
            guard dimension >= 0 else { return nil }
            let (product, overflow) = bound.multipliedReportingOverflow(by: max(dimension, 1))
            guard !overflow else { return nil }
            bound = product
        }
        if shape.contains(0) { return 0 }
        if !countsBits { return bound }
        return bound % 8 == 0 ? bound / 8 : nil
    }
}

/// A Swift type whose values lie in memory as the elements of a safetensors file do.
package protocol SafetensorsElement: BitwiseCopyable, Sendable {
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
