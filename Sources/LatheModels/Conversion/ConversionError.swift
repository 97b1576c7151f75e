import LatheTensor

/// Why a model is not converted.
public enum ConversionError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The output is where the model is.
    case sameDirectory(String)
    /// A directory that holds a model already, in this file.
    case occupied(directory: String, file: String)
    /// A value beyond the largest one of a type.
    case overflow(file: String, tensor: String, value: Double, type: DType)

    public var description: String {
        switch self {
        case .sameDirectory(let directory): "\(directory): is the directory of the model; name another one for the output"
        case .occupied(let directory, let file): "\(directory): holds a model (\(file)); let it be replaced, or name another directory"
        case .overflow(let file, let tensor, let value, let type):
            "\(file): \(tensor): \(value) is beyond the largest number of \(type.rawValue); keep the type of the file, or choose a type with a larger range"
        }
    }
}
