import LatheTensor

/// The eigenvalue of largest magnitude of a loss's Hessian with respect to some parameters, by power iteration:
///
///     v = random, |v| = 1;   repeat:  h = H v,  λ = h · v,  v = h / |h|   until λ changes by less than `tolerance`
///
/// Gradients are not differentiated a second time here. `H v` is the central difference of two gradients along v, which
/// is exact up to the third derivative and the rounding of f32:
///
///     H v = (g(w + ε v) - g(w - ε v)) / 2ε,     ε = 2·10⁻⁴ (1 + |w|)
///
/// Source of the iteration, its start and its end: DeepSpeed `deepspeed/runtime/eigenvalue.py`.
struct PowerIteration {
    let maximumIterations: Int
    /// The relative change of λ at which iteration stops.
    let tolerance: Double
    /// Added to a norm before dividing by it.
    let stability: Double

    /// The step of the difference for parameters of 2-norm 0, and its share of theirs.
    private static let relativeStep: Float = 2e-4

    /// Runs the iteration. Parameters keep their values; their gradients are lost.
    /// - Parameters:
    ///   - source: the start's random numbers.
    ///   - addGradients: adds the gradients at the parameters' present values to `Parameter.gradient`.
    /// - Returns: λ, with its sign; 0 where gradients are not finite, and without parameters.
    func eigenvalue(of parameters: [Parameter], from source: RandomSource, addGradients: () throws -> Void) rethrows
        -> Double
    {
        let values = parameters.map(\.detached)
        defer {
            for (parameter, value) in zip(parameters, values) { (parameter.value, parameter.gradient) = (value, nil) }
        }
        let step = Self.relativeStep * (1 + Float(Self.product(values, values).squareRoot()))
        func gradients(_ direction: [Tensor], _ step: Float) throws -> [Tensor] {
            for (parameter, (value, part)) in zip(parameters, zip(values, direction)) {
                (parameter.value, parameter.gradient) = (withoutGradients { value + part * step }, nil)
            }
            try addGradients()
            return parameters.map { $0.gradient ?? .zeros($0.shape) }
        }
        guard !parameters.isEmpty, var direction = normalized(values.map({ .randomNormal($0.shape, from: source) }))
        else { return 0 }
        var current = 1.0, previous = 0.0, count = 0
        while count < maximumIterations, current != 0, abs((current - previous) / current) >= tolerance {
            previous = current
            let ahead = try gradients(direction, step), behind = try gradients(direction, -step)
            let product = withoutGradients { zip(ahead, behind).map { ($0 - $1) * (1 / (2 * step)) } }
            current = Self.product(product, direction)
            guard current.isFinite, let next = normalized(product) else { return 0 }
            direction = next
            count += 1
        }
        return current
    }

    private static func product(_ left: [Tensor], _ right: [Tensor]) -> Double {
        withoutGradients { zip(left, right).reduce(0) { $0 + Double(($1.0 * $1.1).sum().scalar) } }
    }

    /// The vector of length 1; nil if it has none, or no finite one.
    private func normalized(_ vector: [Tensor]) -> [Tensor]? {
        let norm = Self.product(vector, vector).squareRoot() + stability
        guard norm > 0, norm.isFinite else { return nil }
        return withoutGradients { vector.map { $0 * Float(1 / norm) } }
    }
}
