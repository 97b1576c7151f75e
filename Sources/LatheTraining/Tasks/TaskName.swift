/// What a model is trained for or measured on.
public enum TaskName: Hashable, Sendable {
    /// Classifying texts, or pairs of them, labelling them, or giving them a number.
    case text(TextTask)
    /// Predicting the next token of a text.
    case languageModeling
    /// Predicting the last word of passages.
    case lambada
    /// Recognising the built-in handwritten digits.
    case digits
    /// Recognising CIFAR-10's images.
    case cifar10

    /// A task of the GLUE benchmark.
    public static func glue(_ task: GlueTask) -> TaskName { .text(.glue(task)) }

    /// The task called `name`; `nil` if there is none.
    public init?(_ name: String) {
        guard let task = Self.all.first(where: { $0.name == name }) else { return nil }
        self = task
    }

    /// The name that scripts use.
    public var name: String {
        switch self {
        case .text(let task): task.name
        case .languageModeling: "lm"
        case .lambada: "lambada"
        case .digits: "digits"
        case .cifar10: "cifar10"
        }
    }

    /// Every task: GLUE's first, then those on a user's own texts.
    public static let all: [TaskName] =
        GlueTask.allCases.map(TaskName.glue) + TextTask.own.map(TaskName.text) + [
            .languageModeling, .lambada, .digits, .cifar10,
        ]
}
