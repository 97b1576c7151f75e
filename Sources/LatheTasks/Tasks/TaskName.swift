/// What a model is trained for or measured on.
public enum TaskName: Hashable, Sendable {
    /// Classifying texts, or pairs of them, as a GLUE task does.
    case glue(GlueTask)
    /// Foretelling the next token of a text.
    case languageModeling
    /// Foretelling the last word of passages.
    case lambada
    /// Recognising the built-in handwritten digits.
    case digits
    /// Recognising CIFAR-10's images.
    case cifar10

    /// The task called `name`; nil if there is none.
    public init?(_ name: String) {
        guard let task = Self.all.first(where: { $0.name == name }) else { return nil }
        self = task
    }

    /// What scripts call it.
    public var name: String {
        switch self {
        case .glue(let task): task.rawValue
        case .languageModeling: "lm"
        case .lambada: "lambada"
        case .digits: "digits"
        case .cifar10: "cifar10"
        }
    }

    /// Every task: GLUE's first.
    public static let all: [TaskName] = GlueTask.allCases.map(TaskName.glue) + [.languageModeling, .lambada, .digits, .cifar10]
}
