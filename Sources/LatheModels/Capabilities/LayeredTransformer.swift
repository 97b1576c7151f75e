import LatheNN
import LatheTensor

/// A layer of a transformer.
public protocol TransformerLayer: Module {
    /// `[batch, tokens, hidden]` for the same.
    func callAsFunction(_ hidden: Tensor, layout: TokenLayout) -> Tensor
}

/// A network with a stack of equal layers.
public protocol LayerStack: Module {
    /// The layers, the first one first.
    var transformerLayers: [any TransformerLayer] { get }
    /// The values per token.
    var hiddenSize: Int { get }
}

extension LayerStack {
    /// The path of the stack, without a layer's number: `bert.encoder.layer`; `nil` for a network without layers.
    public var stackPath: String? {
        guard let first = transformerLayers.first, let path = namedModules.first(where: { $0.module === first })?.path
        else { return nil }
        return path.split(separator: ".").dropLast().joined(separator: ".")
    }
}

/// A network whose tokens go through a stack of equal layers.
public protocol LayeredTransformer: LayerStack {
    /// The number of tokens it knows.
    var vocabularySize: Int { get }
    /// The number of token types it tells apart; `nil` if it ignores them.
    var tokenTypeCount: Int? { get }
    /// The most tokens a text may have.
    var longestSequence: Int { get }
    /// The input of the first layer, `[batch, tokens, hidden]`.
    func embedded(_ batch: TokenBatch) -> Tensor
}
