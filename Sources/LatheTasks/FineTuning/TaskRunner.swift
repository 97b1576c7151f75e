import LatheModels
import LatheNN

/// What is done with a task and the network that was opened for it.
public protocol TaskRunner {
    associatedtype Result

    /// A classifier of texts, which can also learn from a teacher.
    func run<Network: SequenceClassifier>(
        _ task: TextClassificationTask<Network>, on network: Network, of model: PretrainedModel
    ) throws -> Result

    /// Any task.
    /// - Parameter model: what `network` belongs to.
    func run<Task: TrainingTask>(_ task: Task, on network: Task.Model, of model: PretrainedModel) throws -> Result
}

extension TaskRunner {
    /// As any other task.
    public func run<Network: SequenceClassifier>(
        _ task: TextClassificationTask<Network>, on network: Network, of model: PretrainedModel
    ) throws -> Result {
        func any<Task: TrainingTask>(_ task: Task, _ network: Task.Model) throws -> Result { try run(task, on: network, of: model) }
        return try any(task, network)
    }
}
