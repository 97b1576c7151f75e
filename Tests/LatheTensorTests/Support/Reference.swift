import LatheTensor

/// A row-major array of Double that is computed element by element, in the plainest way: what results are compared
/// with.
struct Reference {
    let shape: [Int]
    var values: [Double]

    init(shape: [Int], values: [Double]) {
        precondition(shape.elementCount == values.count)
        (self.shape, self.values) = (shape, values)
    }

    /// The elements that `element` gives for their indices.
    init(_ shape: [Int], _ element: ([Int]) -> Double) {
        self.shape = shape
        values = (0..<shape.elementCount).map { element(shape.index(at: $0)) }
    }

    /// The elements of a tensor.
    init(_ tensor: Tensor) {
        self.init(shape: tensor.shape, values: tensor.floatArray.map(Double.init))
    }

    subscript(_ index: Int...) -> Double { self[index] }

    subscript(_ index: [Int]) -> Double { values[shape.offset(of: index)] }

    /// The element that broadcasting puts at `index`: leading axes may be missing, axes of size 1 repeat.
    func broadcast(at index: [Int]) -> Double {
        self[zip(shape, index.suffix(shape.count)).map { $0 == 1 ? 0 : $1 }]
    }

    func map(_ function: (Double) -> Double) -> Reference {
        Reference(shape: shape, values: values.map(function))
    }

    /// As a float32 tensor.
    var tensor: Tensor { Tensor(values.map(Float.init), shape: shape) }
}

extension [Int] {
    /// The index of the element at `offset` in row-major order.
    func index(at offset: Int) -> [Int] {
        var rest = offset
        var index = self
        for axis in indices.reversed() {
            index[axis] = rest % self[axis]
            rest /= self[axis]
        }
        return index
    }

    /// The place of the element at `index` in row-major order.
    func offset(of index: [Int]) -> Int {
        precondition(
            index.count == count && zip(index, self).allSatisfy { 0 <= $0 && $0 < $1 },
            "index \(index) in shape \(self)")
        return zip(index, self).reduce(0) { $0 * $1.1 + $1.0 }
    }

    /// This index with `index` put in at `axis`.
    func inserting(_ index: Int, at axis: Int) -> [Int] { Array(self[..<axis]) + [index] + self[axis...] }

    /// This index without `axis`.
    func removing(axis: Int) -> [Int] { Array(self[..<axis]) + self[(axis + 1)...] }
}

/// Numbers that look random and are the same on every system: multiples of 1/256 in `range`, so that adding the step of
/// a finite difference is exact.
func numbers(_ shape: [Int], seed: UInt64 = 1, in range: ClosedRange<Double> = -2...2) -> Tensor {
    let low = (range.lowerBound * 256).rounded(.up), high = (range.upperBound * 256).rounded(.down)
    let values = (0..<shape.elementCount).map { index -> Float in
        let uniform = Double(mixed(seed &* 0x1_0000_0001 &+ UInt64(index)) >> 11) * 0x1p-53
        return Float((low + (uniform * (high - low)).rounded()) / 256)
    }
    return Tensor(values, shape: shape)
}

/// Whole numbers in `0..<bound`, the same on every system.
func wholeNumbers(_ shape: [Int], seed: UInt64 = 1, below bound: Int) -> Tensor {
    let values = (0..<shape.elementCount).map { Int32(mixed(seed &* 0x1_0000_0001 &+ UInt64($0)) % UInt64(bound)) }
    return Tensor(values, shape: shape)
}

/// The mixing function of SplitMix64 (Steele et al., OOPSLA 2014).
private func mixed(_ value: UInt64) -> UInt64 {
    var z = value &* 0x9e37_79b9_7f4a_7c15
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
}
