import LatheModels
import LatheNN
import LatheTensor

/// Layer-by-layer distillation (LKD of ZeroQuant, arXiv:2206.01861): each layer of a compressed network learns to give
/// what it gave in the float one.
package struct DistillationStep: LayerStep {
    private let options: LayerDistillationOptions
    private let report: (LayerDistillationEvent) -> Void

    /// - Parameters:
    ///   - options: the updates of each layer.
    ///   - report: receives the progress.
    package init(_ options: LayerDistillationOptions, report: @escaping (LayerDistillationEvent) -> Void) {
        (self.options, self.report) = (options, report)
    }

    package var readsCompressedActivations: Bool { options.inputs == .quantized }

    package func change(_ visit: LayerVisit) throws -> LayerDistillationResult {
        let learner = LayerLearner(visit.layer, options), batchCount = visit.layouts.count
        var losses: [Float] = []
        for step in 0..<options.steps {
            let batch = step % batchCount, input = try visit.input(batch)
            let target = try visit.target(input.float, batch, isLast: step + batchCount >= options.steps)
            losses.append(learner.step(input.compressed, target: target, layout: visit.layouts[batch]))
            report(.step(layer: visit.number, step: step + 1, loss: losses[step]))
        }
        let tenth = max(1, losses.count / 10)
        return LayerDistillationResult(
            firstLoss: losses.prefix(tenth).reduce(0, +) / Float(tenth),
            lastLoss: losses.suffix(tenth).reduce(0, +) / Float(tenth))
    }

    package func didChange(_ layer: Int, _ result: LayerDistillationResult) {
        report(.finished(layer: layer, result))
    }

    package func didRestore(_ layer: Int, _ result: LayerDistillationResult) {
        report(.restored(layer: layer, result))
    }
}

extension LayerDistillationResult: LayerStepResult {
    package var text: String { "\(firstLoss) \(lastLoss)" }

    package init?(text: String) {
        let losses = text.split(separator: " ").compactMap { Float($0) }
        guard losses.count == 2 else { return nil }
        self.init(firstLoss: losses[0], lastLoss: losses[1])
    }
}
