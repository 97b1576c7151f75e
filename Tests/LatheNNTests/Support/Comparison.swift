import LatheTensor
import Testing

/// The Euclidean norm of `values - expected` over that of `expected`.
func normalizedError(_ values: [Float], _ expected: [Float]) -> Float {
    var difference = 0.0, size = 0.0
    for (value, expected) in zip(values, expected) {
        difference += (Double(value) - Double(expected)) * (Double(value) - Double(expected))
        size += Double(expected) * Double(expected)
    }
    return Float((difference / max(size, 1e-30)).squareRoot())
}

/// Fails unless shape and values agree, the values to within `tolerance` of the largest expected magnitude, or of 1 if
/// that is larger. NaN agrees with nothing.
func expectClose(
    _ tensor: Tensor, _ expected: [Float], shape: [Int], tolerance: Float = 2e-6,
    _ location: SourceLocation = #_sourceLocation
) {
    #expect(tensor.shape == shape, sourceLocation: location)
    #expect(tensor.dtype == .float32, sourceLocation: location)
    let values = tensor.floatArray
    guard values.count == expected.count else {
        Issue.record("\(values.count) values, \(expected.count) expected", sourceLocation: location)
        return
    }
    let limit = tolerance * max(1, expected.map(abs).max() ?? 0)
    let worst = values.indices.max { difference(values, expected, $0) < difference(values, expected, $1) }
    if let worst, !(abs(values[worst] - expected[worst]) <= limit) {
        Issue.record(
            "element \(worst) is \(values[worst]), \(expected[worst]) expected to within \(limit)",
            sourceLocation: location)
    }
}

/// Fails unless two tensors have the same shape and the same bits.
func expectSameBits(_ tensor: Tensor, _ expected: Tensor, _ location: SourceLocation = #_sourceLocation) {
    #expect(tensor.shape == expected.shape, sourceLocation: location)
    #expect(bits(tensor) == bits(expected), sourceLocation: location)
}

/// The bit patterns of a tensor's elements.
func bits(_ tensor: Tensor) -> [UInt32] {
    tensor.floatArray.map(\.bitPattern)
}

private func difference(_ values: [Float], _ expected: [Float], _ index: Int) -> Float {
    let difference = abs(values[index] - expected[index])
    return difference.isNaN ? .infinity : difference
}
