import Lathe

/// An error of the library with the option that cures it: the library names no options.
struct FlaggedError: Error, CustomStringConvertible {
    let description: String

    /// `nil` for errors that no option cures.
    init?(_ error: any Error) {
        guard let error = error as? DataError, let flags = Self.flags(error.problem) else { return nil }
        description = "\(error) (\(flags))"
    }

    private static func flags(_ problem: DataError.Problem) -> String? {
        switch problem {
        case .missingColumn: "--text-column, --pair-column, --label-column, for a task on data of your own"
        case .noLabels: "--label-column, for a task on data of your own"
        case .headerIsExample: "--no-header"
        case .otherSeparator: "--label-separator"
        default: nil
        }
    }
}
