import LatheCheckpoints
import LatheModels
import LatheNN
import LatheTensor

/// Layer-by-layer distillation (LKD of ZeroQuant, arXiv:2206.01861): each layer of a compressed network learns to give
/// what it gave in the float one.
///
/// There is one network. Before layer k it is compressed and has learned, from k on it is as it was; layer k itself
/// computes in both ways by turns. What the float network gives layer k for each batch waits in a file, and becomes
/// what it gives layer k + 1, so the cost grows with the layers and not with their square. Layers that have learned
/// wait in files too, so memory holds the float model, and one layer with its gradients and optimizer.
package struct LayerDistiller {
    let network: any LayerStack
    let options: LayerDistillationOptions
    let progress: LayerProgress
    let report: (LayerDistillationEvent) -> Void

    package init(
        network: any LayerStack, options: LayerDistillationOptions, progress: LayerProgress,
        report: @escaping (LayerDistillationEvent) -> Void
    ) {
        (self.network, self.options, self.progress, self.report) = (network, options, progress, report)
    }

    /// What is in force in `network` is what layers learn with; it is in force again when this returns.
    package func run(on batches: [LayerBatch]) throws -> [LayerDistillationResult] {
        let all = LayerTransforms(in: network), layers = network.transformerLayers,
            own = layers.map { LayerTransforms(in: $0) }
        let boundary = try Boundary(directory: progress.directory, quantizes: options.inputs == .quantized)
        defer { all.switchAll(true) }
        report(.started(layers: layers.count, steps: options.steps, batches: batches.count))
        try withRandomSource(RandomSource(seed: options.seed)) {
            for (number, batch) in batches.enumerated() {
                all.switchAll(true)
                if options.inputs == .quantized {
                    try boundary.advance(number, quantized: withInference(batch.embedded))
                }
                all.switchAll(false)
                try boundary.advance(number, float: withInference(batch.embedded))
            }
        }
        return try layers.indices.map { number in
            own[number].switchAll(true)
            defer { own[number].switchAll(false) }
            return try withRandomSource(RandomSource(seed: options.seed &+ UInt64(number))) {
                try distil(layers[number], number, batches.map(\.layout), boundary)
            }
        }
    }

    private func distil(_ layer: any TransformerLayer, _ number: Int, _ layouts: [TokenLayout], _ boundary: Boundary)
        throws -> LayerDistillationResult
    {
        let teacher = FloatLayer(layer)
        let result: LayerDistillationResult
        if let restored = try progress.restore(layer, number) {
            for (batch, layout) in layouts.enumerated() {
                try boundary.advance(batch, float: teacher(boundary.float(batch), layout: layout))
            }
            result = restored
            report(.restored(layer: number, result))
        } else {
            result = try learn(layer, number, teacher, layouts, boundary)
            try progress.save(layer, number, result)
            // What was learned waits in the file from here on, and what it took to learn it goes back to the system.
            _ = try progress.restore(layer, number)
            MemoryPool.shared.trim()
            report(.finished(layer: number, result))
        }
        if options.inputs == .quantized {
            for (batch, layout) in layouts.enumerated() {
                let input = try boundary.input(batch)
                try boundary.advance(batch, quantized: withInference { layer(input, layout: layout) })
            }
        }
        return result
    }

    private func learn(
        _ layer: any TransformerLayer, _ number: Int, _ teacher: FloatLayer, _ layouts: [TokenLayout],
        _ boundary: Boundary
    ) throws -> LayerDistillationResult {
        let learner = LayerLearner(layer, options)
        var losses: [Float] = []
        for step in 0..<options.steps {
            let batch = step % layouts.count, layout = layouts[batch], float = try boundary.float(batch)
            let target = teacher(float, layout: layout),
                input = options.inputs == .float ? float : try boundary.input(batch)
            losses.append(learner.step(input, target: target, layout: layout))
            // Nobody asks for this batch of this layer again.
            if step + layouts.count >= options.steps { try boundary.advance(batch, float: target) }
            report(.step(layer: number, step: step + 1, loss: losses[step]))
        }
        let tenth = max(1, losses.count / 10)
        return LayerDistillationResult(
            firstLoss: losses.prefix(tenth).reduce(0, +) / Float(tenth),
            lastLoss: losses.suffix(tenth).reduce(0, +) / Float(tenth))
    }
}

/// What stands between two layers, for each batch: the float network's hidden states and, if layers learn from those,
/// the compressed one's.
private final class Boundary {
    private let floats: ScratchTensors
    private let quantized: ScratchTensors?

    init(directory: String, quantizes: Bool) throws {
        floats = try ScratchTensors(directory: directory)
        quantized = quantizes ? try ScratchTensors(directory: directory) : nil
    }

    func float(_ batch: Int) throws -> Tensor { try floats.tensor(at: batch) }

    /// What the compressed layer gets.
    func input(_ batch: Int) throws -> Tensor { try (quantized ?? floats).tensor(at: batch) }

    func advance(_ batch: Int, float: Tensor) throws { try floats.store(float, at: batch) }

    func advance(_ batch: Int, quantized tensor: Tensor) throws { try quantized?.store(tensor, at: batch) }
}
