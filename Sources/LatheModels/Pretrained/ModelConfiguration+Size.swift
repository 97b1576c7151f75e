import LatheTensor

extension ModelConfiguration {
    /// The parameters in the large tensors of a network of these sizes; biases and normalisation are not counted.
    var leastParameterCount: Int {
        switch sizes {
        case .bert(let sizes):
            let tables = sizes.vocabularySize + sizes.positionCount + (sizes.family.hasTokenTypes ? sizes.tokenTypeCount : 0)
            return (tables + (labelCount ?? 0)) * sizes.encoder.hiddenSize + sizes.encoder.leastParameterCount
        case .gpt2(let sizes):
            let encoder = EncoderConfiguration(
                hiddenSize: sizes.hiddenSize, layerCount: sizes.layerCount, headCount: sizes.headCount,
                intermediateSize: sizes.intermediateSize ?? 4 * sizes.hiddenSize)
            return (sizes.vocabularySize + sizes.positionCount) * sizes.hiddenSize + encoder.leastParameterCount
        case .resnet(let sizes): return sizes.tensorShapes.values.reduce(0) { $0 + $1.elementCount }
        case .patchEncoder(let sizes):
            let side = sizes.imageSize / sizes.patchSize, patch = sizes.channels * sizes.patchSize * sizes.patchSize
            return (patch + side * side + sizes.labelCount) * sizes.encoder.hiddenSize + sizes.encoder.leastParameterCount
        }
    }

    /// Makes sure that the network is not far larger than `checkpoint`, before memory is taken for it.
    ///
    /// A network that is somewhat too large is built all the same: what is missing can then be told by name.
    /// - Throws: `ModelFileError.weightsTooFew`.
    func checkSize(against checkpoint: Checkpoint, directory: String) throws(ModelFileError) {
        let needed = leastParameterCount, held = checkpoint.parameterLimit
        // Pruned layers may have lost most of theirs, and files leave zeros out.
        let isPruned = !pruned.isEmpty || quantization?.leavesOutZeros == true
        guard needed > (isPruned ? 64 : 2) * held + Self.parameterAllowance else { return }
        throw .weightsTooFew(directory: directory, expected: needed, got: held)
    }

    /// Parameters that a network may have beyond twice what its checkpoint can hold: 16 MB.
    private static let parameterAllowance = 1 << 22
}

extension EncoderConfiguration {
    /// The parameters in the weights of all layers: four of attention, two of the feed-forward network.
    fileprivate var leastParameterCount: Int { layerCount * (4 * hiddenSize * hiddenSize + 2 * hiddenSize * intermediateSize) }
}

extension Checkpoint {
    /// The most parameters that the tensors can stand for: a byte of integers may pack eight, and no parameter takes less than a bit of its file, which
    /// views that repeat their elements have to be told.
    fileprivate var parameterLimit: Int {
        let held = entries.reduce(0) { count, entry in
            count + (entry.dtype?.isFloatingPoint == true ? entry.elementCount : 8 * entry.storedType.byteWidth * entry.elementCount)
        }
        return min(held, 8 * files.reduce(0) { $0 + $1.byteCount })
    }
}
