import LatheTensor

extension DigitsDataset {
    /// The images of `range` as one tensor `[range.count, 1, 8, 8]`.
    /// - Precondition: `range` lies in `0..<count`.
    public func batch(_ range: Range<Int>) -> Tensor {
        let size = Self.side * Self.side
        let pixels = Array(images[range.lowerBound * size..<range.upperBound * size])
        return Tensor(pixels, shape: [range.count, 1, Self.side, Self.side])
    }
}
