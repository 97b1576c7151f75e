import LatheCheckpoints
import LatheModels
import LatheNN
import LatheTensor

/// A layer that a `LayerWalk` visits, with its activations.
package final class LayerVisit {
    /// The layer, which computes with its transforms.
    package let layer: any TransformerLayer
    /// Its number, counted from 0.
    package let number: Int
    /// The layouts of the batches.
    package let layouts: [TokenLayout]

    private let float: FloatLayer
    private let activations: LayerActivations
    /// The batches whose stored float activations are those behind the layer.
    private var advanced: Set<Int> = []

    init(layer: any TransformerLayer, number: Int, layouts: [TokenLayout], activations: LayerActivations) {
        (self.layer, self.number, self.layouts, self.activations) = (layer, number, layouts, activations)
        float = FloatLayer(layer)
    }

    /// The input of the layer in a batch, `[batch, tokens, hidden]`: in the float network, and in the changed one (the
    /// same, unless the step reads compressed activations).
    /// - Throws: `FileError`.
    package func input(_ batch: Int) throws -> (float: Tensor, compressed: Tensor) {
        let float = try activations.float(batch)
        return (float, try activations.compressed(batch) ?? float)
    }

    /// Returns the output of the layer in the float network for `input`, `[batch, tokens, hidden]`.
    /// - Parameters:
    ///   - input: the input of the layer in the float network.
    ///   - batch: the number of the batch.
    ///   - isLast: whether the step reads this batch no more.
    /// - Throws: `FileError`.
    package func target(_ input: Tensor, _ batch: Int, isLast: Bool = false) throws -> Tensor {
        let target = float(input, layout: layouts[batch])
        if isLast {
            try activations.store(batch, float: target)
            advanced.insert(batch)
        }
        return target
    }

    /// Replaces the stored activations by those behind the layer.
    func advance() throws {
        for (batch, layout) in layouts.enumerated() {
            if let input = try activations.compressed(batch) {
                try activations.store(batch, compressed: withInference { layer(input, layout: layout) })
            }
            if !advanced.contains(batch) {
                _ = try target(activations.float(batch), batch, isLast: true)
            }
        }
    }
}

/// The activations between two layers for each batch, in files: the float network's and, if steps read those, the
/// compressed one's.
final class LayerActivations {
    private let floats: ScratchTensors
    private let others: ScratchTensors?

    init(directory: String, keepsCompressed: Bool) throws {
        floats = try ScratchTensors(directory: directory)
        others = keepsCompressed ? try ScratchTensors(directory: directory) : nil
    }

    func float(_ batch: Int) throws -> Tensor { try floats.tensor(at: batch) }
    func compressed(_ batch: Int) throws -> Tensor? { try others?.tensor(at: batch) }
    func store(_ batch: Int, float tensor: Tensor) throws { try floats.store(tensor, at: batch) }
    func store(_ batch: Int, compressed tensor: Tensor) throws { try others?.store(tensor, at: batch) }
}
