import LatheModels

/// Brings the names of a task's classes and those of a classifier's outputs together.
enum ClassNames {
    /// The order in which the model has the task's classes; nil when it has its own placeholders (`LABEL_0`), which stand for the task's order.
    /// - Throws: `TaskError` when the classes are others.
    static func order(_ task: GlueTask, _ configuration: ModelConfiguration) throws(TaskError) -> [String]? {
        let labels = configuration.labels
        guard labels.count == task.labelCount else { throw .labelCount(task: task.rawValue, expected: task.labelCount, got: labels.count) }
        if task.isRegression || isPlaceholders(labels) { return nil }
        guard areSame(labels, task.labelNames) else { throw .labelNames(expected: labels, got: task.labelNames) }
        return labels
    }

    /// The labels to train a classifier with: the model's, if they are the task's in some order or placeholders for them, so that its head can go on; else
    /// the task's.
    static func toTrain(_ task: GlueTask, _ configuration: ModelConfiguration) -> [String] {
        if task.isRegression { return ["score"] }
        let labels = configuration.labels
        return labels.count == task.labelCount && areSame(labels, task.labelNames) ? labels : task.labelNames
    }

    private static func areSame(_ left: [String], _ right: [String]) -> Bool {
        Set(left.map { $0.lowercased() }) == Set(right.map { $0.lowercased() })
    }

    private static func isPlaceholders(_ labels: [String]) -> Bool {
        labels.enumerated().allSatisfy { $1 == "LABEL_\($0)" }
    }
}
