import LatheKernels

extension Tensor {
    /// The softmax over the last axis.
    public func softmax() -> Tensor {
        let output = rowwise { rows, columns, x, y in Kernels.active.pointee.softmax(rows, columns, x, y) }
        return RecordedOperation.record([self], output: output) { gradient in
            [output.rowwiseGradient(gradient) { Kernels.active.pointee.softmax_backward($0, $1, $2, $3, $4) }]
        }
    }

    /// The logarithm of the softmax over the last axis.
    public func logSoftmax() -> Tensor {
        let output = rowwise { rows, columns, x, y in Kernels.active.pointee.log_softmax(rows, columns, x, y) }
        return RecordedOperation.record([self], output: output) { gradient in
            [output.rowwiseGradient(gradient) { Kernels.active.pointee.log_softmax_backward($0, $1, $2, $3, $4) }]
        }
    }

    /// The mean cross-entropy between rows of logits `[…, classes]` and labels `[…]`.
    ///
    /// - Parameters:
    ///   - labels: int32, each in `0..<classes` or equal to `ignoredLabel`; those rows do not count.
    ///   - ignoredLabel: the label of rows that do not count.
    ///   - smoothing: the share of the target that is spread evenly over the classes (arXiv:1512.00567).
    /// - Returns: a number; 0 when every label is ignored.
    public func crossEntropy(_ labels: Tensor, ignoring ignoredLabel: Int32 = -100, smoothing: Float = 0) -> Tensor {
        let columns = shape[rank - 1], rows = elementCount / max(columns, 1)
        precondition(labels.elementCount == rows, "cross-entropy of logits \(shape) and labels \(labels.shape)")
        let counted = labels.count(notEqualTo: ignoredLabel, classes: columns)
        let losses = Tensor(uninitialized: [rows]), logSums = Tensor(uninitialized: [rows])
        withPointers(self, labels.int32Elements, losses, logSums) { x, ids, l, s in
            Parallel.forEachRow(rows, columns: columns) { range in
                let first = range.lowerBound
                Kernels.active.pointee.cross_entropy(
                    Int64(range.count), Int64(columns), x + first * columns, ids + first, ignoredLabel, smoothing,
                    l + first, s + first)
            }
        }
        let factor = counted == 0 ? 0 : 1 / Float(counted)
        let logits = detached
        return RecordedOperation.record([self], output: losses.total(LATHE_SUM).scaled(by: factor)) { gradient in
            let each = Tensor.full([rows], gradient.scalar * factor), result = Tensor(uninitialized: logits.shape)
            withPointers(logits, labels.int32Elements, logSums, each, result) { x, ids, s, dy, dx in
                Parallel.forEachRow(rows, columns: columns) { range in
                    let first = range.lowerBound
                    Kernels.active.pointee.cross_entropy_backward(
                        Int64(range.count), Int64(columns), x + first * columns, ids + first, ignoredLabel, smoothing,
                        s + first, dy + first, dx + first * columns)
                }
            }
            return [result]
        }
    }

    /// The number of these labels that are not `ignored`, each of which must be one of `classes`.
    private func count(notEqualTo ignored: Int32, classes: Int) -> Int {
        int32Elements.withPointer { labels in
            (0..<elementCount).count { index in
                let label = labels[index]
                if label == ignored { return false }
                precondition(label >= 0 && label < classes, "label \(label) is not one of \(classes) classes")
                return true
            }
        }
    }

    /// A kernel applied to every row along the last axis.
    private func rowwise(_ kernel: (Int64, Int64, UnsafePointer<Float>, UnsafeMutablePointer<Float>) -> Void) -> Tensor
    {
        let columns = shape[rank - 1], rows = elementCount / max(columns, 1)
        let result = Tensor(uninitialized: shape)
        withPointers(self, result) { x, y in
            Parallel.forEachRow(rows, columns: columns) { range in
                kernel(
                    Int64(range.count), Int64(columns), x + range.lowerBound * columns, y + range.lowerBound * columns)
            }
        }
        return result
    }

    /// The backward kernel of `rowwise`, given this output and the gradient that arrived at it.
    private func rowwiseGradient(
        _ gradient: Tensor,
        _ kernel: (Int64, Int64, UnsafePointer<Float>, UnsafePointer<Float>, UnsafeMutablePointer<Float>) -> Void
    ) -> Tensor {
        let columns = shape[rank - 1], rows = elementCount / max(columns, 1)
        let result = Tensor(uninitialized: shape)
        withPointers(self, gradient, result) { y, dy, dx in
            Parallel.forEachRow(rows, columns: columns) { range in
                let start = range.lowerBound * columns
                kernel(Int64(range.count), Int64(columns), y + start, dy + start, dx + start)
            }
        }
        return result
    }
}
