import LatheTensor
import Testing

/// Checks the gradients of `function` with respect to every input against finite differences of
/// `Σ function(inputs) · weights` with fixed weights.
///
/// The weighted sum is taken in Double and the slope from four points, `(8 (f(+h) - f(-h)) - (f(+2h) - f(-2h))) / 12h`,
/// whose error is h⁴/30 times the fifth derivative. With h = 1/32, that and the rounding of a float32 result divided by
/// h are both some 1e-6; the default tolerance, relative to the largest slope of an input, leaves room for functions
/// that grow fast. An input must be further than 2h from any kink.
///
/// Also checks that recording changes no result, and that each gradient has its input's shape. Of large inputs, 64
/// elements are checked.
func expectGradientsMatch(
    _ inputs: [Tensor], step: Float = 1.0 / 32, tolerance: Double = 3e-4,
    sourceLocation: SourceLocation = #_sourceLocation,
    _ function: ([Tensor]) -> Tensor
) {
    let parameters = inputs.map { Parameter($0) }
    let output = function(parameters.map(\.value))
    guard output.needsGradient else {
        Issue.record("the result depends on no input", sourceLocation: sourceLocation)
        return
    }
    let weights = numbers(output.shape, seed: 77, in: 0.5...2)
    expectClose(
        output, withoutGradients { function(inputs) }, .exact, "recorded and not recorded",
        sourceLocation: sourceLocation)
    output.backward(from: weights)

    let factors = weights.floatArray.map(Double.init)
    func weightedSum(_ inputs: [Tensor]) -> Double {
        zip(withoutGradients { function(inputs) }.floatArray, factors).reduce(0) { $0 + Double($1.0) * $1.1 }
    }
    for (number, (input, parameter)) in zip(inputs, parameters).enumerated() {
        guard let gradient = parameter.gradient else {
            Issue.record("input \(number) got no gradient", sourceLocation: sourceLocation)
            continue
        }
        guard gradient.shape == input.shape else {
            Issue.record(
                "the gradient of input \(number) has shape \(gradient.shape), expected \(input.shape)",
                sourceLocation: sourceLocation)
            continue
        }
        let values = input.floatArray, slopes = gradient.floatArray
        let interval = max(1, (values.count + 63) / 64)
        let checked = Array(stride(from: 0, to: values.count, by: interval))
        let expected = checked.map { element in
            func moved(_ steps: Float) -> Double {
                var values = values
                values[element] += steps * step
                var moved = inputs
                moved[number] = Tensor(values, shape: input.shape)
                return weightedSum(moved)
            }
            return (8 * (moved(1) - moved(-1)) - (moved(2) - moved(-2))) / (12 * Double(step))
        }
        expectClose(
            Tensor(checked.map { slopes[$0] }), Reference(shape: [checked.count], values: expected),
            .normalized(tolerance),
            "gradient of input \(number), one element in \(interval)", sourceLocation: sourceLocation)
    }
}
