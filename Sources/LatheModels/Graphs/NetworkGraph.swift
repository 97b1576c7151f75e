import LatheNN
import LatheTensor

/// A graph of a network's operations in another tool's format, built one operation after the other.
///
/// Exporters implement it. A network that describes itself in these operations can be written in every such format.
public protocol NetworkGraph: AnyObject {
    /// The result of an operation, or an input.
    associatedtype Value

    // MARK: Inputs and outputs

    /// Adds an input of a number for each token, int64 `[batch, tokens]`: `input_ids`, `attention_mask`.
    func tokenInput(_ name: String) -> Value
    /// Adds an input of images `[batch, channels, height, width]`.
    /// - Parameters:
    ///   - name: the name of the input.
    ///   - channels: the channels of an image.
    ///   - size: height and width; `nil` if any will do.
    func imageInput(_ name: String, channels: Int, size: Int?) -> Value
    /// Makes a value the output called `name`.
    /// - Parameters:
    ///   - value: what is put out.
    ///   - name: the name of the output.
    ///   - width: the size of the last axis.
    ///   - perToken: whether its shape is `[batch, tokens, width]`, and not `[batch, width]`.
    func output(_ value: Value, as name: String, width: Int, perToken: Bool)

    // MARK: Layers

    /// `activation(x Wᵀ + b) + residual` over the last axis, with the activations rounded as the layer rounds them.
    func linear(_ layer: Linear, _ input: Value, activation: Activation, residual: Value?) throws -> Value
    /// Layer normalisation over the last axis.
    func normalize(_ layer: LayerNorm, _ input: Value) -> Value
    /// The rows of a table, `[…, width]`.
    /// - Parameters:
    ///   - layer: the table.
    ///   - ids: the numbers of the rows, int64.
    ///   - rank: the axes of `ids`.
    func embed(_ layer: Embedding, _ ids: Value, rank: Int) -> Value
    /// `activation(norm(convolution(x)))` of images.
    func convolve(_ layer: Conv2d, _ input: Value, norm: BatchNorm2d?, activation: Activation) throws -> Value

    // MARK: Tokens

    /// int64 constants, `[count]`.
    func numbers(_ values: [Int]) -> Value
    /// The place of each token, counted from 0: int64 `[tokens]` for ids `[batch, tokens]`.
    func positions(of ids: Value) -> Value
    /// The place of each token counted from behind the padding token's id, and that id for padding: int64
    /// `[batch, tokens]` for ids of that shape.
    func positions(of ids: Value, after padding: Int) -> Value
    /// Numbers added to attention's scores, `[batch, 1, 1, tokens]`, for a mask `[batch, tokens]` of 1 for tokens, 0
    /// for padding.
    func attentionMask(_ mask: Value) -> Value
    /// Numbers added to attention's scores, `[batch, 1, tokens, tokens]`, that also hide later tokens.
    func causalMask(_ positions: Value, _ mask: Value) -> Value
    /// Attention's scores as they are.
    var noMask: Value { get }
    /// The context of every token, `[batch, tokens, width]`, for query, key and value of the same shape, the heads side
    /// by side.
    func attend(query: Value, key: Value, value: Value, heads: Int, width: Int, mask: Value) -> Value
    /// `count` equal parts of the last axis, each of `width` values.
    func split(_ value: Value, into count: Int, width: Int) -> [Value]
    /// The first token of each sequence, `[batch, hidden]`.
    func firstTokens(_ hidden: Value) -> Value
    /// The mean of each sequence's tokens, `[batch, hidden]`.
    func meanOfTokens(_ hidden: Value) -> Value

    // MARK: Images

    /// The largest values of overlapping squares, `[batch, channels, height', width']`.
    func maxPool(_ images: Value, size: Int, stride: Int, padding: Int) -> Value
    /// The mean of each channel, `[batch, channels]`.
    func globalAveragePool(_ images: Value) -> Value
    /// The patches of images, `[batch, side · side, channels · patch · patch]`.
    func patches(_ images: Value, channels: Int, side: Int, patch: Int) -> Value

    // MARK: Values

    func sum(_ left: Value, _ right: Value) -> Value
    func activate(_ value: Value, _ activation: Activation) -> Value
    /// Names the operations that `body` adds after `module`.
    func within<Result>(_ module: any Module, _ body: () throws -> Result) rethrows -> Result
}

extension NetworkGraph {
    public func linear(_ layer: Linear, _ input: Value, activation: Activation = .identity) throws -> Value {
        try linear(layer, input, activation: activation, residual: nil)
    }

    public func linear(_ layer: Linear, _ input: Value, residual: Value) throws -> Value {
        try linear(layer, input, activation: .identity, residual: residual)
    }

    public func convolve(_ layer: Conv2d, _ input: Value, norm: BatchNorm2d?) throws -> Value {
        try convolve(layer, input, norm: norm, activation: .identity)
    }
}

/// A network that can be written in other tools' formats.
public protocol GraphDescribable: Module {
    /// Builds the network in `graph`, with inputs and outputs named as in transformers.
    /// - Throws: what `graph` throws for a layer that its format does not have.
    func describe(in graph: some NetworkGraph) throws
}
