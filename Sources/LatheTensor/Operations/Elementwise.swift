import LatheKernels

// MARK: - Arithmetic with broadcasting

extension Tensor {
    /// Elementwise sum; axes of size 1, and missing leading axes, repeat.
    public static func + (left: Tensor, right: Tensor) -> Tensor {
        RecordedOperation.record([left, right], output: binary(LATHE_ADD, left, right)) {
            [left = left.shape, right = right.shape] gradient in
            [gradient.reduced(to: left), gradient.reduced(to: right)]
        }
    }

    /// Elementwise difference, broadcast as in `+`.
    public static func - (left: Tensor, right: Tensor) -> Tensor {
        let output = binary(LATHE_SUBTRACT, left, right)
        return RecordedOperation.record([left, right], output: output) {
            [left = left.shape, right = right.shape] gradient in
            [gradient.reduced(to: left), gradient.reduced(to: right).scaled(by: -1)]
        }
    }

    /// Elementwise product, broadcast as in `+`.
    public static func * (left: Tensor, right: Tensor) -> Tensor {
        RecordedOperation.record([left, right], output: binary(LATHE_MULTIPLY, left, right)) { gradient in
            [
                left.needsGradient ? binary(LATHE_MULTIPLY, gradient, right).reduced(to: left.shape) : nil,
                right.needsGradient ? binary(LATHE_MULTIPLY, gradient, left).reduced(to: right.shape) : nil,
            ]
        }
    }

    /// Elementwise quotient, broadcast as in `+`.
    public static func / (left: Tensor, right: Tensor) -> Tensor {
        let output = binary(LATHE_DIVIDE, left, right)
        return RecordedOperation.record([left, right], output: output) { gradient in
            let scaled = binary(LATHE_DIVIDE, gradient, right)
            return [
                scaled.reduced(to: left.shape),
                right.needsGradient
                    ? binary(LATHE_MULTIPLY, scaled, output).scaled(by: -1).reduced(to: right.shape) : nil,
            ]
        }
    }

    public static func + (left: Tensor, right: Float) -> Tensor { left + Tensor(right) }
    public static func - (left: Tensor, right: Float) -> Tensor { left - Tensor(right) }
    public static func * (left: Tensor, right: Float) -> Tensor {
        RecordedOperation.record([left], output: left.scaled(by: right)) { [$0.scaled(by: right)] }
    }
    public static func / (left: Tensor, right: Float) -> Tensor { left / Tensor(right) }
    public static func * (left: Float, right: Tensor) -> Tensor { right * left }
    public static prefix func - (tensor: Tensor) -> Tensor { tensor.negated() }

    /// The larger of each pair; the gradient goes to the left operand on ties.
    public static func maximum(_ left: Tensor, _ right: Tensor) -> Tensor {
        let output = binary(LATHE_MAXIMUM, left, right)
        return RecordedOperation.record([left, right], output: output) { gradient in
            routed(gradient, to: compared(LATHE_GREATER_EQUAL, left, right), left, right)
        }
    }

    /// The smaller of each pair; the gradient goes to the left operand on ties.
    public static func minimum(_ left: Tensor, _ right: Tensor) -> Tensor {
        let output = binary(LATHE_MINIMUM, left, right)
        return RecordedOperation.record([left, right], output: output) { gradient in
            routed(gradient, to: compared(LATHE_LESS_EQUAL, left, right), left, right)
        }
    }

    private static func routed(_ gradient: Tensor, to mask: Tensor, _ left: Tensor, _ right: Tensor) -> [Tensor?] {
        let zero = Tensor(0)
        return [
            select(mask, gradient, zero).reduced(to: left.shape),
            select(mask, zero, gradient).reduced(to: right.shape),
        ]
    }
}

// MARK: - Functions of one argument

