import LatheModels
import LatheNN
import LatheTensor

/// A batch as the layers of a network see it.
package struct LayerBatch {
    let layout: TokenLayout
    /// Computes the input of the first layer, `[batch, tokens, hidden]`.
    let embedded: () -> Tensor

    package init(layout: TokenLayout, embedded: @escaping () -> Tensor) {
        (self.layout, self.embedded) = (layout, embedded)
    }
}

extension LayeredTransformer {
    package func layerBatch(_ batch: TokenBatch) -> LayerBatch {
        LayerBatch(layout: batch.layout) { self.embedded(batch) }
    }
}
