import LatheNN
import LatheTensor

/// A stack of encoder layers.
public final class Encoder: Module {
    @Child("layer") public var layers: [EncoderLayer]

    public init(_ configuration: EncoderConfiguration) {
        layers = (0..<configuration.layerCount).map { _ in EncoderLayer(configuration) }
    }

    /// `[batch, tokens, hidden]` for the same.
    public func callAsFunction(_ hidden: Tensor, keyMask: Tensor? = nil) -> Tensor {
        layers.reduce(hidden) { hidden, layer in layer(hidden, keyMask: keyMask) }
    }
}
