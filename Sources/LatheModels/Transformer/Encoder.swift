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
    public func callAsFunction(_ hidden: Tensor, layout: TokenLayout = .full) -> Tensor {
        let parts = parts(of: hidden, layout)
        let results = layers.reduce(parts.map { hidden.sliced($0.range, axis: $0.axis) }) { hidden, layer in
            zip(parts, hidden).map { part, hidden in layer(hidden, layout: part.layout) }
        }
        return results.count == 1 ? results[0] : .concatenated(results, axis: parts[0].axis)
    }

    /// As above, with what is `wanted` of every layer.
    public func callAsFunction(_ hidden: Tensor, layout: TokenLayout, keeping wanted: KeptOutputs) -> TransformerOutput {
        if wanted.isEmpty { return TransformerOutput(hidden: self(hidden, layout: layout)) }
        var output = TransformerOutput(hidden: hidden)
        if wanted.contains(.hiddenStates) { output.hiddenStates.append(hidden) }
        for layer in layers {
            if wanted.contains(.attentionScores) {
                let (hidden, scores) = layer.withScores(output.hidden, layout: layout)
                output.hidden = hidden
                output.attentionScores.append(scores)
            } else {
                output.hidden = layer(output.hidden, layout: layout)
            }
            if wanted.contains(.hiddenStates) { output.hiddenStates.append(output.hidden) }
        }
        return output
    }

    /// Sequences that go through a layer together: a range of the axis along which they follow each other.
    private struct Part {
        let range: Range<Int>
        let axis: Int
        let layout: TokenLayout
    }

    private func parts(of hidden: Tensor, _ layout: TokenLayout) -> [Part] {
        guard case .packed(let weight)? = layers.first?.intermediate.weight, case .integer = weight.arithmetic else {
            return [Part(range: 0..<hidden.shape[0], axis: 0, layout: layout)]
        }
        switch layout {
        case .padded(let mask):
            let batch = hidden.shape[0], size = max(1, Self.tokensPerPart / max(hidden.shape[1], 1))
            return stride(from: 0, to: batch, by: size).map { start in
                let range = start..<min(start + size, batch)
                return Part(range: range, axis: 0, layout: .padded(keyMask: mask?.sliced(range)))
            }
        case .joined(let lengths):
            var parts: [Part] = [], first = 0, start = 0, end = 0
            for (index, length) in lengths.enumerated() {
                end += length
                guard index == lengths.count - 1 || end - start + lengths[index + 1] > Self.tokensPerPart else { continue }
                parts.append(Part(range: start..<end, axis: 1, layout: .joined(lengths: Array(lengths[first...index]))))
                (first, start) = (index + 1, end)
            }
            return parts
        }
    }
}
