import LatheCompression
import LatheFiles
import LatheTraining

/// An error of the library with the option that cures it: the library names no options.
struct FlaggedError: DescribedError {
    let description: String

    /// `nil` for errors that no option cures.
    init?(_ error: any Error) {
        switch error {
        case let error as DataError:
            guard let flags = Self.flags(error.problem) else { return nil }
            description = "\(error) (\(flags))"
        case CompressionConfigError.invalid(let file, let problems) where problems.contains(where: \.isIgnorable):
            description = "\(CompressionConfigError.invalid(file: file, problems: problems.map(Self.flagged)))"
        default: return nil
        }
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

    private static func flagged(_ problem: JSONFields.Problem) -> JSONFields.Problem {
        problem.isIgnorable
            ? .init(key: problem.key, text: problem.text + " (--ignore-section \(problem.key))") : problem
    }
}
