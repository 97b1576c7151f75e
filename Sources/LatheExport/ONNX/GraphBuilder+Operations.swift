import LatheTensor

extension GraphBuilder {
    func cast(_ value: GraphValue, to type: Onnx_TensorProto.DataType) -> GraphValue {
        add("Cast", value, attributes: [.int("to", type.rawValue)])
    }

    /// `value` in another shape; 0 keeps the size of the axis at that place, -1 is what is left.
    func reshape(_ value: GraphValue, _ shape: [Int]) -> GraphValue { add("Reshape", value, constant(shape)) }

    func transpose(_ value: GraphValue, _ order: [Int]) -> GraphValue {
        add("Transpose", value, attributes: [.ints("perm", order)])
    }

    /// The size of an axis, int64 of shape `[]`.
    func size(of value: GraphValue, axis: Int) -> GraphValue {
        add("Gather", add("Shape", value), constant(Tensor(int64: [axis], shape: [])), attributes: [.int("axis", 0)])
    }

    /// 0, 1, … below `limit`, int64 `[limit]`.
    func range(_ limit: GraphValue) -> GraphValue {
        add("Range", constant(Tensor(int64: [0], shape: [])), limit, constant(Tensor(int64: [1], shape: [])))
    }

    /// `activation` of every element, in the words that ONNX Runtime knows to join into one.
    func activate(_ value: GraphValue, _ activation: Activation) -> GraphValue {
        switch activation {
        case .identity: return value
        case .relu: return add("Relu", value)
        case .tanh: return add("Tanh", value)
        case .silu: return add("Mul", value, add("Sigmoid", value))
        case .gelu:
            let erf = add("Erf", add("Div", value, constant(Float(2).squareRoot())))
            return add("Mul", add("Mul", value, add("Add", erf, constant(1))), constant(0.5))
        case .geluTanh:
            let cube = add("Mul", add("Pow", value, constant(3)), constant(0.044715))
            let tanh = add("Tanh", add("Mul", add("Add", value, cube), constant((2 / Float.pi).squareRoot())))
            return add("Mul", add("Mul", value, constant(0.5)), add("Add", tanh, constant(1)))
        }
    }
}
