import LatheTensor

extension Tensor {
    /// The mean over all elements of `(self - target)²`, a number. Gradients flow into both; detach what is only a
    /// target.
    public func meanSquaredError(_ target: Tensor) -> Tensor {
        precondition(shape == target.shape, "mean squared error of \(shape) and \(target.shape)")
        return (self - target).squared().mean()
    }
}
