import LatheFiles

/// What is wrong with a config.
public enum CompressionConfigError: DescribedError, Equatable, Sendable {
    /// The file system refused.
    case io(FileError)
    /// It is no strict JSON; a key that stands twice is one reason.
    case malformedJSON(file: String, problem: JSONError)
    /// Fields are missing, wrong or contradictory, or patterns do not fit the model; all of them.
    case invalid(file: String, problems: [JSONFields.Problem])

    /// The message: file, fields, and the cure; one problem a line.
    public var description: String {
        switch self {
        case .io(let error): error.description
        case .malformedJSON(let file, let problem): "\(file): not valid JSON: \(problem)"
        case .invalid(let file, let problems): MessageText.problems(problems, in: file)
        }
    }
}
