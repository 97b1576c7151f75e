import LatheKernels

extension Tensor {
    /// The Kullback-Leibler divergence of the distributions that these logits `[…, classes]` stand for from a
    /// teacher's, averaged over the rows:
    ///
    ///     T² · Σ p · (log p - log q),   p = softmax(teacher / T),   q = softmax(self / T)
    ///
    /// T² lets gradients keep their size (arXiv:1503.02531). No gradient flows into the teacher's logits. Of two
    /// distributions a row, nothing is kept but the logits, which matters for vocabularies.
    ///
    /// - Parameters:
    ///   - teacherLogits: of the same shape.
    ///   - temperature: T, above 0.
    /// - Returns: a number, in nats.
    public func divergence(from teacherLogits: Tensor, temperature: Float = 1) -> Tensor {
        precondition(shape == teacherLogits.shape && rank >= 1, "divergence of \(shape) from \(teacherLogits.shape)")
        precondition(temperature > 0, "a temperature is positive, got \(temperature)")
        let student = detached.divided(by: temperature), teacher = teacherLogits.detached.divided(by: temperature)
        let columns = shape[rank - 1], rows = elementCount / max(columns, 1)
        let each = Tensor(uninitialized: [rows])
        withPointers(student, teacher, each) { s, t, e in
            Self.forEachDistribution(rows, columns) { row, p, q in
                let kernels = Kernels.active.pointee
                kernels.log_softmax(1, Int64(columns), s + row * columns, q)
                kernels.log_softmax(1, Int64(columns), t + row * columns, p)
                for column in 0..<columns { q[column] = p[column] - q[column] }
                kernels.softmax(1, Int64(columns), t + row * columns, p)
                e[row] = kernels.dot(Int64(columns), p, q)
            }
        }
        let factor = temperature * temperature / Float(max(rows, 1))
        return RecordedOperation.record([self], output: each.total(LATHE_SUM).scaled(by: factor)) { gradient in
            let scale = gradient.scalar * factor / temperature, result = Tensor(uninitialized: student.shape)
            withPointers(student, teacher, result) { s, t, dx in
                Self.forEachDistribution(rows, columns) { row, p, q in
                    let kernels = Kernels.active.pointee, output = dx + row * columns
                    kernels.softmax(1, Int64(columns), s + row * columns, q)
                    kernels.softmax(1, Int64(columns), t + row * columns, p)
                    for column in 0..<columns { output[column] = scale * (q[column] - p[column]) }
                }
            }
            return [result]
        }
    }

    private func divided(by temperature: Float) -> Tensor { temperature == 1 ? self : self * (1 / temperature) }

    /// Calls `body` for every row, with room for two rows of values.
    private static func forEachDistribution(
        _ rows: Int, _ columns: Int,
        _ body: (_ row: Int, UnsafeMutablePointer<Float>, UnsafeMutablePointer<Float>) -> Void
    ) {
        Parallel.forEachRow(rows, columns: columns) { range in
            withUnsafeTemporaryAllocation(of: Float.self, capacity: 2 * max(columns, 1)) { memory in
                guard let values = memory.baseAddress else { return }
                for row in range { body(row, values, values + columns) }
            }
        }
    }
}
