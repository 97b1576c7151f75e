#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

extension Tensor {
    /// The mean binary cross-entropy between the sigmoid of these logits and targets, over all elements:
    ///
    ///     max(x, 0) - x · y + log(1 + exp(-|x|))
    ///
    /// That is torch's `binary_cross_entropy_with_logits`. No gradient flows into the targets.
    ///
    /// - Parameter targets: of the same shape, each in 0…1.
    /// - Returns: a number.
    public func binaryCrossEntropy(_ targets: Tensor) -> Tensor {
        precondition(shape == targets.shape, "binary cross-entropy of logits \(shape) and targets \(targets.shape)")
        let logits = detached, expected = targets.detached, count = elementCount
        let losses = Tensor(uninitialized: [count])
        withPointers(logits, expected, losses) { x, y, losses in
            for index in 0..<count {
                losses[index] = max(x[index], 0) - x[index] * y[index] + log1p(exp(-abs(x[index])))
            }
        }
        return RecordedOperation.record([self], output: losses.mean()) { gradient in
            let scale = gradient.scalar / Float(max(count, 1)), result = Tensor(uninitialized: logits.shape)
            withPointers(logits, expected, result) { x, y, dx in
                for index in 0..<count { dx[index] = scale * (1 / (1 + exp(-x[index])) - y[index]) }
            }
            return [result]
        }
    }
}
