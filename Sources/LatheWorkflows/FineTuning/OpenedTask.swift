import LatheModels
import LatheTraining

/// A task with the model that was opened for it.
public protocol OpenedTask<Task> {
    associatedtype Task: TrainingTask

    /// The content of the files.
    var task: Task { get }
    /// The network of ``model``, in the class that the task needs.
    var network: Task.Model { get }
    /// The model that is trained.
    var model: PretrainedModel { get }
}

/// A task whose network can also learn from a teacher.
public protocol DistillableOpenedTask<Task>: OpenedTask where Task: DistillableTask {}

/// A task on any network.
struct TaskOnNetwork<Task: TrainingTask>: OpenedTask {
    let task: Task
    let network: Task.Model
    let model: PretrainedModel
}

extension TaskOnNetwork: DistillableOpenedTask where Task: DistillableTask {}
