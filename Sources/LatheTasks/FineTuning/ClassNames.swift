import LatheModels

/// Brings the names of a task's classes and those of a classifier's outputs together.
enum ClassNames {
    /// The order in which the model has the task's classes; nil when it has its own placeholders (`LABEL_0`), which stand for the task's order.
    /// - Throws: `TaskError` when the classes are others.
    static func order(_ task: GlueTask, _ configuration: ModelConfiguration) throws(TaskError) -> [String]? {
        guard configuration.labels.count == task.labelCount else {
            throw .labelCount(task: task.rawValue, expected: task.labelCount, got: configuration.labels.count)
        }
        return task.isRegression ? nil : try order(task.labelNames, configuration)
    }

    /// The classes of `labels`, numbers of `names`, as numbers of the model's outputs.
    /// - Throws: `TaskError` when the model's classes are others.
    static func numbers(_ labels: [Int32], _ names: [String], _ configuration: ModelConfiguration) throws(TaskError) -> [Int32] {
        guard let order = try order(names, configuration) else { return labels }
        let places = Dictionary(order.enumerated().map { ($1.lowercased(), Int32($0)) }) { first, _ in first }
        return labels.map { places[names[Int($0)].lowercased()] ?? $0 }
    }

    /// The labels to train a classifier with: the model's, if they are the task's in some order, so that its head can go on; else the task's.
    static func toTrain(_ task: GlueTask, _ configuration: ModelConfiguration) -> [String] {
        if task.isRegression { return ["score"] }
        return areSame(configuration.labels, task.labelNames) ? configuration.labels : task.labelNames
    }

    private static func order(_ names: [String], _ configuration: ModelConfiguration) throws(TaskError) -> [String]? {
        let labels = configuration.labels
        if labels.enumerated().allSatisfy({ $1 == "LABEL_\($0)" }) { return nil }
        guard areSame(labels, names) else { throw .labelNames(expected: labels, got: names) }
        return labels
    }

    private static func areSame(_ left: [String], _ right: [String]) -> Bool {
        left.count == right.count && Set(left.map { $0.lowercased() }) == Set(right.map { $0.lowercased() })
    }
}
