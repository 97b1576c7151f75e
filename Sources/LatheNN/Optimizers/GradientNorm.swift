/// The size of all gradients together, and by how much the next step has to shrink them.
public struct GradientNorm: Sendable, Equatable {
    /// The root of the sum of all squares, after the scale that the caller asked for. Not finite when a gradient is
    /// not.
    public let norm: Float
    /// What `Optimizer.step(gradientScale:)` gets: the caller's scale times, if the norm is too large,
    /// `limit / (norm + 1e-6)`.
    public let scale: Float
    /// The first parameter whose gradient holds NaN or infinity (or is so large that its square does); a step would
    /// spoil the parameters.
    public let firstNonFinitePath: String?

    public init(norm: Float, scale: Float, firstNonFinitePath: String? = nil) {
        (self.norm, self.scale, self.firstNonFinitePath) = (norm, scale, firstNonFinitePath)
    }
}

extension Optimizer {
    /// Measures the gradients and says how to scale them for a norm of at most `limit`, as torch's `clip_grad_norm_`
    /// does. Nothing is changed here:
    ///
    /// ```swift
    /// let gradients = optimizer.clipGradients(to: 1)
    /// optimizer.step(gradientScale: gradients.scale)
    /// ```
    /// - Parameters:
    ///   - limit: nil only measures.
    ///   - scale: what gradients are multiplied by before they are measured: 1 over the number of accumulated batches.
    public func clipGradients(to limit: Float?, scale: Float = 1) -> GradientNorm {
        var sum = 0.0
        var firstNonFinitePath: String?
        for (path, parameter) in namedParameters where parameter.isTrainable {
            guard let squares = parameter.gradient?.sumOfSquares() else { continue }
            if !squares.isFinite { firstNonFinitePath = firstNonFinitePath ?? path }
            sum += Double(squares)
        }
        let norm = scale * Float(sum.squareRoot())
        let shrinking = limit.map { min(1, $0 / (norm + 1e-6)) } ?? 1
        return GradientNorm(norm: norm, scale: scale * shrinking, firstNonFinitePath: firstNonFinitePath)
    }
}
