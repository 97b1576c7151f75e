import LatheNN
import LatheTensor

/// A stack of encoder layers.
public final class Encoder: Module {
    @Child("layer") public var layers: [EncoderLayer]

    /// Tokens that 8-bit inference takes through a layer at once: so many that a weight's way from memory pays, and so few that what a layer computes on
    /// the way stays in the caches. Float weights are too large to wait there for the next part themselves.
    private static let tokensPerPart = 256

    public init(_ configuration: EncoderConfiguration) {
        layers = (0..<configuration.layerCount).map { _ in EncoderLayer(configuration) }
    }

    /// `[batch, tokens, hidden]` for the same.
    public func callAsFunction(_ hidden: Tensor, keyMask: Tensor? = nil) -> Tensor {
        let parts = parts(of: hidden)
        let results = layers.reduce(parts.map { hidden.sliced($0) }) { hidden, layer in
            zip(parts, hidden).map { range, part in layer(part, keyMask: keyMask?.sliced(range)) }
        }
        return results.count == 1 ? results[0] : .concatenated(results)
    }

    /// The examples that go through a layer together.
    private func parts(of hidden: Tensor) -> [Range<Int>] {
        let batch = hidden.shape[0]
        guard case .packed(let weight)? = layers.first?.intermediate.weight, case .int8 = weight.arithmetic else { return [0..<batch] }
        let size = max(1, Self.tokensPerPart / max(hidden.shape[1], 1))
        return stride(from: 0, to: batch, by: size).map { $0..<min($0 + size, batch) }
    }
}
