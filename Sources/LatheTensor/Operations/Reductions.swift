import LatheKernels

extension Tensor {
    /// The sum of all elements, as a tensor of shape `[]`.
    public func sum() -> Tensor {
        RecordedOperation.record([self], output: total(LATHE_SUM)) { [shape] gradient in
            [Tensor.full(shape, gradient.scalar)]
        }
    }

    /// The mean of all elements, as a tensor of shape `[]`.
    public func mean() -> Tensor {
        let factor = 1 / Float(max(elementCount, 1))
        return RecordedOperation.record([self], output: total(LATHE_SUM).scaled(by: factor)) { [shape] gradient in
            [Tensor.full(shape, gradient.scalar * factor)]
        }
    }

    /// The sum along one axis, which disappears unless it is kept with size 1.
    public func sum(axis: Int, keepingAxis: Bool = false) -> Tensor {
        let axis = self.axis(axis)
        let output = summed(alongUnrecorded: axis, keepingAxis: keepingAxis)
        return RecordedOperation.record([self], output: output) { [shape] gradient in
            var kept = shape
            kept[axis] = 1
            return [gradient.reshapedView(kept).broadcast(to: shape)]
        }
    }

    /// The mean along one axis, which disappears unless it is kept with size 1.
    public func mean(axis: Int, keepingAxis: Bool = false) -> Tensor {
        sum(axis: axis, keepingAxis: keepingAxis) * (1 / Float(shape[self.axis(axis)]))
    }

    /// The largest element.
    public func maximum() -> Float { total(LATHE_MAX).scalar }
    /// The smallest element.
    public func minimum() -> Float { total(LATHE_MIN).scalar }
    /// The largest magnitude.
    public func largestMagnitude() -> Float { total(LATHE_MAX_ABS).scalar }
    /// The sum of the squares of all elements.
    public func sumOfSquares() -> Float { total(LATHE_SUM_SQUARES).scalar }

    /// The index of the first largest element of each row along the last axis, as int32 of the remaining shape.
    public func argmax() -> Tensor {
        precondition(rank >= 1, "argmax needs at least one axis")
        let columns = shape[rank - 1], rows = shape.dropLast().elementCount
        let result = Tensor(uninitialized: Array(shape.dropLast()), dtype: .int32)
        withPointers(self, result.int32Elements) { x, y in
            Parallel.forEachRow(rows, columns: columns) { range in
                Kernels.active.pointee.argmax_rows(
                    Int64(range.count), Int64(columns), x + range.lowerBound * columns, y + range.lowerBound)
            }
        }
        return result
    }

    /// One reduction over all elements: chunks first, then the chunks' results, so the order is the same for any number
    /// of threads.
    func total(_ kind: lathe_reduction) -> Tensor {
        let chunk = Parallel.elementGrain
        let chunks = (elementCount + chunk - 1) / chunk
        guard chunks > 1 else { return totalOfChunk(kind) }
        let partial = Tensor(uninitialized: [chunks])
        withPointers(self, partial) { x, y in
            Parallel.forEach(elementCount, grain: chunk) { range in
                y[range.lowerBound / chunk] = Kernels.active.pointee.reduce(
                    kind, Int64(range.count), x + range.lowerBound)
            }
        }
        return partial.totalOfChunk(kind.ofPartialResults)
    }

    /// One reduction over all elements in one call of the kernel.
    private func totalOfChunk(_ kind: lathe_reduction) -> Tensor {
        let result = Tensor(uninitialized: [])
        withPointers(self, result) { x, y in y[0] = Kernels.active.pointee.reduce(kind, Int64(elementCount), x) }
        return result
    }

    func summed(alongUnrecorded axis: Int, keepingAxis: Bool) -> Tensor {
        let outer = shape[..<axis].elementCount, count = shape[axis], inner = shape[(axis + 1)...].elementCount
        var remaining = shape
        if keepingAxis { remaining[axis] = 1 } else { remaining.remove(at: axis) }
        if elementCount == 0 { return .zeros(remaining) }
        if outer == 1 { return summedRows(count).reshapedView(remaining) }
        if inner == 1 {
            let result = Tensor(uninitialized: remaining)
            withPointers(self, result) { x, y in
                Parallel.forEachRow(outer, columns: count) { range in
                    Kernels.active.pointee.reduce_rows(
                        LATHE_SUM, Int64(range.count), Int64(count), x + range.lowerBound * count, y + range.lowerBound)
                }
            }
            return result
        }
        let result = Tensor.zeros(remaining)
        withPointers(self, result) { x, y in
            Parallel.forEach(outer, grain: max(1, Parallel.elementGrain / max(count * inner, 1))) { range in
                for index in range {
                    Kernels.active.pointee.add_rows(
                        Int64(count), Int64(inner), x + index * count * inner, Int64(inner), y + index * inner)
                }
            }
        }
        return result
    }

    /// The sum of the first `rows` equal parts, `[elementCount / rows]`: a bias gradient. Columns are split among
    /// threads and rows into chunks that depend on the shape only.
    func summedRows(_ rows: Int) -> Tensor {
        let columns = rows == 0 ? 0 : elementCount / rows
        let rowGrain = 256
        let parts = max(1, (rows + rowGrain - 1) / rowGrain)
        let partial = Tensor.zeros([parts, columns])
        withPointers(self, partial) { x, y in
            Parallel.forEach(parts, grain: 1) { range in
                for part in range {
                    let first = part * rowGrain
                    let count = min(rowGrain, rows - first)
                    Kernels.active.pointee.add_rows(
                        Int64(count), Int64(columns), x + first * columns, Int64(columns), y + part * columns)
                }
            }
        }
        if parts == 1 { return partial.reshapedView([columns]) }
        let result = Tensor.zeros([columns])
        withPointers(partial, result) { x, y in
            Kernels.active.pointee.add_rows(Int64(parts), Int64(columns), x, Int64(columns), y)
        }
        return result
    }
}

extension lathe_reduction {
    /// How the results of chunks combine: sums of squares are added, largest magnitudes compared, and so on.
    fileprivate var ofPartialResults: lathe_reduction {
        switch self {
        case LATHE_MAX, LATHE_MIN, LATHE_MAX_ABS: self
        default: LATHE_SUM
        }
    }
}
