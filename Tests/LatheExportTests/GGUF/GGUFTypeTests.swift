import LatheTensor
import Testing

@testable import LatheExport

@Suite("Blocks of GGUF")
struct GGUFTypeTests {
    /// 32 numbers of which number 5 is the largest.
    private let values: [Float] = (0..<32).map { $0 == 5 ? -8 : Float($0 % 7) - 3 }

    @Test("Floats of 32 and 16 bits lie as they are")
    func floats() throws {
        #expect(try GGUFType.float32.encode(Tensor([1.0] as [Float]), named: "t") == [0, 0, 0x80, 0x3F])
        #expect(try GGUFType.float16.encode(Tensor([1, -2] as [Float]), named: "t") == [0, 0x3C, 0, 0xC0])
    }

    @Test("q8_0: a scale of the largest magnitude over 127, then a byte for each number")
    func eightBits() throws {
        let bytes = try GGUFType.q8_0.encode(Tensor(values.map { $0 * 127 / 8 }), named: "t")
        #expect(bytes.count == 34)
        // The largest magnitude is 127, so that the scale is 1.
        #expect(Array(bytes[..<2]) == [0, 0x3C])
        #expect(
            bytes[2...].map { Float(Int8(bitPattern: $0)) }
                == values.map { ($0 * 127 / 8).rounded(.toNearestOrAwayFromZero) })
    }

    @Test("q4_0: a scale that makes the largest number -8, then two numbers a byte, 16 apart")
    func fourBits() throws {
        let bytes = try GGUFType.q4_0.encode(Tensor(values), named: "t")
        #expect(bytes.count == 18 && Array(bytes[..<2]) == [0, 0x3C])
        let codes = bytes[2...].map { Float($0 & 15) - 8 } + bytes[2...].map { Float($0 >> 4) - 8 }
        #expect(codes == values)
    }

    @Test("A positive largest number has a negative scale, and codes end at 15")
    func negativeScale() throws {
        let bytes = try GGUFType.q4_0.encode(Tensor(values.map { -$0 }), named: "t")
        #expect(Array(bytes[..<2]) == [0, 0xBC])
        let opposite = try GGUFType.q4_0.encode(Tensor((0..<32).map { $0 == 0 ? -8 : 8 } as [Float]), named: "t")
        #expect(opposite[2] == 0xF0 && opposite[3] == 0xFF)
    }

    @Test("Numbers and scales that 16 bits cannot hold are errors")
    func beyondHalf() throws {
        let row = Tensor.full([1, 32], 1e5)
        let error = #expect(throws: NarrowingError.self) {
            try GGUFType.float16.encode(row, named: "blk.0.ffn_up.weight")
        }
        #expect(error?.tensor == "blk.0.ffn_up.weight" && error?.value == 1e5)
        _ = try GGUFType.q8_0.encode(row, named: "t")
        #expect(throws: NarrowingError.self) { try GGUFType.q8_0.encode(row * 1e3, named: "t") }
        #expect(throws: NarrowingError.self) { try GGUFType.q4_0.encode(row * 10, named: "t") }
    }

    @Test("Zeros stay zeros")
    func zeros() throws {
        #expect(try GGUFType.q8_0.encode(.zeros([2, 32]), named: "t") == [UInt8](repeating: 0, count: 68))
        // -0 and eights, as ggml has it.
        #expect(
            try GGUFType.q4_0.encode(.zeros([1, 32]), named: "t") == [0, 0x80] + [UInt8](repeating: 0x88, count: 16))
    }
}
