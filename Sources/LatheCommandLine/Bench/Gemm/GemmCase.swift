import ArgumentParser
import LatheTensor

/// In what numbers a product multiplies. Inputs of weights with 8 bits and fewer have 8 bits.
enum GemmArithmetic: String, CaseIterable, ExpressibleByArgument {
    case f32, bf16, int8, w4, w2, w1

    var arithmetic: PackedMatrix.Arithmetic {
        switch self {
        case .f32: .float32
        case .bf16: .bfloat16
        case .int8, .w4, .w2, .w1: .integer(ActivationGrid())
        }
    }

    /// Of a weight.
    var bits: Int {
        switch self {
        case .f32: 32
        case .bf16: 16
        case .int8: 8
        case .w4: 4
        case .w2: 2
        case .w1: 1
        }
    }
}

/// What a measured call finds ready, and what it does itself.
enum GemmMode: String {
    /// The product alone: weight laid out, input in the right type.
    case packed
    /// The product of plain float tensors: weight laid out (and rounded to bf16) in the call, as in training.
    case unpacked
    /// int8 and fewer bits: the float input is quantised in the call.
    case quantizing = "packed, quantizing"
}

/// One way to compute one shape.
struct GemmCase {
    let arithmetic: GemmArithmetic
    let mode: GemmMode
    /// Bytes of the weight that a call reads.
    let weightBytes: Int
    let run: () -> Void
}

/// The operands of one shape, ready for all its cases.
///
/// With one row, what counts is how fast the weight comes from memory. Such shapes take several weights in turn, more
/// than caches hold, as a network does.
struct GemmOperands {
    private static let bytesBeyondCaches = 128 << 20

    private let shape: GemmShape
    private let input: Tensor
    private let weights: [Tensor]

    init(_ shape: GemmShape) {
        self.shape = shape
        input = .randomNormal([shape.m, shape.k])
        weights = (0..<Self.copies(shape, bits: 32)).map { _ in .randomNormal([shape.n, shape.k], deviation: 0.02) }
    }

    private static func copies(_ shape: GemmShape, bits: Int) -> Int {
        let bytes = (bits * shape.k * shape.n + 7) / 8
        return shape.m == 1 ? (bytesBeyondCaches + bytes - 1) / bytes : 1
    }

    func cases(_ arithmetic: GemmArithmetic) -> [GemmCase] {
        let plain = input, ready = PreparedInput(input, for: arithmetic.arithmetic), packed = packed(arithmetic)
        let product = rotating(
            arithmetic, .packed, packed.map { matrix in { _ = matrix.linear(ready) } }, bytes: packed[0].byteCount)
        switch arithmetic {
        case .f32, .bf16:
            let precision: Precision = arithmetic == .f32 ? .float32 : .bfloat16
            let calls = weights.map { weight in
                { withPrecision(precision) { _ = withInference { plain.linear(weight) } } }
            }
            return [product, rotating(arithmetic, .unpacked, calls, bytes: weights[0].byteCount)]
        case .int8, .w4, .w2, .w1:
            let calls = packed.map { matrix in { _ = matrix.linear(PreparedInput(plain, for: arithmetic.arithmetic)) } }
            return [product, rotating(arithmetic, .quantizing, calls, bytes: packed[0].byteCount)]
        }
    }

    private func packed(_ arithmetic: GemmArithmetic) -> [PackedMatrix] {
        let copies = Self.copies(shape, bits: arithmetic.bits)
        switch arithmetic {
        case .f32, .bf16:
            // Some weights again where smaller numbers take more copies to be beyond the caches.
            let precision: Precision = arithmetic == .f32 ? .float32 : .bfloat16
            return (0..<copies).map { PackedMatrix(weights[$0 % weights.count], precision: precision) }
        case .int8, .w4, .w2, .w1:
            let weight = quantized(weights[0], bits: arithmetic.bits)
            return (0..<copies).map { _ in PackedMatrix(weight, arithmetic: arithmetic.arithmetic) }
        }
    }

    /// One symmetric scale for each row; with 1 bit the signs.
    private func quantized(_ weight: Tensor, bits: Int) -> QuantizedMatrix {
        let (codes, scales) = weight.quantizedRows()
        if bits == 8 { return QuantizedMatrix(codes: codes, bits: bits, scales: scales) }
        let range = QuantizedMatrix.codes(ofBits: bits), step = Float(1 << (8 - bits))
        let signs = Tensor.where(weight .< Tensor(0), Tensor(-1), Tensor(1))
        let rounded = Tensor.minimum(
            (codes.cast(to: .float32) / step).roundedStraightThrough(), Tensor(Float(range.upperBound)))
        return QuantizedMatrix(codes: (bits == 1 ? signs : rounded).cast(to: .int8), bits: bits, scales: scales * step)
    }

    /// A case that makes the next of `calls` every time.
    private func rotating(_ arithmetic: GemmArithmetic, _ mode: GemmMode, _ calls: [() -> Void], bytes: Int) -> GemmCase
    {
        var next = 0
        return GemmCase(arithmetic: arithmetic, mode: mode, weightBytes: bytes) {
            calls[next]()
            next = next + 1 == calls.count ? 0 : next + 1
        }
    }
}
