import LatheTensor
import Testing

@Suite("Conversion between types")
struct ConversionTests {
    private func bits(_ tensor: Tensor) -> [UInt16] { tensor.withUnsafeBytes { Array($0.bindMemory(to: UInt16.self)) } }

    /// bf16 is the upper half of float32, rounded to nearest even.
    private func bfloat16(_ value: Float) -> UInt16 {
        let pattern = value.bitPattern
        if value.isNaN { return UInt16(pattern >> 16) | 0x40 }
        return UInt16((UInt64(pattern) + 0x7fff + UInt64(pattern >> 16 & 1)) >> 16)
    }

    private let special: [Float] = [
        0, -0.0, 1, -1, 1.00390625, 1.01171875, 3.4e38, .greatestFiniteMagnitude, .infinity, -.infinity,
        .leastNonzeroMagnitude, 0x1p-133,
        65_504, 65_519, 65_520, 1e-7, 6e-8, 2e-8, 0.1, 1 / 3,
    ]

    @Test("float32 becomes bf16 by rounding to nearest even")
    func toBFloat16() {
        let values = special + numbers([999]).floatArray.map { $0 / 3 }
        #expect(bits(Tensor(values).cast(to: .bfloat16)) == values.map(bfloat16))
    }

    @Test("bf16 becomes float32 exactly")
    func fromBFloat16() {
        let values = special.map { Float(bitPattern: UInt32(bfloat16($0)) << 16) }
        let stored = Tensor(values).cast(to: .bfloat16)
        #expect(stored.dtype == .bfloat16)
        #expect(stored.cast(to: .float32).floatArray == values)
    }

    #if !(os(macOS) && arch(x86_64))
        @Test("float32 becomes float16 by rounding to nearest even, and back exactly")
        func float16() {
            let values = special + numbers([999]).floatArray.map { $0 / 3 }
            let stored = Tensor(values).cast(to: .float16)
            #expect(bits(stored) == values.map { Float16($0).bitPattern })
            #expect(stored.cast(to: .float32).floatArray == values.map { Float(Float16($0)) })
        }
    #endif

    @Test("NaN stays NaN", arguments: [DType.bfloat16, .float16])
    func notANumber(type: DType) {
        #expect(Tensor([.nan]).cast(to: type).floatArray[0].isNaN)
    }

    @Test("Floats become integers by truncation and clamping, NaN by zero")
    func toIntegers() {
        let x = Tensor([1.9, -1.9, 300, -300, 1e20, -1e20, .nan, .infinity, -.infinity, 127.5])
        let limits: [(DType, Double, Double)] = [
            (.int8, -128, 127), (.uint8, 0, 255), (.int32, -2_147_483_648, 2_147_483_647), (.int64, -0x1p63, 0x1p63),
        ]
        for (type, low, high) in limits {
            let expected = Reference(x).map { $0.isNaN ? 0 : min(max($0.rounded(.towardZero), low), high) }
            expectClose(x.cast(to: type), expected.map { Double(Float($0)) }, .exact, "\(type)", dtype: type)
        }
    }

    @Test("Everything but zero is true")
    func toBooleans() {
        #expect(Tensor([0, -0.0, 0.5, -3, .nan]).cast(to: .bool).boolArray == [false, false, true, true, true])
        #expect(Tensor([Int32(0), 7, 256]).cast(to: .bool).boolArray == [false, true, true])
    }

    @Test("Small whole numbers survive every pair of types", arguments: DType.allCases, DType.allCases)
    func everyPair(first: DType, second: DType) {
        let values: [Float] = first == .bool || second == .bool ? [0, 1, 1, 0, 1] : [0, 1, 2, 100, 127]
        let stored = Tensor(values).cast(to: first).cast(to: second)
        expectClose(stored, Reference(shape: [5], values: values.map(Double.init)), .exact, dtype: second)
    }

    @Test("Integers become other integers exactly, by clamping")
    func betweenIntegers() {
        let values = [0x1_0000_0001, 16_777_217, -16_777_217, 300, -300, .min]
        let wide = values.withUnsafeBytes { Tensor(bytes: $0, shape: [6], dtype: .int64) }
        #expect(wide.cast(to: .int32).int32Array == [.max, 16_777_217, -16_777_217, 300, -300, .min])
        #expect(wide.cast(to: .int8).floatArray == [127, 127, -128, 127, -128, -128])
        #expect(wide.cast(to: .uint8).floatArray == [255, 255, 0, 255, 0, 0])
        #expect(wide.cast(to: .bool).boolArray == [true, true, true, true, true, true])
        let back = Tensor([Int32.max, 16_777_217, .min]).cast(to: .int64)
        #expect(
            back.withUnsafeBytes { Array($0.bindMemory(to: Int64.self)) } == [
                2_147_483_647, 16_777_217, -2_147_483_648,
            ])
    }

    @Test("Long arrays are converted to the end", arguments: [DType.bfloat16, .float16, .int32, .uint8, .int8, .int64])
    func long(type: DType) {
        let x = wholeNumbers([40_009], below: 100)
        expectClose(x.cast(to: type), Reference(x), .exact, dtype: type)
    }

    @Test("A tensor of the wanted type is returned as it is")
    func sameType() {
        let x = Tensor([1.0, 2])
        #expect(x.withUnsafeBytes { $0.baseAddress } == x.cast(to: .float32).withUnsafeBytes { $0.baseAddress })
    }

    @Test("Gradients pass through floating-point types as float32", arguments: [DType.bfloat16, .float16])
    func gradients(type: DType) {
        let x = Parameter(numbers([3, 5]))
        (x.value.cast(to: type).cast(to: .float32) * numbers([3, 5], seed: 2)).sum().backward()
        expectClose(x.gradient ?? .zeros([]), numbers([3, 5], seed: 2), .exact)
    }

    @Test("Nothing is recorded through integers")
    func integersCut() {
        #expect(!Parameter(Tensor([1.5])).value.cast(to: .int32).needsGradient)
    }
}
