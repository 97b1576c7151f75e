import LatheNN
import LatheTensor

/// The operations of a network of convolutions, for planning how they run.
final class ImageGraph {
    /// A value by its place among the operations; values that a program does not have are `unknown`.
    struct Value: Equatable {
        let index: Int
    }

    struct Node: Equatable {
        enum Operation: Equatable {
            case input(channels: Int)
            case convolve(ImageConvolution)
            case maxPool(size: Int, stride: Int, padding: Int)
            case sum
            case activate(Activation)
            case mean
        }

        var operation: Operation
        var inputs: [Int]
    }

    /// In the order in which they are computed.
    private(set) var nodes: [Node] = []
    /// Whether all operations are among those of a program.
    private(set) var isSupported = true
    static let unknown = Value(index: -1)

    private func add(_ operation: Node.Operation, _ inputs: Value...) -> Value {
        guard !inputs.contains(Self.unknown) else { return unsupported }
        nodes.append(Node(operation: operation, inputs: inputs.map(\.index)))
        return Value(index: nodes.count - 1)
    }

    private var unsupported: Value {
        isSupported = false
        return Self.unknown
    }
}

extension ImageGraph: NetworkGraph {
    func imageInput(_ name: String, channels: Int, size: Int?) -> Value { add(.input(channels: channels)) }

    func convolve(_ layer: Conv2d, _ input: Value, norm: BatchNorm2d?, activation: Activation) -> Value {
        guard let convolution = layer.imageConvolution(norm: norm) else { return unsupported }
        let result = add(.convolve(convolution), input)
        return activation == .identity ? result : activate(result, activation)
    }

    func maxPool(_ images: Value, size: Int, stride: Int, padding: Int) -> Value {
        add(.maxPool(size: size, stride: stride, padding: padding), images)
    }
    func globalAveragePool(_ images: Value) -> Value { add(.mean, images) }
    func sum(_ left: Value, _ right: Value) -> Value { add(.sum, left, right) }
    func activate(_ value: Value, _ activation: Activation) -> Value { add(.activate(activation), value) }
    func output(_ value: Value, as name: String, width: Int, perToken: Bool) {}
    func within<Result>(_ module: any Module, _ body: () throws -> Result) rethrows -> Result { try body() }

    // What programs of images do not have.
    func tokenInput(_ name: String) -> Value { unsupported }
    func linear(_ layer: Linear, _ input: Value, activation: Activation, residual: Value?) -> Value { unsupported }
    func normalize(_ layer: LayerNorm, _ input: Value) -> Value { unsupported }
    func embed(_ layer: Embedding, _ ids: Value, rank: Int) -> Value { unsupported }
    func numbers(_ values: [Int]) -> Value { unsupported }
    func positions(of ids: Value) -> Value { unsupported }
    func positions(of ids: Value, after padding: Int) -> Value { unsupported }
    func attentionMask(_ mask: Value) -> Value { unsupported }
    func causalMask(_ positions: Value, _ mask: Value) -> Value { unsupported }
    var noMask: Value { unsupported }
    func attend(query: Value, key: Value, value: Value, heads: Int, width: Int, mask: Value) -> Value { unsupported }
    func split(_ value: Value, into count: Int, width: Int) -> [Value] { Array(repeating: unsupported, count: count) }
    func firstTokens(_ hidden: Value) -> Value { unsupported }
    func meanOfTokens(_ hidden: Value) -> Value { unsupported }
    func patches(_ images: Value, channels: Int, side: Int, patch: Int) -> Value { unsupported }
}
