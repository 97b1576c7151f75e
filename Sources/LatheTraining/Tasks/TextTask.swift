import LatheModels

/// What is asked about texts, or pairs of them: a task of the GLUE benchmark, or classes, labels or numbers of a user's
/// own.
public struct TextTask: Sendable, Hashable {
    /// The name that scripts use: `sst2`, `classification`.
    public let name: String
    /// The kind of answer.
    public let problem: ProblemType
    /// The task of the GLUE benchmark, which fixes columns, classes and metrics; `nil` for a user's own data.
    public let glue: GlueTask?

    private init(_ name: String, _ problem: ProblemType, glue: GlueTask? = nil) {
        (self.name, self.problem, self.glue) = (name, problem, glue)
    }

    /// A task of the GLUE benchmark.
    public static func glue(_ task: GlueTask) -> TextTask {
        TextTask(task.rawValue, task.isRegression ? .regression : .singleLabel, glue: task)
    }

    /// One class of several.
    public static let classification = TextTask("classification", .singleLabel)
    /// Any number of labels at once.
    public static let multilabel = TextTask("multilabel", .multiLabel)
    /// A number.
    public static let regression = TextTask("regression", .regression)

    /// The tasks whose columns and labels are the user's.
    public static let own: [TextTask] = [classification, multilabel, regression]

    /// The name of the single output of a model that tells a number.
    static let numberLabel = "score"

    /// The names of the classes that the task itself fixes: GLUE's; `nil` if they are those of the data.
    var fixedLabels: [String]? {
        glue.map { $0.isRegression ? [Self.numberLabel] : $0.labelNames }
            ?? (problem == .regression ? [Self.numberLabel] : nil)
    }
}
