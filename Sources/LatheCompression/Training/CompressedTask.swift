import LatheTensor
import LatheTraining

/// A task on a network under compression: only a run with the same config, and with the same teacher, may go on with
/// its checkpoints.
package struct CompressedTask<Base: TrainingTask>: TrainingTask {
    private(set) var base: Base
    package let identity: String

    /// - Parameter rest: what else tells this run from others.
    package init(_ base: Base, by compression: Compression, as rest: String = "") {
        self.base = base
        identity =
            "\(base.identity), compressed by \(compression.config.json.text()) from \(compression.scores.rawValue) scores\(rest)"
    }

    package var exampleCount: Int { base.exampleCount }
    package var lengths: [Int]? { base.lengths }
    package var dataSummary: DataSummary? { base.dataSummary }
    package var exampleLength: Int? { base.exampleLength }

    package func shortened(to length: Int) -> Self? {
        guard let base = base.shortened(to: length) else { return nil }
        var task = self
        task.base = base
        return task
    }

    package func loss(of model: Base.Model, on examples: [Int], random: inout SplitMix64) throws -> Tensor {
        try base.loss(of: model, on: examples, random: &random)
    }

    package func evaluate(_ model: Base.Model) throws -> Evaluation? { try base.evaluate(model) }
}
