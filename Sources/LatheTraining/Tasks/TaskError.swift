import LatheFiles
import LatheModels

/// Why a model and data do not make a task.
public enum TaskError: CurableError, Equatable, Sendable {
    /// A model that gives something else than the task needs.
    case wrongModel(task: String, needs: String, got: String)
    /// A model for training whose weights lie in few bits.
    case packed(directory: String, layer: String)
    /// A classifier of another number of classes.
    case labelCount(task: String, expected: Int, got: Int)
    /// A classifier that gives another kind of answer.
    case wrongProblem(task: String, expected: ProblemType, got: ProblemType)
    /// Class names that are not those of the data.
    case labelNames(expected: [String], got: [String])
    /// A tokenizer whose ids the model does not have.
    case tokenOutOfRange(token: Int32, vocabularySize: Int)
    /// A tokenizer that tells apart more kinds of tokens than the model.
    case tokenTypeOutOfRange(type: Int32, count: Int)
    /// A length that the model cannot take.
    case lengthOutOfRange(got: Int, limit: Int)
    /// A text of which the tokenizer leaves nothing; texts are counted from 1.
    case noTokens(text: Int, content: String)
    /// Windows that would leave tokens out, or not move on.
    case strideOutOfRange(got: Int, length: Int)
    /// Too little text for a single prediction.
    case tooFewTokens(file: String, got: Int)
    /// A passage that is too long, or has no last word to foretell.
    case passage(file: String, number: Int, problem: String)
    /// A table whose columns nothing names.
    case unnamedColumns(file: String)
    /// A file for a task that brings its own data, or none for one that does not.
    case files(task: String, problem: String, cures: [Cure] = [])
    /// Images of another kind than the model takes.
    case imageChannels(expected: Int, got: Int)
    /// Images of another height and width than the model takes.
    case imageSize(expected: Int, got: Int)

    public var description: String {
        switch self {
        case .wrongModel(let task, let needs, let got):
            "task \(task) needs \(needs), and the model is a \(got); choose another model or task"
        case .packed(let directory, let layer):
            "\(directory): \(layer) holds packed weights, which cannot be trained; train the model that they were packed from, or its unpacked form"
        case .labelCount(let task, let expected, let got):
            "task \(task) has \(expected) labels, and the model's classifier \(got); train the model for this task first"
        case .wrongProblem(let task, let expected, let got):
            "task \(task) needs a model of problem_type \(expected.rawValue), and the model's is \(got.rawValue); choose another task, or train the model for this one"
        case .labelNames(let expected, let got):
            "the data has the labels \(Self.list(got)), and the model \(Self.list(expected)); use data of the task that the model was trained for"
        case .tokenOutOfRange(let token, let size):
            "the tokenizer gives token \(token), and the model's vocabulary has \(size); use the tokenizer that belongs to the model"
        case .tokenTypeOutOfRange(let type, let count):
            "the tokenizer gives token type \(type), and the model knows \(count); use the tokenizer that belongs to the model"
        case .lengthOutOfRange(let got, let limit): "a length of \(got) tokens: the model takes 2 to \(limit)"
        case .noTokens(let text, let content):
            "text \(text), '\(content)': the tokenizer makes no tokens of it; leave it out, or use the tokenizer that belongs to the model"
        case .strideOutOfRange(let got, let length):
            "a stride of \(got) tokens: windows of \(length) take 1 to \(length)"
        case .tooFewTokens(let file, let got): "\(file): \(got) tokens are too few; a language model needs at least 2"
        case .passage(let file, let number, let problem): "\(file): passage \(number): \(problem)"
        case .unnamedColumns(let file):
            "\(file): a table, and no task names the columns to read; name the task whose file it is, or give plain text"
        case .files(let task, let problem, _): "task \(task): \(problem)"
        case .imageSize(let expected, let got):
            "the images have \(got) x \(got) pixels, and the model takes \(expected) x \(expected); choose another model or task"
        case .imageChannels(let expected, let got):
            "the images have \(got) channels, and the model takes \(expected); choose another model or task"
        }
    }

    public var cures: [Cure] {
        switch self {
        case .packed: [.unpackedModel]
        case .files(_, _, let cures): cures
        default: []
        }
    }

    private static func list(_ names: [String]) -> String { names.map { "'\($0)'" }.joined(separator: ", ") }
}

extension TaskError {
    /// A model whose files name another architecture than a command needs.
    package static func wrongModel(task: String, needs: String, model: PretrainedModel) -> TaskError {
        .wrongModel(
            task: task, needs: needs,
            got: model.configuration.architecture.className + " (architectures in config.json)")
    }
}
