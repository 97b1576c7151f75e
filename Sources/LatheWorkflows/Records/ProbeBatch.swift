import LatheTensor
import LatheTraining

/// Examples that a network reads while its layers are watched.
package struct ProbeBatch {
    /// What they are: `16 training examples`.
    package let name: String
    /// Runs the network on them, without gradients.
    package let run: () throws -> Void

    package init(name: String, run: @escaping () throws -> Void) { (self.name, self.run) = (name, run) }

    /// Examples, and tokens of them where they are texts, at most: what costs no more than a step of training.
    package static let exampleLimit = 16, tokenLimit = 1024
}

extension TrainingTask {
    /// The first examples to train on, the same in each run. They draw on no random numbers but their own.
    package func probeBatch(for model: Model) -> ProbeBatch {
        let longest = lengths?.prefix(ProbeBatch.exampleLimit).max() ?? (self as? any DistillableTask)?.longestExample
        let fitting = longest.map { max(1, ProbeBatch.tokenLimit / max($0, 1)) } ?? ProbeBatch.exampleLimit
        let count = min(exampleCount, ProbeBatch.exampleLimit, fitting)
        return ProbeBatch(name: count == 1 ? "a training example" : "\(count) training examples") {
            var random = SplitMix64(seed: 0)
            _ = try withRandomSource(RandomSource(seed: 0)) {
                try withPrecision(.float32) {
                    try withInference { try loss(of: model, on: Array(0..<count), random: &random) }
                }
            }
        }
    }
}
