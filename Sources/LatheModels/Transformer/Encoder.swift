import LatheNN
import LatheTensor

/// A stack of encoder layers.
package final class Encoder: Module {
    @Child("layer") package var layers: [EncoderLayer]

    package init(_ configuration: EncoderConfiguration) {
        layers = (0..<configuration.layerCount).map { _ in EncoderLayer(configuration) }
    }

    /// `[batch, tokens, hidden]` for the same.
    package func callAsFunction(_ hidden: Tensor, layout: TokenLayout = .full) -> Tensor {
        SequenceParts(hidden, layout, for: layers.first?.intermediate).pass(hidden, through: layers) {
            layer, hidden, layout in layer(hidden, layout: layout)
        }
    }

    /// As above, with what is `wanted` of every layer.
    package func callAsFunction(_ hidden: Tensor, layout: TokenLayout, capturing wanted: CapturedOutputs)
        -> TransformerOutput
    {
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
}
