import LatheKernels

extension Tensor {
    /// `activation(self · weightᵀ + bias) + residual`, computed in one pass.
    ///
    /// - Parameters:
    ///   - weight: `[out, in]`.
    ///   - bias: `[out]`.
    ///   - activation: what follows the bias.
    ///   - residual: of the result's shape.
    /// - Returns: `[…, out]` for this tensor's `[…, in]`.
    public func linear(
        _ weight: Tensor, bias: Tensor? = nil, activation: Activation = .identity, residual: Tensor? = nil
    ) -> Tensor {
        precondition(
            rank >= 1 && weight.rank == 2 && shape[rank - 1] == weight.shape[1],
            "linear: input \(shape), weight \(weight.shape)")
        let (outputs, inputs) = (weight.shape[0], weight.shape[1])
        let rows = elementCount / max(inputs, 1)
        let result = Tensor(uninitialized: shape.dropLast() + [outputs])
        let operands = [self, weight] + [bias, residual].compactMap { $0 }
        let keepsPreactivation = activation != .identity && RecordedOperation.isRecording(operands)
        let preactivation = keepsPreactivation ? Tensor(uninitialized: result.shape) : nil
        MatrixProduct.run(
            .init(self, columns: inputs), .init(weight, columns: inputs, transposed: true), m: rows, n: outputs,
            k: inputs, into: result,
            .init(bias: bias, activation: activation, residual: residual, preactivation: preactivation))
        let biasNeedsGradient = bias.map(\.needsGradient), hasResidual = residual != nil
        return RecordedOperation.record(operands, output: result) { gradient in
            var before = gradient
            if let preactivation, let function = activation.unary {
                before = gradient.multiplied(byDerivativeOf: function, at: preactivation)
            }
            var gradients = [
                self.needsGradient ? before.linearInputGradient(weight, shape: self.shape) : nil,
                weight.needsGradient ? before.linearWeightGradient(self, rows: rows) : nil,
            ]
            if let biasNeedsGradient { gradients.append(biasNeedsGradient ? before.summedRows(rows) : nil) }
            if hasResidual { gradients.append(gradient) }
            return gradients
        }
    }

    /// gradient `[…, out]` · weight `[out, in]`
    private func linearInputGradient(_ weight: Tensor, shape: [Int]) -> Tensor {
        let (outputs, inputs) = (weight.shape[0], weight.shape[1])
        let result = Tensor(uninitialized: shape)
        MatrixProduct.run(
            .init(self, columns: outputs), .init(weight, columns: inputs), m: elementCount / max(outputs, 1), n: inputs,
            k: outputs, into: result)
        return result
    }

    /// gradientᵀ `[out, rows]` · input `[rows, in]`
    private func linearWeightGradient(_ input: Tensor, rows: Int) -> Tensor {
        let outputs = shape[rank - 1], inputs = input.shape[input.rank - 1]
        let result = Tensor(uninitialized: [outputs, inputs])
        MatrixProduct.run(
            .init(self, columns: outputs, transposed: true), .init(input, columns: inputs), m: outputs, n: inputs,
            k: rows, into: result)
        return result
    }
}
