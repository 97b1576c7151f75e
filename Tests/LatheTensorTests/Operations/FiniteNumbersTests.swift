import Testing

@testable import LatheTensor

@Suite("Elements that are not finite")
struct FiniteNumbersTests {
    /// Long enough for whole vectors, a tail, and several threads.
    private static let length = 3 * Parallel.elementGrain + 7

    @Test(
        "The first one is found wherever it is, in every floating-point type",
        arguments: [0, 5, 4_095, Self.length - 1], [DType.float32, .bfloat16, .float16])
    func place(index: Int, type: DType) {
        for value in [Float.nan, .infinity, -.infinity] {
            var values = [Float](repeating: -2, count: Self.length)
            values[index] = value
            let found = Tensor(values).cast(to: type).firstNonFinite
            #expect(found?.index == [index] && found?.count == 1)
            #expect(value.isNaN ? found?.value.isNaN == true : found?.value == value)
        }
    }

    @Test("The largest and the smallest numbers of a type are finite")
    func finite() {
        let largest = Float.greatestFiniteMagnitude
        #expect(Tensor([largest, -largest, 0, -0.0, .leastNonzeroMagnitude] as [Float]).firstNonFinite == nil)
        #expect(Tensor([65_504, -65_504] as [Float]).cast(to: .float16).firstNonFinite == nil)
        #expect(
            Tensor([Int32.max, .min], shape: [2]).firstNonFinite == nil && Tensor([] as [Float]).firstNonFinite == nil)
    }

    @Test("The message has the place along each axis and says how many more there are")
    func message() {
        let tensor = Tensor([0, 1, 2, .nan, 4, -.infinity] as [Float], shape: [2, 3])
        #expect(tensor.firstNonFinite?.description == "NaN at [1, 0] and 1 more values that are not finite")
        #expect(Tensor([-.infinity] as [Float], shape: []).firstNonFinite?.description == "-infinity")
    }
}
