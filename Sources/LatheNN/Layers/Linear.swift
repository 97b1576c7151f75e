import LatheTensor

/// `y = activation(x Wᵀ + b) + residual`
public final class Linear: Module {
    /// `[out, in]`
    @Child("weight") public var weight: WeightForm<any PackedLinearWeight>
    /// `[out]`
    @Child("bias") public var bias: Parameter?
    /// What happens to the input first.
    @Child("") public var activationTransforms: ActivationTransforms

    /// Weights and biases uniform in ±1/√in, as in torch.
    public init(inputs: Int, outputs: Int, hasBias: Bool = true) {
        let bound = 1 / Float(max(inputs, 1)).squareRoot()
        weight = .dense(Parameter(.randomUniform([outputs, inputs], in: -bound..<bound)))
        bias = hasBias ? Parameter(.randomUniform([outputs], in: -bound..<bound)) : nil
        activationTransforms = ActivationTransforms()
    }

    public var inputs: Int { weight.inputs }
    public var outputs: Int { weight.outputs }

    /// `[…, out]` for `[…, in]`.
    public func callAsFunction(_ input: Tensor, activation: Activation = .identity, residual: Tensor? = nil) -> Tensor {
        self(LinearInput(input), activation: activation, residual: residual)
    }

    /// As above, for an input that other layers read too.
    public func callAsFunction(_ input: LinearInput, activation: Activation = .identity, residual: Tensor? = nil)
        -> Tensor
    {
        let input = activationTransforms(input, rowCount: input.tensor.elementCount / max(inputs, 1))
        switch weight {
        case .dense(let parameter) where parameter.isReadAsStored:
            return input.tensor.linear(
                parameter.stored, bias: bias?.detached, activation: activation, residual: residual)
        case .dense(let parameter):
            return input.tensor.linear(parameter.value, bias: bias?.value, activation: activation, residual: residual)
        case .transformed(let transformed):
            let tensors = transformed.tensors(bias: bias?.value)
            return input.tensor.linear(tensors.weight, bias: tensors.bias, activation: activation, residual: residual)
        case .packed(let packed):
            return packed.linear(
                input.prepared(for: packed.arithmetic), bias: bias?.detached, activation: activation, residual: residual
            )
        }
    }

    /// The usual arithmetic of an attention whose queries, keys and values this layer computes: bf16 if it is packed
    /// and rounds its inputs, to 8 bits or to bf16, since rounding again to bf16 changes results by less.
    package var attentionPrecision: Precision {
        guard case .packed(let packed) = weight, packed.arithmetic != .float32 else { return .float32 }
        return .bfloat16
    }
}
