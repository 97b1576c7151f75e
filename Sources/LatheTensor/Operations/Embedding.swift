import LatheKernels

extension Tensor {
    /// The rows of this table `[rows, width]` that `ids` names: `[…, width]` for int32 ids `[…]`.
    /// - Parameters:
    ///   - ids: int32, each a row of the table.
    ///   - paddingRow: a row whose gradient is zero, however often it is looked up.
    public func gathered(_ ids: Tensor, paddingRow: Int? = nil) -> Tensor {
        precondition(rank == 2, "gathered() takes rows of a table, got \(shape)")
        let (rows, width) = (shape[0], shape[1]), count = ids.elementCount
        let result = Tensor(uninitialized: ids.shape + [width])
        withPointers(self, ids.int32Elements, result) { table, indices, y in
            for index in 0..<count {
                precondition(
                    indices[index] >= 0 && indices[index] < rows, "id \(indices[index]) in a table of \(rows) rows")
            }
            Parallel.forEachRow(count, columns: width) { range in
                Kernels.active.pointee.gather_rows(
                    Int64(range.count), Int64(width), indices + range.lowerBound, table, y + range.lowerBound * width)
            }
        }
        return RecordedOperation.record([self], output: result) { gradient in
            // Threads share out the columns, so that every row is summed in the order of the ids.
            let result = Tensor.zeros([rows, width])
            withPointers(gradient, ids.int32Elements, result) { dy, indices, table in
                Parallel.forEach(width, grain: 64) { range in
                    Kernels.active.pointee.scatter_add_rows(
                        Int64(count), Int64(range.count), indices, dy + range.lowerBound, Int64(width),
                        table + range.lowerBound, Int64(width))
                }
                if let paddingRow { Kernels.active.pointee.fill(Int64(width), 0, table + paddingRow * width) }
            }
            return [result]
        }
    }
}
