import LatheNN
import LatheTasks
import LatheTensor

/// A task on a network under compression: only a run with the same config and the same teacher may go on with its checkpoints.
struct CompressedTask<Base: TrainingTask>: TrainingTask {
    let base: Base
    let identity: String

    init(_ base: Base, _ request: CompressionRequest) {
        self.base = base
        let teacher = request.distillation.map { ", taught by \(request.teacher ?? "itself") with \($0)" } ?? ""
        identity = "\(base.identity), compressed by \(request.config.compression.json.text()) from \(request.scores.rawValue) scores\(teacher)"
    }

    var exampleCount: Int { base.exampleCount }
    var lengths: [Int]? { base.lengths }

    func loss(of model: Base.Model, on examples: [Int], random: inout SplitMix64) throws -> Tensor {
        try base.loss(of: model, on: examples, random: &random)
    }

    func evaluate(_ model: Base.Model) throws -> Evaluation? { try base.evaluate(model) }
}