extension Tensor {
    public func negated() -> Tensor { unary(LATHE_NEGATE) }
    /// |x|, with gradient 0 at 0.
    public func absolute() -> Tensor { unary(LATHE_ABS) }
    /// -1, 0 or 1; the gradient is 0.
    public func sign() -> Tensor { unary(LATHE_SIGN) }
    public func squared() -> Tensor { unary(LATHE_SQUARE) }
    public func squareRoot() -> Tensor { unary(LATHE_SQRT) }
    public func reciprocal() -> Tensor { unary(LATHE_RECIPROCAL) }
    public func exponential() -> Tensor { unary(LATHE_EXP) }
    /// The natural logarithm.
    public func logarithm() -> Tensor { unary(LATHE_LOG) }
    public func relu() -> Tensor { unary(LATHE_RELU) }
    /// x Φ(x) with the error function, as BERT uses it (Hendrycks & Gimpel, arXiv:1606.08415).
    public func gelu() -> Tensor { unary(LATHE_GELU_ERF) }
    /// GELU's tanh approximation, as GPT-2 uses it.
    public func geluTanh() -> Tensor { unary(LATHE_GELU_TANH) }
    /// x σ(x) (arXiv:1702.03118).
    public func silu() -> Tensor { unary(LATHE_SILU) }
    public func tanh() -> Tensor { unary(LATHE_TANH) }
    public func sigmoid() -> Tensor { unary(LATHE_SIGMOID) }
    /// Rounded to the nearest integer, ties to even; the gradient passes unchanged (straight-through).
    public func roundedStraightThrough() -> Tensor { unary(LATHE_ROUND) }

    private func unary(_ kind: lathe_unary) -> Tensor {
        RecordedOperation.record([self], output: mapped(kind)) { [$0.multiplied(byDerivativeOf: kind, at: self)] }
    }

    /// `kind` of every element, not recorded.
    func mapped(_ kind: lathe_unary) -> Tensor {
        let result = Tensor(uninitialized: shape)
        withPointers(self, result) { x, y in
            Parallel.forEach(elementCount, grain: Parallel.elementGrain) { range in
                Kernels.active.pointee.unary(kind, Int64(range.count), x + range.lowerBound, y + range.lowerBound)
            }
        }
        return result
    }

    /// This gradient times the derivative of `kind` at `input`.
    func multiplied(byDerivativeOf kind: lathe_unary, at input: Tensor) -> Tensor {
        let result = Tensor(uninitialized: shape)
        withPointers(input, self, result) { x, dy, dx in
            Parallel.forEach(elementCount, grain: Parallel.elementGrain) { range in
                let start = range.lowerBound
                Kernels.active.pointee.unary_backward(kind, Int64(range.count), x + start, dy + start, dx + start)
            }
        }
        return result
    }
}

// MARK: - Comparing and choosing

extension Tensor {
    public static func .== (left: Tensor, right: Tensor) -> Tensor { compared(LATHE_EQUAL, left, right) }
    public static func .!= (left: Tensor, right: Tensor) -> Tensor { compared(LATHE_NOT_EQUAL, left, right) }
    public static func .< (left: Tensor, right: Tensor) -> Tensor { compared(LATHE_LESS, left, right) }
    public static func .<= (left: Tensor, right: Tensor) -> Tensor { compared(LATHE_LESS_EQUAL, left, right) }
    public static func .> (left: Tensor, right: Tensor) -> Tensor { compared(LATHE_GREATER, left, right) }
    public static func .>= (left: Tensor, right: Tensor) -> Tensor { compared(LATHE_GREATER_EQUAL, left, right) }

    /// `left` where `mask` is true, else `right`. Operands broadcast to the mask's shape.
    public static func `where`(_ mask: Tensor, _ left: Tensor, _ right: Tensor) -> Tensor {
        RecordedOperation.record([left, right], output: select(mask, left, right)) { gradient in
            routed(gradient, to: mask, left, right)
        }
    }

