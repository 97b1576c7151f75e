import LatheModels
import LatheNN
import LathePacking

/// A network after cleaning, and what there is to say about it.
public struct CleanedNetwork {
    public let network: any Module
    /// The layers that are smaller than the network makes them, now and before.
    public let pruned: PrunedShapes
    /// Whether a head has a weight of its own now where it computed with the word embedding's table.
    let lostTie: Bool
    /// What is worth knowing.
    public let notes: [String]
    /// Whether channels were removed whose constant outputs the border of images misses.
    public let hasBorderDifference: Bool
    /// The layers whose weights were rounded to few bits.
    let quantizedLayers: [String]

    /// Packs the weights that were rounded, in place, with exactly the values that they have, and float weights of
    /// which pruning left few. The model can then be used for inference only.
    /// - Returns: what is to be said of layers that stay in floats.
    public func pack() -> [String] {
        let packed = Set(network.packQuantizedWeights())
        network.packSparseFloats()
        let left = quantizedLayers.filter { !packed.contains($0) }
        if left.isEmpty { return [] }
        let named = left.prefix(3).joined(separator: ", ") + (left.count > 3 ? " and \(left.count - 3) more" : "")
        return [
            "\(named): weights stay in floats, since codes of at most 8 bits and scales for rows, or for groups that divide a row, do not give their values exactly"
        ]
    }

    /// Writes the network to the file at `path`, atomically, with all that `ModuleFile.load(_:into:)` needs to make the
    /// same of a new network.
    public func save(to path: String) throws { try ModuleFile.save(network, to: path, pruned: pruned) }

    /// Returns `model`, whose network this was, with the new sizes in its configuration, to be saved as a directory.
    public func applied(to model: PretrainedModel) -> PretrainedModel {
        var configuration = lostTie ? model.configuration.withHead(tied: false) : model.configuration
        configuration.pruned = pruned
        return PretrainedModel(configuration, network, directory: model.directory)
    }
}
