import LatheModels
import LatheNN
import LatheTensor

/// A layer that learns to give what it gave in the float network: the mean squared error of its outputs, as in
/// evaluation (nothing is dropped).
struct LayerLearner {
    let layer: any TransformerLayer
    let optimizer: any Optimizer

    /// With the optimizer of the original: AdamW with a memory of its own, biases and normalisation weights exempt from
    /// decay.
    init(_ layer: any TransformerLayer, _ options: LayerDistillationOptions) {
        self.init(
            layer,
            optimizer: AdamW(
                ParameterGroup.standard(layer, weightDecay: options.weightDecay), learningRate: options.learningRate))
    }

    init(_ layer: any TransformerLayer, optimizer: any Optimizer) {
        (self.layer, self.optimizer) = (layer, optimizer)
    }

    /// One update.
    /// - Parameters:
    ///   - target: what the layer shall give for `input`, of its shape.
    ///   - observeGradients: called between the gradients and the update.
    /// - Returns: the loss before it.
    func step(_ input: Tensor, target: Tensor, layout: TokenLayout, observeGradients: () -> Void = {}) -> Float {
        let loss = layer(input, layout: layout).meanSquaredError(target)
        optimizer.clearGradients()
        loss.backward()
        observeGradients()
        optimizer.step()
        optimizer.clearGradients()
        return loss.scalar
    }
}
