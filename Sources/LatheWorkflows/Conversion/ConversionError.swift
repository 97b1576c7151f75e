import LatheFiles

/// Why a model is not converted.
public enum ConversionError: DescribedError, Equatable, Sendable {
    /// The output is where the model is.
    case sameDirectory(String)
    /// A directory that holds a model already, in this file.
    case occupied(directory: String, file: String)

    public var description: String {
        switch self {
        case .sameDirectory(let directory):
            "\(directory): is the directory of the model; name another one for the output"
        case .occupied(let directory, let file):
            "\(directory): holds a model (\(file)); let it be replaced, or name another directory"
        }
    }
}
