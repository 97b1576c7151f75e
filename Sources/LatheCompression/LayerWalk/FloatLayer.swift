import LatheModels
import LatheNN
import LatheTensor

/// A layer as it was before it learned: the same object, which computes with its former values, without transforms, for
/// the length of a call.
struct FloatLayer {
    private let layer: any TransformerLayer
    private let parameters: [Parameter]
    private let values: [Tensor]

    init(_ layer: any TransformerLayer) {
        self.layer = layer
        parameters = layer.parameters
        values = parameters.map(\.detached)
    }

    /// `[batch, tokens, hidden]` for the same; nothing is recorded.
    func callAsFunction(_ hidden: Tensor, layout: TokenLayout) -> Tensor {
        let transforms = LayerTransforms(in: layer), learned = parameters.map(\.detached)
        transforms.switchAll(false)
        for (parameter, value) in zip(parameters, values) { parameter.value = value }
        defer {
            for (parameter, value) in zip(parameters, learned) { parameter.value = value }
            transforms.switchAll(true)
        }
        return withInference { layer(hidden, layout: layout) }
    }
}
