import LatheModels

/// Brings the names of a task's classes and those of a classifier's outputs together.
package enum ClassNames {
    /// The order in which the model has the classes of a task; `nil` if it has only placeholders (`LABEL_0`), which
    /// stand for the order of a task of GLUE.
    /// - Throws: `TaskError` if the classes are others.
    package static func order(_ task: TextTask, _ configuration: ModelConfiguration) throws(TaskError) -> [String]? {
        guard let glue = task.glue else {
            guard configuration.problem == task.problem else {
                throw .wrongProblem(task: task.name, expected: task.problem, got: configuration.problem)
            }
            return task.problem == .regression ? nil : configuration.labels
        }
        guard configuration.labels.count == glue.labelCount else {
            throw .labelCount(task: task.name, expected: glue.labelCount, got: configuration.labels.count)
        }
        return glue.isRegression ? nil : try order(glue.labelNames, configuration)
    }

    /// The classes of `labels`, numbers of `names`, as numbers of the model's outputs.
    /// - Throws: `TaskError` if the model's classes are others.
    package static func numbers(_ labels: [Int32], _ names: [String], _ configuration: ModelConfiguration)
        throws(TaskError)
        -> [Int32]
    {
        guard let order = try order(names, configuration) else { return labels }
        let places = Dictionary(order.enumerated().map { ($1.lowercased(), Int32($0)) }) { first, _ in first }
        return labels.map { places[names[Int($0)].lowercased()] ?? $0 }
    }

    /// The labels to train a classifier with: the model's, if its head can learn on with them; else the data's.
    /// - Parameter names: the classes of the data.
    static func toTrain(_ task: TextTask, _ names: [String], _ configuration: ModelConfiguration) -> [String] {
        let own = configuration.labels
        if task.glue != nil { return areSame(own, names) ? own : names }
        guard configuration.architecture.head == .sequenceClassification, configuration.problem == task.problem else {
            return names
        }
        return !names.isEmpty && Set(names).isSubset(of: own) ? own : names
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
