import LatheModels
import LatheTensor

/// The operations of networks, with inputs and outputs as transformers and optimum name them. Layers are in files of
/// their own.
extension GraphBuilder: NetworkGraph {
    /// What hides a token from attention.
    private static let hidden = -Float.greatestFiniteMagnitude
    private static let textAxes: [GraphAxis] = [.named("batch_size"), .named("sequence_length")]

    // MARK: Inputs and outputs

    func tokenInput(_ name: String) -> GraphValue { input(name, .int64, Self.textAxes) }

    func imageInput(_ name: String, channels: Int, size: Int?) -> GraphValue {
        input(
            name, .float,
            [
                .named("batch_size"), .size(channels), size.map(GraphAxis.size) ?? .named("height"),
                size.map(GraphAxis.size) ?? .named("width"),
            ])
    }

    func output(_ value: GraphValue, as name: String, width: Int, perToken: Bool) {
        output(value, as: name, (perToken ? Self.textAxes : [.named("batch_size")]) + [.size(width)])
    }

    // MARK: Tokens

    func numbers(_ values: [Int]) -> GraphValue { constant(values) }

    func positions(of ids: GraphValue) -> GraphValue { range(size(of: ids, axis: 1)) }

    func positions(of ids: GraphValue, after padding: Int) -> GraphValue {
        let id = constant(Tensor(int64: [padding], shape: []))
        let isToken = cast(add("Not", add("Equal", ids, id)), to: .int64)
        return add("Add", add("Mul", add("CumSum", isToken, constant(Tensor(int64: [1], shape: []))), isToken), id)
    }

    func attentionMask(_ mask: GraphValue) -> GraphValue {
        let wide = cast(add("Unsqueeze", mask, constant([1, 2])), to: .float)
        return add("Mul", add("Sub", constant(1), wide), constant(Self.hidden))
    }

    func causalMask(_ positions: GraphValue, _ mask: GraphValue) -> GraphValue {
        let isLater = add(
            "Less", add("Unsqueeze", positions, constant([1])), add("Unsqueeze", positions, constant([0])))
        return add("Where", isLater, constant(Self.hidden), mask)
    }

    var noMask: GraphValue { constant(0) }

    func attend(query: GraphValue, key: GraphValue, value: GraphValue, heads: Int, width: Int, mask: GraphValue)
        -> GraphValue
    {
        let size = width / heads
        func split(_ value: GraphValue, _ order: [Int]) -> GraphValue {
            transpose(reshape(value, [0, 0, heads, size]), order)
        }
        let scaled = add("Mul", split(query, [0, 2, 1, 3]), constant(1 / Float(size).squareRoot()))
        let scores = add("Add", add("MatMul", scaled, split(key, [0, 2, 3, 1])), mask)
        let shares = add("Softmax", scores, attributes: [.int("axis", -1)])
        return reshape(transpose(add("MatMul", shares, split(value, [0, 2, 1, 3])), [0, 2, 1, 3]), [0, 0, width])
    }

    func split(_ value: GraphValue, into count: Int, width: Int) -> [GraphValue] {
        add(
            "Split", [value, constant([Int](repeating: width, count: count))], attributes: [.int("axis", -1)],
            outputCount: count)
    }

    func firstTokens(_ hidden: GraphValue) -> GraphValue {
        add("Gather", hidden, constant(Tensor(int64: [0], shape: [])), attributes: [.int("axis", 1)])
    }

    func meanOfTokens(_ hidden: GraphValue) -> GraphValue {
        add("ReduceMean", hidden, attributes: [.ints("axes", [1]), .int("keepdims", 0)])
    }

    // MARK: Images

    func maxPool(_ images: GraphValue, size: Int, stride: Int, padding: Int) -> GraphValue {
        func pair(_ value: Int) -> [Int] { [value, value] }
        return add(
            "MaxPool", images,
            attributes: [
                .ints("kernel_shape", pair(size)), .ints("pads", pair(padding) + pair(padding)),
                .ints("strides", pair(stride)),
            ])
    }

    func globalAveragePool(_ images: GraphValue) -> GraphValue {
        add("Flatten", add("GlobalAveragePool", images), attributes: [.int("axis", 1)])
    }

    func patches(_ images: GraphValue, channels: Int, side: Int, patch: Int) -> GraphValue {
        let tiles = transpose(reshape(images, [0, channels, side, patch, side, patch]), [0, 2, 4, 1, 3, 5])
        return reshape(tiles, [0, side * side, channels * patch * patch])
    }

    // MARK: Values

    func sum(_ left: GraphValue, _ right: GraphValue) -> GraphValue { add("Add", left, right) }
}
