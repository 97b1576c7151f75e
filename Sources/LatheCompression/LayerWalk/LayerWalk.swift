import LatheModels
import LatheNN
import LatheTensor

/// A walk through the layers of a network, in which a step changes one layer after another: layer-by-layer
/// distillation, and other methods that calibrate a layer on its activations.
///
/// There is one network. Before layer k it is compressed and changed, from k on it is as it was; layer k itself computes
/// in both ways by turns. The activations of the float network before layer k are stored in a file for each batch, and
/// replaced by those before layer k + 1, so the cost grows with the layers and not with their square. Layers that are
/// done are stored in files as well, from which a later run resumes, so memory holds one layer with what its step needs.
package struct LayerWalk<Step: LayerStep> {
    private let network: any LayerStack
    private let step: Step
    private let progress: LayerProgress
    private let seed: UInt64

    /// - Parameters:
    ///   - network: the network, in which compression is in force.
    ///   - step: changes the layers.
    ///   - progress: stores the layers that are done.
    ///   - seed: the random numbers of each layer depend on this and on the layer's number.
    package init(_ network: any LayerStack, step: Step, progress: LayerProgress, seed: UInt64) {
        (self.network, self.step, self.progress, self.seed) = (network, step, progress, seed)
    }

    /// Walks. The transforms that are in force in the network are in force again when this returns.
    /// - Returns: the result for each layer.
    /// - Throws: `FileError` if the disk fails, `CompressionError.differentDistillation` for a layer of another run, and
    ///   what the step throws.
    package func run(on batches: [LayerBatch]) throws -> [Step.Result] {
        let all = LayerTransforms(in: network), layers = network.transformerLayers,
            own = layers.map { LayerTransforms(in: $0) }
        let activations = try LayerActivations(
            directory: progress.directory, keepsCompressed: step.readsCompressedActivations)
        defer { all.switchAll(true) }
        try withRandomSource(RandomSource(seed: seed)) { try embed(batches, all, activations) }
        return try layers.indices.map { number in
            own[number].switchAll(true)
            defer { own[number].switchAll(false) }
            return try withRandomSource(RandomSource(seed: seed &+ UInt64(number))) {
                try visit(
                    LayerVisit(
                        layer: layers[number], number: number, layouts: batches.map(\.layout), activations: activations)
                )
            }
        }
    }

    /// Stores what enters the first layer.
    private func embed(_ batches: [LayerBatch], _ all: LayerTransforms, _ activations: LayerActivations) throws {
        for (number, batch) in batches.enumerated() {
            all.switchAll(true)
            if step.readsCompressedActivations {
                try activations.store(number, compressed: withInference(batch.embedded))
            }
            all.switchAll(false)
            try activations.store(number, float: withInference(batch.embedded))
        }
    }

    private func visit(_ visit: LayerVisit) throws -> Step.Result {
        let result: Step.Result
        if let restored = try progress.restore(visit.layer, visit.number, as: Step.Result.self) {
            result = restored
            step.didRestore(visit.number, restored)
        } else {
            result = try step.change(visit)
            try progress.save(visit.layer, visit.number, result)
            // The layer is read in its file from here on, and what it took to change it goes back to the system.
            _ = try progress.restore(visit.layer, visit.number, as: Step.Result.self)
            MemoryPool.shared.trim()
            step.didChange(visit.number, result)
        }
        try visit.advance()
        return result
    }
}
