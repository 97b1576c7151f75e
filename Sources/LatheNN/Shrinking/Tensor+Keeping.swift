import LatheTensor

extension Tensor {
    /// The parts of one axis with these indices, in their order; nothing is recorded for `backward()`.
    func keeping(_ indices: [Int], axis: Int) -> Tensor {
        let outer = shape[..<axis].elementCount, inner = shape[(axis + 1)...].elementCount * dtype.byteWidth,
            size = self.shape[axis]
        precondition(indices.allSatisfy { (0..<size).contains($0) }, "indices of an axis of \(size)")
        var kept = shape
        kept[axis] = indices.count
        return withUnsafeBytes { source in
            var bytes: [UInt8] = []
            bytes.reserveCapacity(outer * indices.count * inner)
            for block in 0..<outer {
                for index in indices {
                    let start = (block * size + index) * inner
                    bytes.append(contentsOf: source[start..<start + inner])
                }
            }
            return bytes.withUnsafeBytes { Tensor(bytes: $0, shape: kept, dtype: dtype) }
        }
    }
}

extension ArraySlice where Element == Int {
    fileprivate var elementCount: Int { reduce(1, *) }
}
