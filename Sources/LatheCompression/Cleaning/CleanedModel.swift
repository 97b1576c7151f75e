import LatheModels
import LatheRuntime

/// A model after cleaning, and what there is to say about it.
public struct CleanedModel {
    public let model: PretrainedModel
    public let notes: [String]
    /// Whether channels were removed whose constant outputs the border of images misses.
    public let hasBorderDifference: Bool
    /// The layers whose weights were rounded to few bits.
    let quantizedLayers: [String]

    /// Packs the weights that were rounded, in place, with exactly the values that they have, and float weights of which pruning left few. The model can then be
    /// used for inference only.
    /// - Returns: what is to be said of layers that stay in floats.
    public func pack() -> [String] {
        let packed = Set(model.network.packQuantizedWeights())
        model.network.packSparseFloats()
        let left = quantizedLayers.filter { !packed.contains($0) }
        if left.isEmpty { return [] }
        let named = left.prefix(3).joined(separator: ", ") + (left.count > 3 ? " and \(left.count - 3) more" : "")
        return [
            "\(named): weights stay in floats, since codes of at most 8 bits and scales for rows, or for groups that divide a row, do not give their values exactly"
        ]
    }
}
