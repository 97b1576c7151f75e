import LatheTensor
import Testing

@Suite("Comparison helper")
struct ComparisonTests {
    private let expected = Reference(shape: [2, 2], values: [1, -2, 4, 0])

    private func difference(_ values: [Float], _ tolerance: Tolerance) -> String? {
        LatheTensorTests.difference(of: Tensor(values, shape: [2, 2]), from: expected, tolerance)
    }

    @Test("Equal tensors do not differ under any tolerance")
    func equal() {
        for tolerance in [Tolerance.exact, .relative(0), .normalized(0), .decibels(200)] {
            #expect(difference([1, -2, 4, -0.0], tolerance) == nil)
        }
    }

    @Test("A shape that differs is reported even where the elements agree")
    func shape() {
        let flat = Tensor([1.0, -2, 4, 0])
        #expect(LatheTensorTests.difference(of: flat, from: expected, .exact) == "shape [4], expected [2, 2]")
    }

    @Test("A result that is too short is reported")
    func length() {
        #expect(LatheTensorTests.difference(of: Tensor([1.0, -2], shape: [1, 2]), from: expected, .exact) != nil)
    }

    @Test("A type that differs is reported even where the elements agree")
    func type() {
        let integers = Tensor([Int32(1), -2, 4, 0], shape: [2, 2])
        #expect(LatheTensorTests.difference(of: integers, from: expected, .exact) == "int32, expected float32")
        #expect(LatheTensorTests.difference(of: integers, from: expected, .exact, dtype: .int32) == nil)
    }

    @Test("The exact tolerance notices the last bit")
    func lastBit() {
        #expect(difference([Float(1).nextUp, -2, 4, 0], .exact) != nil)
    }

    @Test("The relative tolerance is a share of each element, and of 1 below 1")
    func relative() {
        #expect(difference([1, -2, 4.25, 0], .relative(0.0625)) == nil)
        #expect(difference([1, -2, 4.375, 0], .relative(0.0625)) != nil)
        #expect(difference([1, -2.25, 4, 0], .relative(0.0625)) != nil)
        #expect(difference([1, -2, 4, 0.0625], .relative(0.0625)) == nil)
        #expect(difference([1, -2, 4, 0.125], .relative(0.0625)) != nil)
    }

    @Test("The normalised tolerance is a share of the largest element")
    func normalized() {
        #expect(difference([1, -2, 4, 0.25], .normalized(0.0625)) == nil)
        #expect(difference([1, -2, 4, 0.375], .normalized(0.0625)) != nil)
    }

    @Test("Decibels compare the power of the signal with that of the error")
    func decibels() {
        // Signal power 21, error power 0.0021: 40 dB.
        let error = Float(0.0021).squareRoot()
        #expect(difference([1, -2, 4, error], .decibels(39.99)) == nil)
        #expect(difference([1, -2, 4, error], .decibels(40.01)) != nil)
    }

    @Test("NaN and infinity are equal to themselves only", arguments: [Double.nan, .infinity, -.infinity])
    func notFinite(value: Double) {
        let expected = Reference(shape: [2], values: [value, 1])
        for tolerance in [Tolerance.exact, .relative(1), .normalized(1)] {
            #expect(LatheTensorTests.difference(of: Tensor([Float(value), 1]), from: expected, tolerance) == nil)
            #expect(LatheTensorTests.difference(of: Tensor([Float(0), 1]), from: expected, tolerance) != nil)
            #expect(
                LatheTensorTests.difference(of: Tensor([Float(value), Float(value)]), from: expected, tolerance) != nil)
        }
    }

    @Test("The worst element is named with its index")
    func worst() {
        let message = difference([1.25, -2, 5, 0], .exact)
        #expect(message == "5.0 at [1, 0], expected 4.0: off by 1.0, at most 0.0 allowed; 2 of 4 elements differ")
    }

    @Test("A difference is recorded as an issue of the caller's line")
    func recorded() {
        let line = #line + 2
        withKnownIssue {
            expectClose(Tensor([1.0]), Tensor([2.0]), .exact)
        } matching: { issue in
            issue.sourceLocation?.line == line
        }
    }
}
