import LatheCompression
import LatheFiles

/// An error of the library with the options and commands that cure it: the library names none.
struct FlaggedError: DescribedError {
    let description: String

    /// `nil` for errors that no option cures.
    init?(_ error: any Error) {
        switch error {
        case CompressionConfigError.invalid(let file, let problems) where problems.contains(where: \.isIgnorable):
            description = "\(CompressionConfigError.invalid(file: file, problems: problems.map(Self.flagged)))"
        case let error as any CurableError where !error.cures.isEmpty:
            description = "\(error) (\(error.cures.map(\.flags).joined(separator: ", ")))"
        default: return nil
        }
    }

    private static func flagged(_ problem: JSONFields.Problem) -> JSONFields.Problem {
        problem.isIgnorable
            ? .init(key: problem.key, text: problem.text + " (--ignore-section \(problem.key))") : problem
    }
}

extension Cure {
    /// The options or the command of this program.
    var flags: String {
        switch self {
        case .otherOutput: "--out"
        case .replaceOutput: "--overwrite"
        case .resume: "--resume"
        case .trainingFiles: "--train"
        case .measuringFiles: "--dev"
        case .evaluationFiles: "--data"
        case .tokenizer: "--tokenizer"
        case .columns: "--text-column, --pair-column, --label-column, for a task on data of your own"
        case .labelColumn: "--label-column, for a task on data of your own"
        case .noHeader: "--no-header"
        case .labelSeparator: "--label-separator"
        case .tokenize(let directory): "lathe tokenize" + (directory.map { " --model \($0)" } ?? "")
        case .unpackedModel: "--no-pack"
        case .quantize: "lathe quantize"
        case .compress: "lathe compress"
        case .noTeacher: "no --teacher"
        case .labelsAlone: "--distill none"
        case .noAttentionLoss: "--kd-attention 0"
        case .maximumLength(let length): "--max-length \(length)"
        case .noLayerDistillation: "no --lkd"
        case .smallerFloats: "--floats float16"
        case .measureSensitivity: "lathe sensitivity --out"
        case .floatExport: "--type f32"
        case .dynamicExport: "--type int8"
        }
    }
}
