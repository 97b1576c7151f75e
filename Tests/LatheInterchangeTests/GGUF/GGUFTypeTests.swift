import LatheTensor
import Testing

@testable import LatheInterchange

@Suite("Blocks of GGUF")
struct GGUFTypeTests {
    /// 32 numbers of which number 5 is the largest.
    private let values: [Float] = (0..<32).map { $0 == 5 ? -8 : Float($0 % 7) - 3 }

    @Test("Floats of 32 and 16 bits lie as they are")
    func floats() {
        #expect(GGUFType.float32.encode(Tensor([1.0] as [Float])) == [0, 0, 0x80, 0x3F])
        #expect(GGUFType.float16.encode(Tensor([1, -2] as [Float])) == [0, 0x3C, 0, 0xC0])
    }

    @Test("q8_0: a scale of the largest magnitude over 127, then a byte for each number")
    func eightBits() {
        let bytes = GGUFType.q8_0.encode(Tensor(values.map { $0 * 127 / 8 }))
        #expect(bytes.count == 34)
        // The largest magnitude is 127, so that the scale is 1.
        #expect(Array(bytes[..<2]) == [0, 0x3C])
        #expect(bytes[2...].map { Float(Int8(bitPattern: $0)) } == values.map { ($0 * 127 / 8).rounded(.toNearestOrAwayFromZero) })
    }

    @Test("q4_0: a scale that makes the largest number -8, then two numbers a byte, 16 apart")
    func fourBits() {
        let bytes = GGUFType.q4_0.encode(Tensor(values))
        #expect(bytes.count == 18 && Array(bytes[..<2]) == [0, 0x3C])
        let codes = bytes[2...].map { Float($0 & 15) - 8 } + bytes[2...].map { Float($0 >> 4) - 8 }
        #expect(codes == values)
    }

    @Test("A positive largest number has a negative scale, and codes end at 15")
    func negativeScale() {
        let bytes = GGUFType.q4_0.encode(Tensor(values.map { -$0 }))
        #expect(Array(bytes[..<2]) == [0, 0xBC])
        let opposite = GGUFType.q4_0.encode(Tensor((0..<32).map { $0 == 0 ? -8 : 8 } as [Float]))
        #expect(opposite[2] == 0xF0 && opposite[3] == 0xFF)
    }

    @Test("Zeros stay zeros")
    func zeros() {
        #expect(GGUFType.q8_0.encode(.zeros([2, 32])) == [UInt8](repeating: 0, count: 68))
        // -0 and eights, as ggml has it.
        #expect(GGUFType.q4_0.encode(.zeros([1, 32])) == [0, 0x80] + [UInt8](repeating: 0x88, count: 16))
    }
}
