import ArgumentParser
import Lathe

/// In what numbers a product multiplies.
enum GemmArithmetic: String, CaseIterable, ExpressibleByArgument {
    case f32, bf16, int8

    var arithmetic: PackedMatrix.Arithmetic {
        switch self {
        case .f32: .float32
        case .bf16: .bfloat16
        case .int8: .integer(InputGrid())
        }
    }
}

/// What a measured call finds ready, and what it does itself.
enum GemmMode: String {
    /// The product alone: weight laid out, input in the right type.
    case packed
    /// The product of plain float tensors: weight laid out (and rounded to bf16) in the call, as in training.
    case unpacked
    /// int8: the float input is quantised in the call.
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
/// With one row, what counts is how fast the weight comes from memory. Such shapes take several weights in turn, more than caches hold, as a network does.
struct GemmOperands {
    private static let bytesBeyondCaches = 128 << 20

    private let shape: GemmShape
    private let input: Tensor
    private let weights: [Tensor]

    init(_ shape: GemmShape) {
        self.shape = shape
        input = .randomNormal([shape.m, shape.k])
        weights = (0..<Self.copies(shape, bytesPerElement: 4)).map { _ in .randomNormal([shape.n, shape.k], deviation: 0.02) }
    }

    private static func copies(_ shape: GemmShape, bytesPerElement: Int) -> Int {
        let bytes = bytesPerElement * shape.k * shape.n
        return shape.m == 1 ? (bytesBeyondCaches + bytes - 1) / bytes : 1
    }

    func cases(_ arithmetic: GemmArithmetic) -> [GemmCase] {
        let plain = input, ready = PreparedInput(input, for: arithmetic.arithmetic), packed = packed(arithmetic)
        let product = rotating(arithmetic, .packed, packed.map { matrix in { _ = matrix.linear(ready) } }, bytes: packed[0].byteCount)
        switch arithmetic {
        case .f32, .bf16:
            let precision: Precision = arithmetic == .f32 ? .float32 : .bfloat16
            let calls = weights.map { weight in { withPrecision(precision) { _ = withInference { plain.linear(weight) } } } }
            return [product, rotating(arithmetic, .unpacked, calls, bytes: weights[0].byteCount)]
        case .int8:
            let calls = packed.map { matrix in { _ = matrix.linear(PreparedInput(plain, for: arithmetic.arithmetic)) } }
            return [product, rotating(arithmetic, .quantizing, calls, bytes: packed[0].byteCount)]
        }
    }

    private func packed(_ arithmetic: GemmArithmetic) -> [PackedMatrix] {
        switch arithmetic {
        case .f32: return copies(bytesPerElement: 4) { PackedMatrix($0, precision: .float32) }
        case .bf16: return copies(bytesPerElement: 2) { PackedMatrix($0, precision: .bfloat16) }
        case .int8:
            return copies(bytesPerElement: 1) { weight in
                let (codes, scales) = weight.quantizedRows()
                return PackedMatrix(QuantizedMatrix(codes: codes, bits: 8, scales: scales), arithmetic: .integer(InputGrid()))
            }
        }
    }

    /// The weights, laid out by `pack`; some of them again where smaller numbers take more copies to be beyond the caches.
    private func copies(bytesPerElement: Int, _ pack: (Tensor) -> PackedMatrix) -> [PackedMatrix] {
        (0..<Self.copies(shape, bytesPerElement: bytesPerElement)).map { pack(weights[$0 % weights.count]) }
    }

    /// A case that makes the next of `calls` every time.
    private func rotating(_ arithmetic: GemmArithmetic, _ mode: GemmMode, _ calls: [() -> Void], bytes: Int) -> GemmCase {
        var next = 0
        return GemmCase(arithmetic: arithmetic, mode: mode, weightBytes: bytes) {
            calls[next]()
            next = next + 1 == calls.count ? 0 : next + 1
        }
    }
}