    static func compared(_ kind: lathe_comparison, _ left: Tensor, _ right: Tensor) -> Tensor {
        let broadcast = Broadcast(left.shape, right.shape)
        let result = Tensor(uninitialized: broadcast.shape, dtype: .bool)
        withPointers(left, right, result.byteElements) { a, b, y in
            broadcast.forEachRun { offset, left, right, count, leftStep, rightStep in
                Kernels.active.pointee.compare(
                    kind, Int64(count), a + left, Int64(leftStep), b + right, Int64(rightStep), y + offset)
            }
        }
        return result
    }

    private static func select(_ mask: Tensor, _ left: Tensor, _ right: Tensor) -> Tensor {
        let result = Tensor(uninitialized: mask.shape)
        let left = left.broadcast(to: mask.shape), right = right.broadcast(to: mask.shape)
        withPointers(mask.byteElements, left, right, result) { m, a, b, y in
            Parallel.forEach(mask.elementCount, grain: Parallel.elementGrain) { range in
                let start = range.lowerBound
                Kernels.active.pointee.select(Int64(range.count), m + start, a + start, 1, b + start, 1, y + start)
            }
        }
        return result
    }
}

// MARK: - Unrecorded building blocks

extension Tensor {
    /// `kind` of both operands with broadcasting, not recorded.
    static func binary(_ kind: lathe_binary, _ left: Tensor, _ right: Tensor) -> Tensor {
        let broadcast = Broadcast(left.shape, right.shape)
        let result = Tensor(uninitialized: broadcast.shape)
        withPointers(left, right, result) { a, b, y in
            broadcast.forEachRun { offset, left, right, count, leftStep, rightStep in
                Parallel.forEach(count, grain: Parallel.elementGrain) { range in
                    let start = range.lowerBound
                    Kernels.active.pointee.binary(
                        kind, Int64(range.count), a + left + start * leftStep, Int64(leftStep),
                        b + right + start * rightStep, Int64(rightStep), y + offset + start)
                }
            }
        }
        return result
    }

    /// This tensor times a number, not recorded.
    func scaled(by factor: Float) -> Tensor {
        let result = Tensor(uninitialized: shape)
        withPointers(self, result) { x, y in
            Parallel.forEach(elementCount, grain: Parallel.elementGrain) { range in
                let start = range.lowerBound
                Kernels.active.pointee.scale_add(Int64(range.count), factor, x + start, 0, y + start)
            }
        }
        return result
    }

    /// Adds `other`, of the same shape, to this tensor's own memory.
    func addInPlace(_ other: Tensor) {
        withPointers(other, self) { x, y in
            Parallel.forEach(elementCount, grain: Parallel.elementGrain) { range in
                Kernels.active.pointee.scale_add(Int64(range.count), 1, x + range.lowerBound, 1, y + range.lowerBound)
            }
        }
    }

    /// This tensor repeated to `shape`, as a copy unless it has that shape already.
    func broadcast(to shape: [Int]) -> Tensor {
        if self.shape == shape { return self }
        let broadcast = Broadcast(self.shape, shape)
        precondition(broadcast.shape == shape, "shape \(self.shape) does not broadcast to \(shape)")
        let result = Tensor(uninitialized: shape)
        withPointers(self, result) { x, y in
            broadcast.forEachRun { offset, left, _, count, leftStep, _ in
                if leftStep == 1 {
                    (y + offset).update(from: x + left, count: count)
                } else {
                    Kernels.active.pointee.fill(Int64(count), x[left], y + offset)
                }
            }
        }
        return result
    }

    /// The sum over all axes along which a tensor of `shape` was repeated to get this one's shape: broadcasting's
    /// gradient.
    func reduced(to shape: [Int]) -> Tensor {
        if self.shape == shape { return self }
        if shape.elementCount == 1 { return total(LATHE_SUM).reshapedView(shape) }
        var result = self
        let missing = rank - shape.count
        if missing > 0 {
            result = result.summedRows(result.shape[..<missing].elementCount).reshapedView(
                Array(result.shape[missing...]))
        }
        for axis in shape.indices where shape[axis] == 1 && result.shape[axis] != 1 {
            result = result.summed(alongUnrecorded: axis, keepingAxis: true)
        }
        return result
    }
}
