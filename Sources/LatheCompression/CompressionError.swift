import LatheFiles

/// Why a model cannot be compressed as asked.
public enum CompressionError: CurableError, Equatable, Sendable {
    /// There is nothing to keep in random weights.
    case randomWeights
    /// A task whose models do not learn from teachers yet.
    case noDistillation(task: String)
    /// A task other than that of language models, where those are distilled.
    case notLanguage(task: String)
    /// A student that cannot be made of a teacher's layers.
    case student(teacher: String, problem: String)
    /// A technique that learns, where there is no training.
    case needsTraining(String)
    /// A directory that holds a model already.
    case occupied(directory: String)
    /// A network without a stack of equal layers, where layers should learn one by one.
    case noLayers(architecture: String)
    /// A directory with layers of a distillation that did not come to its end.
    case unfinished(directory: String)
    /// A layer of another distillation than the one that would go on.
    case differentDistillation(file: String, found: String, expected: String)
    /// A teacher that gives something else than the student.
    case teacher(String, problem: String, cures: [Cure] = [])

    public var description: String {
        switch self {
        case .randomWeights:
            "a model with random weights has nothing to compress; train it first, and name its directory"
        case .noDistillation(let task):
            "task \(task): only transformers learn from a teacher; leave out the teacher, or learn from labels alone"
        case .notLanguage(let task):
            "task \(task): only language models (lm) are trained from a teacher; others learn from one while they are compressed"
        case .student(let teacher, let problem): "\(teacher): its layers make no student: \(problem)"
        case .needsTraining(let section):
            "compression_training.\(section): needs training; train the model while it is compressed, or disable the section"
        case .occupied(let directory):
            "\(directory): holds a model; replace it, or name another directory"
        case .noLayers(let architecture):
            "a \(architecture) has no stack of equal layers that could learn one by one; quantize it without that"
        case .unfinished(let directory):
            "\(directory): holds layers of a run that did not end; resume it, or replace it"
        case .differentDistillation(let file, let found, let expected):
            "\(file): is a layer of another run (\(MessageText.shortened(found, to: 4000))) than this one (\(expected)); "
                + "give the same arguments, or replace it"
        case .teacher(let directory, let problem, _): "\(directory): cannot teach: \(problem)"
        }
    }

    public var cures: [Cure] {
        switch self {
        case .randomWeights, .student: []
        case .noDistillation: [.noTeacher, .labelsAlone]
        case .notLanguage, .needsTraining: [.compress]
        case .occupied, .differentDistillation: [.replaceOutput]
        case .noLayers: [.noLayerDistillation]
        case .unfinished: [.resume, .replaceOutput]
        case .teacher(_, _, let cures): cures
        }
    }
}
