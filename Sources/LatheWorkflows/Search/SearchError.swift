import LatheFiles

/// Why sensitivity cannot be measured, or no config be found.
public enum SearchError: CurableError, Equatable, Sendable {
    /// Weights that are packed already.
    case packed(directory: String, layer: String)
    /// A network without layers that can be rounded.
    case nothingToQuantize(architecture: String)
    /// A file that is no table of sensitivities.
    case table(file: String, problems: [String])
    /// A table of another model.
    case otherModel(file: String, problem: String)
    /// A goal that no choice reaches.
    case outOfReach(goal: String, best: String, advice: String, cures: [Cure])

    public var description: String {
        switch self {
        case .packed(let directory, let layer):
            "\(directory): \(layer) holds packed weights; give the model that they were packed from, or its unpacked form"
        case .nothingToQuantize(let architecture): "a \(architecture) has no layers whose weights can be rounded"
        case .table(let file, let problems): MessageText.problems(problems, in: file)
        case .otherModel(let file, let problem):
            "\(file): is a table of another model: \(problem); measure this one"
        case .outOfReach(let goal, let best, let advice, _): "\(goal) is out of reach: \(best); \(advice)"
        }
    }

    public var cures: [Cure] {
        switch self {
        case .packed: [.unpackedModel]
        case .nothingToQuantize, .table: []
        case .otherModel: [.measureSensitivity]
        case .outOfReach(_, _, _, let cures): cures
        }
    }
}
