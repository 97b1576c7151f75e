import LatheKernels

// MARK: - Shapes

extension Tensor {
    /// The same elements under another shape; no copy. One size may be -1, for what remains.
    public func reshaped(_ shape: [Int]) -> Tensor {
        let view = reshapedView(shape.resolved(for: elementCount))
        return RecordedOperation.record([self], output: view) { [original = self.shape] in [$0.reshapedView(original)] }
    }

    /// As `reshaped`, not recorded.
    func reshapedView(_ shape: [Int]) -> Tensor {
        precondition(shape.elementCount == elementCount, "\(self.shape) cannot be reshaped to \(shape)")
        return Tensor(shape: shape, dtype: dtype, storage: storage, byteOffset: byteOffset)
    }

    /// The axes in another order, `order[i]` being the axis that becomes number i. Copies.
    public func permuted(_ order: [Int]) -> Tensor {
        precondition(order.sorted() == Array(0..<rank), "\(order) is no order of the axes of \(shape)")
        let inverse = (0..<rank).map { axis in order.firstIndex(of: axis).unsafelyUnwrapped }
        return RecordedOperation.record([self], output: permutedCopy(order)) { [$0.permutedCopy(inverse)] }
    }

    /// The last two axes exchanged.
    public func transposed() -> Tensor {
        precondition(rank >= 2, "transposed() needs two axes, got \(shape)")
        return permuted(Array(0..<rank - 2) + [rank - 1, rank - 2])
    }

    private func permutedCopy(_ order: [Int]) -> Tensor {
        let result = Tensor(uninitialized: order.map { shape[$0] }, dtype: dtype)
        guard elementCount > 0 else { return result }
        if dtype == .float32, rank >= 2, order == Array(0..<rank - 2) + [rank - 1, rank - 2] {
            transposeMatrices(into: result)
            return result
        }
        // The longest suffix of axes that stay in place moves as one run of bytes.
        var kept = rank
        while kept > 0, order[kept - 1] == kept - 1 { kept -= 1 }
        let runBytes = shape[kept...].elementCount * dtype.byteWidth
        var strides = Array(repeating: runBytes, count: kept)
        for axis in (0..<max(kept - 1, 0)).reversed() { strides[axis] = strides[axis + 1] * shape[axis + 1] }
        let sizes = order[..<kept].map { shape[$0] }, steps = order[..<kept].map { strides[$0] }
        let inner = sizes.dropFirst().reduce(1, *)
        withPointers(rawElements, result.rawElements) { source, target in
            Parallel.forEach(sizes.first ?? 1, grain: max(1, Parallel.elementGrain * 4 / max(inner * runBytes, 1))) {
                range in
                var index = Array(repeating: 0, count: kept)
                if kept > 0 { index[0] = range.lowerBound }
                for run in range.lowerBound * inner..<range.upperBound * inner {
                    var offset = 0
                    for axis in 0..<kept { offset += index[axis] * steps[axis] }
                    (target + run * runBytes).copyMemory(from: source + offset, byteCount: runBytes)
                    var axis = kept - 1
                    while axis >= 0 {
                        index[axis] += 1
                        if index[axis] < sizes[axis] || axis == 0 { break }
                        index[axis] = 0
                        axis -= 1
                    }
                }
            }
        }
        return result
    }

    private func transposeMatrices(into result: Tensor) {
        let rows = shape[rank - 2], columns = shape[rank - 1], count = elementCount / max(rows * columns, 1)
        let grain = max(1, Parallel.elementGrain / max(columns, 1))
        withPointers(self, result) { x, y in
            for matrix in 0..<count {
                let start = matrix * rows * columns
                Parallel.forEach(rows, grain: grain) { range in
                    Kernels.active.pointee.transpose(
                        Int64(range.count), Int64(columns), x + start + range.lowerBound * columns, Int64(columns),
                        y + start + range.lowerBound, Int64(rows))
                }
            }
        }
    }

    /// A copy in memory of its own.
    public func copy() -> Tensor {
        let result = Tensor(uninitialized: shape, dtype: dtype)
        withPointers(rawElements, result.rawElements) { $1.copyMemory(from: $0, byteCount: byteCount) }
        return result
    }
}

