import LatheKernels

/// The numbers of one Adam or AdamW update (Kingma & Ba, arXiv:1412.6980; Loshchilov & Hutter, arXiv:1711.05101).
package struct AdamUpdate: Sendable {
    public var learningRate: Float
    public var beta1: Float
    public var beta2: Float
    public var epsilon: Float
    public var weightDecay: Float
    /// Whether the decay acts on the parameter itself (AdamW), or is added to the gradient (Adam).
    public var isDecoupled: Bool
    /// The number of this update of this parameter, from 1 on.
    public var step: Int
    /// What the gradient is multiplied by first: clipping, averaging.
    public var gradientScale: Float

    public init(
        learningRate: Float, beta1: Float, beta2: Float, epsilon: Float, weightDecay: Float, isDecoupled: Bool,
        step: Int, gradientScale: Float
    ) {
        (self.learningRate, self.beta1, self.beta2, self.epsilon) = (learningRate, beta1, beta2, epsilon)
        (self.weightDecay, self.isDecoupled, self.step, self.gradientScale) = (
            weightDecay, isDecoupled, step, gradientScale
        )
    }
}

/// The numbers of one update by gradient descent with momentum.
package struct MomentumUpdate: Sendable {
    public var learningRate: Float
    public var momentum: Float
    public var isNesterov: Bool
    public var weightDecay: Float
    /// What the gradient is multiplied by first: clipping, averaging.
    public var gradientScale: Float

    public init(learningRate: Float, momentum: Float, isNesterov: Bool, weightDecay: Float, gradientScale: Float) {
        (self.learningRate, self.momentum, self.isNesterov) = (learningRate, momentum, isNesterov)
        (self.weightDecay, self.gradientScale) = (weightDecay, gradientScale)
    }
}

extension Parameter {
    /// Updates the value in place in one pass, by the formula of `adam` in `lathe_ops.h`.
    /// - Parameters:
    ///   - numbers: of this update.
    ///   - gradient: of the value's shape.
    ///   - moments: the running means of the gradient and of its square, of the value's shape; updated as well.
    package func update(_ numbers: AdamUpdate, gradient: Tensor, moments: inout [Tensor]) {
        precondition(
            moments.count == 2 && moments.allSatisfy { $0.shape == shape }, "Adam keeps two moments of shape \(shape)")
        for index in moments.indices { moments[index].makeUnique() }
        checkShape(of: gradient)
        let corrections = (1 - Double(numbers.beta1).power(numbers.step), 1 - Double(numbers.beta2).power(numbers.step))
        withUnsafeMutableFloats { p in
            withPointers(gradient, moments[0], moments[1]) { g, m, v in
                Parallel.forEach(gradient.elementCount, grain: Parallel.elementGrain) { range in
                    let start = range.lowerBound
                    Kernels.active.pointee.adam(
                        Int64(range.count), p + start, m + start, v + start, g + start, numbers.gradientScale,
                        numbers.learningRate, numbers.beta1, numbers.beta2, numbers.epsilon, numbers.weightDecay,
                        numbers.isDecoupled, Float(corrections.0), Float(corrections.1))
                }
            }
        }
    }

    /// Updates the value in place in one pass, by the formula of `sgd` in `lathe_ops.h`.
    /// - Parameters:
    ///   - numbers: of this update.
    ///   - gradient: of the value's shape.
    ///   - velocity: one tensor of the value's shape, updated as well; empty when the momentum is 0.
    package func update(_ numbers: MomentumUpdate, gradient: Tensor, velocity: inout [Tensor]) {
        precondition(
            velocity.count <= 1 && velocity.allSatisfy { $0.shape == shape }
                && (numbers.momentum == 0 || velocity.count == 1),
            "gradient descent with momentum keeps one velocity of shape \(shape)")
        for index in velocity.indices { velocity[index].makeUnique() }
        checkShape(of: gradient)
        withUnsafeMutableFloats { p in
            withPointers(gradient, velocity.first) { g, v in
                Parallel.forEach(gradient.elementCount, grain: Parallel.elementGrain) { range in
                    let start = range.lowerBound
                    Kernels.active.pointee.sgd(
                        Int64(range.count), p + start, v.map { $0 + start }, g + start, numbers.gradientScale,
                        numbers.learningRate, numbers.momentum, numbers.weightDecay, numbers.isNesterov)
                }
            }
        }
    }

    func checkShape(of gradient: Tensor) {
        precondition(gradient.shape == shape, "a gradient of shape \(gradient.shape) for a parameter of shape \(shape)")
    }
}

extension Tensor {
    /// Copies the elements if others see the same memory.
    mutating func makeUnique() {
        if !isMemoryExclusive() { self = copy() }
    }
}

extension Double {
    /// This number to a power of 0 or more, by repeated squaring: the same bits on every system.
    func power(_ exponent: Int) -> Double {
        var result = 1.0, square = self, rest = exponent
        while rest > 0 {
            if rest & 1 == 1 { result *= square }
            square *= square
            rest >>= 1
        }
        return result
    }
}
