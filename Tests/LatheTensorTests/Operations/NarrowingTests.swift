import Testing

@testable import LatheTensor

@Suite("Narrowing floating-point numbers")
struct NarrowingTests {
    @Test(
        "A finite number that would become infinite is an error with its name and value",
        arguments: [
            (DType.float16, Float(65_520), Float(65_519.996)), (.float16, -1e5, -65_504),
            (.bfloat16, 0x1.FFp127, 0x1.FEFFFEp127),
        ])
    func limits(type: DType, beyond: Float, within: Float) throws {
        let error = #expect(throws: NarrowingError.self) {
            try Tensor([1, beyond, 2] as [Float]).narrowed(to: type, named: "layer.weight")
        }
        #expect(error == NarrowingError(file: nil, tensor: "layer.weight", value: beyond, type: type))
        #expect(
            error?.description.hasPrefix("layer.weight: \(beyond) is beyond the largest number of \(type.rawValue)")
                == true)
        let held = try Tensor([1, within, 2] as [Float]).narrowed(to: type, named: "")
        #expect(held.dtype == type && held.firstNonFinite == nil)
    }

    @Test("The number of the largest magnitude is named, also beside numbers that are not finite")
    func largest() {
        let tensor = Tensor([.infinity, 70_000, -90_000, .nan] as [Float])
        #expect(throws: NarrowingError(file: nil, tensor: "t", value: -90_000, type: .float16)) {
            try tensor.narrowed(to: .float16, named: "t")
        }
        #expect(throws: NarrowingError(file: nil, tensor: "t", value: 98_304, type: .float16)) {
            try Tensor([98_304] as [Float]).cast(to: .bfloat16).narrowed(to: .float16, named: "t")
        }
    }

    @Test("What is infinite already, or has the type, stays as it is")
    func untouched() throws {
        let mask = Tensor([0, -.infinity] as [Float])
        #expect(try mask.narrowed(to: .float16, named: "mask").cast(to: .float32).floatArray == [0, -.infinity])
        #expect(try Tensor([3e38] as [Float]).narrowed(to: .float32, named: "").floatArray == [3e38])
    }
}