// MARK: - Parts

extension Tensor {
    /// The part `range` of one axis. Along the first axis nothing is copied.
    public func sliced(_ range: Range<Int>, axis: Int = 0) -> Tensor {
        let axis = self.axis(axis)
        precondition(
            range.lowerBound >= 0 && range.upperBound <= shape[axis], "slice \(range) of axis \(axis) of \(shape)")
        return RecordedOperation.record([self], output: slicedView(range, axis: axis)) { [shape] gradient in
            [gradient.padded(into: shape, at: range.lowerBound, axis: axis)]
        }
    }

    /// One index of an axis, which disappears: `hidden[:, 0]` is `hidden.selected(0, axis: 1)`.
    public func selected(_ index: Int, axis: Int = 0) -> Tensor {
        let axis = self.axis(axis)
        var remaining = shape
        remaining.remove(at: axis)
        return sliced(index..<index + 1, axis: axis).reshaped(remaining)
    }

    /// Tensors one after the other along an axis; all other axes agree.
    public static func concatenated(_ parts: [Tensor], axis: Int = 0) -> Tensor {
        guard let first = parts.first else { preconditionFailure("concatenated() needs at least one tensor") }
        let axis = first.axis(axis)
        var shape = first.shape
        shape[axis] = parts.reduce(0) { $0 + $1.shape[axis] }
        let result = Tensor(uninitialized: shape, dtype: first.dtype)
        var offset = 0
        for part in parts {
            precondition(
                part.dtype == first.dtype && part.rank == first.rank
                    && part.shape.indices.allSatisfy { $0 == axis || part.shape[$0] == shape[$0] },
                "\(part.dtype) \(part.shape) does not continue \(first.dtype) \(first.shape) along axis \(axis)")
            result.place(part, at: offset, axis: axis)
            offset += part.shape[axis]
        }
        return RecordedOperation.record(parts, output: result) { [sizes = parts.map { $0.shape[axis] }] gradient in
            var start = 0
            return sizes.map { size in
                defer { start += size }
                return gradient.slicedView(start..<start + size, axis: axis)
            }
        }
    }

    private func slicedView(_ range: Range<Int>, axis: Int) -> Tensor {
        var shape = shape
        shape[axis] = range.count
        let outer = shape[..<axis].elementCount, rowBytes = self.shape[(axis + 1)...].elementCount * dtype.byteWidth
        if outer == 1 {
            return Tensor(
                shape: shape, dtype: dtype, storage: storage, byteOffset: byteOffset + range.lowerBound * rowBytes)
        }
        let result = Tensor(uninitialized: shape, dtype: dtype)
        let stride = self.shape[axis] * rowBytes, length = range.count * rowBytes
        withPointers(rawElements, result.rawElements) { whole, part in
            for index in 0..<outer {
                (part + index * length).copyMemory(
                    from: whole + index * stride + range.lowerBound * rowBytes, byteCount: length)
            }
        }
        return result
    }

    /// Zeros of `shape` with this tensor at `offset` of `axis`: the gradient of a slice.
    private func padded(into shape: [Int], at offset: Int, axis: Int) -> Tensor {
        let result = Tensor.zeros(shape)
        result.place(self, at: offset, axis: axis)
        return result
    }

    private func place(_ part: Tensor, at offset: Int, axis: Int) {
        let rowBytes = shape[(axis + 1)...].elementCount * dtype.byteWidth
        let stride = shape[axis] * rowBytes, length = part.shape[axis] * rowBytes
        withPointers(rawElements, part.rawElements) { whole, part in
            for index in 0..<shape[..<axis].elementCount {
                (whole + index * stride + offset * rowBytes).copyMemory(from: part + index * length, byteCount: length)
            }
        }
    }
}

extension [Int] {
    /// This shape with a -1 replaced by what `count` elements leave for it.
    fileprivate func resolved(for count: Int) -> [Int] {
        guard let open = firstIndex(of: -1) else { return self }
        var shape = self
        shape[open] = 1
        let rest = shape.elementCount
        precondition(rest > 0 && count % rest == 0, "\(count) elements do not fill shape \(self)")
        shape[open] = count / rest
        return shape
    }
}
