import LatheTensor
import Testing

/// Fails unless the gradients that `backward()` gives to `parameters` agree with finite differences of `output`,
/// weighted by fixed random numbers and summed. The error is normalised per parameter.
func expectGradients(
    of parameters: [Parameter], tolerance: Float = 2e-3, difference h: Float = 1e-2,
    _ location: SourceLocation = #_sourceLocation,
    _ output: () -> Tensor
) {
    for parameter in parameters { parameter.gradient = nil }
    let result = output()
    let weights = Tensor.randomNormal(result.shape, from: RandomSource(seed: 99))
    result.backward(from: weights)
    for (number, parameter) in parameters.enumerated() {
        guard let gradient = parameter.gradient else {
            Issue.record("parameter \(number) has no gradient", sourceLocation: location)
            continue
        }
        #expect(gradient.shape == parameter.shape, sourceLocation: location)
        let start = parameter.detached.floatArray
        let numeric = start.indices.map { index in
            let sides = [h, -h].map { step in
                var values = start
                values[index] += step
                parameter.value = Tensor(values, shape: parameter.shape)
                return weightedSum(withoutGradients(output), weights)
            }
            return Float((sides[0] - sides[1]) / (2 * Double(h)))
        }
        parameter.value = Tensor(start, shape: parameter.shape)
        let error = normalizedError(gradient.floatArray, numeric)
        #expect(error < tolerance, "parameter \(number) of shape \(parameter.shape)", sourceLocation: location)
    }
}

private func weightedSum(_ tensor: Tensor, _ weights: Tensor) -> Double {
    zip(tensor.floatArray, weights.floatArray).reduce(0) { $0 + Double($1.0) * Double($1.1) }
}
