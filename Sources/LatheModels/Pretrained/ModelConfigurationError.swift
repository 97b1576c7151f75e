#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif
import LatheFiles

/// What is wrong with a `config.json`.
public enum ModelConfigurationError: DescribedError, Equatable, Sendable {
    /// The file system refused.
    case io(FileError)
    /// It is no strict JSON.
    case malformedJSON(file: String, problem: JSONError)
    /// Fields are missing or wrong; all of them.
    case invalid(file: String, problems: [JSONFields.Problem])

    /// The message: file, fields, and the cure.
    public var description: String {
        switch self {
        case .io(let error): error.description
        case .malformedJSON(let file, let problem): "\(file): not valid JSON: \(problem); download or save it again"
        case .invalid(let file, let problems): MessageText.problems(problems, in: file)
        }
    }

    /// Whether there is no such file.
    var isFileMissing: Bool {
        if case .io(.system(_, .open, ENOENT)) = self { true } else { false }
    }
}
