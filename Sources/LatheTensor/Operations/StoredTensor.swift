import LatheKernels

/// A tensor in the form in which a file has it: in the file's type and, for a matrix, perhaps with its axes exchanged.
///
/// A weight in this form takes no memory beside the mapped file. Matrix products and table look-ups read it where it
/// is; all else computes with ``values``, which are made anew at each call.
package struct StoredTensor {
    /// The elements in the type and the order of the file.
    let elements: Tensor
    /// Whether the file has the transpose of the matrix.
    package let isTransposed: Bool

    /// - Parameters:
    ///   - elements: the elements as a file has them.
    ///   - isTransposed: whether the tensor is the transpose of `elements`, which is a matrix then.
    package init(_ elements: Tensor, isTransposed: Bool = false) {
        precondition(!isTransposed || elements.rank == 2, "the transpose of a tensor of shape \(elements.shape)")
        (self.elements, self.isTransposed) = (elements.detached, isTransposed)
    }

    /// The size of each axis.
    package var shape: [Int] { isTransposed ? elements.shape.reversed() : elements.shape }
    /// The type of the elements in the file.
    package var dtype: DType { elements.dtype }
    /// Whether computing needs another form: `values` are a copy then.
    package var isConverted: Bool { isTransposed || (dtype.isFloatingPoint && dtype != .float32) }

    /// The values in the tensor's own order, floating-point numbers as float32.
    package var values: Tensor { ordered(as: dtype.isFloatingPoint ? .float32 : dtype, isTransposed: false) }

    /// The elements as `dtype`, in the order of `shape` or of its reverse.
    package func ordered(as dtype: DType, isTransposed: Bool) -> Tensor {
        let elements = elements.converted(to: dtype)
        return self.isTransposed == isTransposed ? elements : elements.transposed()
    }

    /// The first element that is NaN or infinite, at its place in the file; `nil` if all are finite, or integers.
    package var firstNonFinite: NonFiniteElement? { elements.firstNonFinite }

    /// Throws for a finite element that would be infinite in `type`.
    /// - Parameter name: the tensor's name in the error.
    /// - Throws: `NarrowingError`.
    package func checkNarrowing(to type: DType, named name: String) throws(NarrowingError) {
        try elements.checkNarrowing(to: type, named: name)
    }

    /// The elements in a type that products in `precision` multiply.
    func elements(for precision: Precision) -> Tensor {
        dtype == .float32 || (dtype == .bfloat16 && precision == .bfloat16)
            ? elements : elements.converted(to: .float32)
    }

    /// Whether a float32 product with so many rows reads the weight once, where it is, so that nothing is gained by
    /// preparing it.
    package func isForFewRows(_ rows: Int) -> Bool { dtype.isFloatingPoint && rows <= Int(lathe_gemm_few_rows_limit) }

    /// The rows of this table that `ids` names: float32 `[…, width]` for int32 ids `[…]`; nothing is recorded for
    /// `backward()`.
    package func gathered(_ ids: Tensor) -> Tensor {
        if isTransposed || !elements.dtype.isFloatingPoint { return values.gathered(ids) }
        return elements.copiedRows(ids).converted(to: .float32)
    }
}

extension PreparedInput {
    /// `activation(input · weightᵀ + bias) + residual` for a weight `[out, in]` where a file has it; nothing is
    /// recorded for `backward()`.
    package func linear(
        _ weight: StoredTensor, bias: Tensor? = nil, activation: Activation = .identity, residual: Tensor? = nil,
        precision: Precision
    ) -> Tensor {
        precondition(shape.last == weight.shape[1], "linear: input \(shape), weight \(weight.shape)")
        let (outputs, inputs) = (weight.shape[0], weight.shape[1])
        let result = Tensor(uninitialized: shape.dropLast() + [outputs])
        let elements =
            precision == .float32 && weight.isForFewRows(rowCount) ? weight.elements : weight.elements(for: precision)
        MatrixProduct.run(
            .init(values, columns: stride),
            .init(elements, columns: elements.shape[1], transposed: !weight.isTransposed), m: rowCount, n: outputs,
            k: inputs, into: result, .init(bias: bias, activation: activation, residual: residual),
            precision: precision)
        return result
    }
}

extension Tensor {
    /// The product with a weight where a file has it: `activation(self · weightᵀ + bias) + residual`; nothing is
    /// recorded for `backward()`.
    /// - Parameters:
    ///   - weight: `[out, in]`.
    ///   - bias: `[out]`.
    ///   - activation: what follows the bias.
    ///   - residual: of the result's shape.
    /// - Returns: `[…, out]` for this tensor's `[…, in]`.
    package func linear(
        _ weight: StoredTensor, bias: Tensor? = nil, activation: Activation = .identity, residual: Tensor? = nil
    ) -> Tensor {
        let input = PreparedInput(self, for: .float32)
        return input.linear(
            weight, bias: bias, activation: activation, residual: residual,
            precision: Execution.current.precision ?? .float32)
    }

    /// The rows of this table that `ids` names, in its type.
    fileprivate func copiedRows(_ ids: Tensor) -> Tensor {
        precondition(rank == 2, "rows of a table are needed, got \(shape)")
        let result = Tensor(uninitialized: ids.shape + [shape[1]], dtype: dtype)
        let width = shape[1] * dtype.byteWidth
        withPointers(rawElements, result.rawElements) { table, rows in
            for (place, id) in ids.int32Array.enumerated() {
                precondition((0..<shape[0]).contains(Int(id)), "id \(id) in a table of \(shape[0]) rows")
                (rows + place * width).copyMemory(from: table + Int(id) * width, byteCount: width)
            }
        }
        return result
    }
}
