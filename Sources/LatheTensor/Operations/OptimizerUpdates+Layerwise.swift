/// The numbers of one update by `Lamb` (arXiv:1904.00962).
package struct LambUpdate: Sendable {
    public var learningRate: Float
    public var beta1: Float
    public var beta2: Float
    public var epsilon: Float
    /// Whether ε is added to the mean square, and not to its root.
    public var hasEpsilonInRoot: Bool
    /// Whether running averages are corrected for beginning at 0.
    public var correctsBias: Bool
    /// The bounds of the ratio of the parameter's norm to the step's.
    public var trust: ClosedRange<Float>
    public var weightDecay: Float
    /// The number of this update of this parameter, from 1 on.
    public var step: Int
    /// What the gradient is multiplied by first: clipping, averaging.
    public var gradientScale: Float

    public init(
        learningRate: Float, beta1: Float, beta2: Float, epsilon: Float, hasEpsilonInRoot: Bool = false,
        correctsBias: Bool = true, trust: ClosedRange<Float>,
        weightDecay: Float, step: Int, gradientScale: Float
    ) {
        (self.learningRate, self.beta1, self.beta2, self.epsilon) = (learningRate, beta1, beta2, epsilon)
        (self.hasEpsilonInRoot, self.correctsBias, self.trust) = (hasEpsilonInRoot, correctsBias, trust)
        (self.weightDecay, self.step, self.gradientScale) = (weightDecay, step, gradientScale)
    }
}

/// The numbers of one update by `Lion` (arXiv:2302.06675).
package struct LionUpdate: Sendable {
    public var learningRate: Float
    public var beta1: Float
    public var beta2: Float
    public var weightDecay: Float
    /// What the gradient is multiplied by first: clipping, averaging.
    public var gradientScale: Float

    public init(learningRate: Float, beta1: Float, beta2: Float, weightDecay: Float, gradientScale: Float) {
        (self.learningRate, self.beta1, self.beta2) = (learningRate, beta1, beta2)
        (self.weightDecay, self.gradientScale) = (weightDecay, gradientScale)
    }
}

/// The numbers of one update by `Adagrad`.
package struct AdagradUpdate: Sendable {
    public var learningRate: Float
    public var epsilon: Float
    public var weightDecay: Float
    /// What the gradient is multiplied by first: clipping, averaging.
    public var gradientScale: Float

    public init(learningRate: Float, epsilon: Float, weightDecay: Float, gradientScale: Float) {
        (self.learningRate, self.epsilon, self.weightDecay, self.gradientScale) = (
            learningRate, epsilon, weightDecay, gradientScale
        )
    }
}

extension Parameter {
    /// Updates the value in place, by the formula of `Lamb`.
    /// - Parameters:
    ///   - numbers: of this update.
    ///   - gradient: of the value's shape.
    ///   - moments: the running averages of the gradient and of its square, of the value's shape; updated as well.
    package func update(_ numbers: LambUpdate, gradient: Tensor, moments: inout [Tensor]) {
        let count = checked(gradient, moments, 2), direction = Tensor(uninitialized: shape)
        for index in moments.indices { moments[index].makeUnique() }
        let inner: Float = numbers.hasEpsilonInRoot ? numbers.epsilon : 0, outer = numbers.epsilon - inner
        withUnsafeMutableFloats { p in
            withPointers(gradient, moments[0], moments[1], direction) { g, m, v, u in
                Parallel.forEach(count, grain: Parallel.elementGrain) { range in
                    for i in range {
                        let gradient = g[i] * numbers.gradientScale
                        m[i] = numbers.beta1 * m[i] + (1 - numbers.beta1) * gradient
                        v[i] = numbers.beta2 * v[i] + (1 - numbers.beta2) * gradient * gradient
                        u[i] = m[i] / ((v[i] + inner).squareRoot() + outer) + numbers.weightDecay * p[i]
                    }
                }
            }
        }
        let size = detached.sumOfSquares().squareRoot(), length = direction.sumOfSquares().squareRoot()
        let trust =
            size == 0 || length == 0 ? 1 : min(max(size / length, numbers.trust.lowerBound), numbers.trust.upperBound)
        var rate = Double(numbers.learningRate)
        if numbers.correctsBias {
            rate *=
                (1 - Double(numbers.beta2).power(numbers.step)).squareRoot()
                / (1 - Double(numbers.beta1).power(numbers.step))
        }
        let factor = Float(rate) * trust
        withUnsafeMutableFloats { p in
            direction.withPointer { u in
                Parallel.forEach(count, grain: Parallel.elementGrain) { range in
                    for i in range { p[i] -= factor * u[i] }
                }
            }
        }
    }

    /// Updates the value in place, by the formula of `Lion`.
    /// - Parameters:
    ///   - numbers: of this update.
    ///   - gradient: of the value's shape.
    ///   - average: the running average of the gradient, one tensor of the value's shape; updated as well.
    package func update(_ numbers: LionUpdate, gradient: Tensor, average: inout [Tensor]) {
        let count = checked(gradient, average, 1)
        average[0].makeUnique()
        let decay = 1 - numbers.learningRate * numbers.weightDecay
        withUnsafeMutableFloats { p in
            withPointers(gradient, average[0]) { g, m in
                Parallel.forEach(count, grain: Parallel.elementGrain) { range in
                    for i in range {
                        let gradient = g[i] * numbers.gradientScale,
                            mixed = numbers.beta1 * m[i] + (1 - numbers.beta1) * gradient
                        p[i] = p[i] * decay - (mixed == 0 ? 0 : Float(signOf: mixed, magnitudeOf: numbers.learningRate))
                        m[i] = numbers.beta2 * m[i] + (1 - numbers.beta2) * gradient
                    }
                }
            }
        }
    }

    /// Updates the value in place, by the formula of `Adagrad`.
    /// - Parameters:
    ///   - numbers: of this update.
    ///   - gradient: of the value's shape.
    ///   - sums: the sums of all squared gradients, one tensor of the value's shape; updated as well.
    package func update(_ numbers: AdagradUpdate, gradient: Tensor, sums: inout [Tensor]) {
        let count = checked(gradient, sums, 1)
        sums[0].makeUnique()
        withUnsafeMutableFloats { p in
            withPointers(gradient, sums[0]) { g, s in
                Parallel.forEach(count, grain: Parallel.elementGrain) { range in
                    for i in range {
                        let gradient = g[i] * numbers.gradientScale + numbers.weightDecay * p[i]
                        s[i] += gradient * gradient
                        p[i] -= numbers.learningRate * gradient / (s[i].squareRoot() + numbers.epsilon)
                    }
                }
            }
        }
    }

    /// The number of elements, after a check of shapes.
    private func checked(_ gradient: Tensor, _ slots: [Tensor], _ slotCount: Int) -> Int {
        checkShape(of: gradient)
        precondition(
            slots.count == slotCount && slots.allSatisfy { $0.shape == shape },
            "an optimizer's memory of shape \(shape)")
        return gradient.elementCount
    }
}
