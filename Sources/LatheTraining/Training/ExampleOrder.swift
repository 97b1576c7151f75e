/// The batches of a training run, step by step.
struct ExampleOrder {
    private let batches: (_ epoch: Int) -> [[Int]]
    private let stepsPerEpoch: Int
    private var epoch = -1
    private var current: [[Int]] = []

    /// Batches of examples of similar length where the task knows lengths, and of any examples otherwise.
    init(_ task: some TrainingTask, _ options: TrainingOptions, _ plan: TrainingPlan) {
        stepsPerEpoch = plan.stepsPerEpoch
        if let lengths = task.lengths {
            precondition(
                lengths.count == task.exampleCount, "\(lengths.count) lengths for \(task.exampleCount) examples")
            batches = LengthBucketedBatches(lengths: lengths, batchSize: options.batchSize, seed: options.seed).batches
        } else {
            batches =
                ShuffledBatches(count: task.exampleCount, batchSize: options.batchSize, seed: options.seed).batches
        }
    }

    /// The examples of the step with this number, counted from 0.
    mutating func examples(of step: Int) -> [Int] {
        if step / stepsPerEpoch != epoch {
            epoch = step / stepsPerEpoch
            current = batches(epoch)
        }
        return current[step % stepsPerEpoch]
    }
}
