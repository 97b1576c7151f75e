import LatheModels
import LatheNN

/// What is done with a task and the network that was opened for it.
public protocol TaskRunner {
    associatedtype Result

    /// A task whose network can also learn from a teacher.
    func run<Task: DistillableTask>(_ task: Task, on network: Task.Model, of model: PretrainedModel) throws -> Result

    /// Any task.
    /// - Parameters:
    ///   - task: what the files hold.
    ///   - network: of the class that the task needs.
    ///   - model: what `network` belongs to.
    func run<Task: TrainingTask>(_ task: Task, on network: Task.Model, of model: PretrainedModel) throws -> Result
}

extension TaskRunner {
    /// As any other task.
    public func run<Task: DistillableTask>(_ task: Task, on network: Task.Model, of model: PretrainedModel) throws
        -> Result
    {
        func any<Other: TrainingTask>(_ task: Other, _ network: Other.Model) throws -> Result {
            try run(task, on: network, of: model)
        }
        return try any(task, network)
    }
}
