import LatheNN
import LatheTensor

/// Trains a network on examples that are named by number.
public struct Trainer<Model: Module> {
    public let model: Model
    public let options: TrainingOptions
    /// The loss of the examples with the given numbers, a single number.
    private let loss: (_ model: Model, _ examples: [Int], _ random: inout SplitMix64) -> Tensor

    /// - Parameter loss: computes the loss of a batch; what it draws from `random` (for augmentation) is repeatable.
    public init(
        _ model: Model, options: TrainingOptions, loss: @escaping (_ model: Model, _ examples: [Int], _ random: inout SplitMix64) -> Tensor
    ) {
        self.model = model
        self.options = options
        self.loss = loss
    }

    /// Trains on `count` examples with AdamW and a linearly falling learning rate.
    ///
    /// The same options give the same weights, whatever the number of threads.
    /// - Parameter report: called after every step.
    /// - Throws: `TrainingError.notFinite`.
    public func train(on count: Int, report: (TrainingProgress) -> Void = { _ in }) throws {
        let batches = ShuffledBatches(count: count, batchSize: options.batchSize, seed: options.seed)
        let total = batches.batchesPerEpoch * options.epochs
        let schedule = LearningRateSchedule(.linear, warmupSteps: Int(Float(total) * options.warmupShare), totalSteps: total)
        let optimizer = AdamW(ParameterGroup.standard(model, weightDecay: options.weightDecay), learningRate: options.learningRate)
        var random = SplitMix64(seed: options.seed)
        var step = 0
        try withRandomSource(RandomSource(seed: options.seed)) {
            for epoch in 0..<options.epochs {
                for examples in batches.batches(epoch: epoch) {
                    optimizer.learningRate = options.learningRate * Float(schedule.factor(at: step))
                    let loss = try update(optimizer, examples, &random, step: step)
                    step += 1
                    report(TrainingProgress(epoch: epoch + 1, step: step, totalSteps: total, loss: loss))
                }
            }
        }
    }

    private func update(_ optimizer: AdamW, _ examples: [Int], _ random: inout SplitMix64, step: Int) throws -> Float {
        let value = withPrecision(options.precision) {
            let loss = withTraining { self.loss(model, examples, &random) }
            loss.backward()
            return loss.scalar
        }
        let gradients = optimizer.clipGradients(to: options.gradientClip)
        guard value.isFinite, gradients.norm.isFinite else {
            throw TrainingError.notFinite(step: step, loss: value, parameter: gradients.firstNonFinitePath)
        }
        optimizer.step(gradientScale: gradients.scale)
        optimizer.clearGradients()
        return value
    }
}
