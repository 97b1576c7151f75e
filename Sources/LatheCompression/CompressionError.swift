import LatheFiles

/// Why a model cannot be compressed as asked.
public enum CompressionError: DescribedError, Equatable, Sendable {
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
    case teacher(String, problem: String)

    public var description: String {
        switch self {
        case .randomWeights:
            "a model with random weights has nothing to compress; train it first, and name its directory"
        case .noDistillation(let task):
            "task \(task): only transformers learn from a teacher; leave out --teacher, or give --distill none"
        case .notLanguage(let task):
            "task \(task): --distill trains language models (lm); others learn from a teacher with lathe compress"
        case .student(let teacher, let problem): "\(teacher): its layers make no student: \(problem)"
        case .needsTraining(let section):
            "compression_training.\(section): needs training; use lathe compress, or disable it"
        case .occupied(let directory):
            "\(directory): holds a model; replace it (--overwrite), or name another directory"
        case .noLayers(let architecture): "--lkd: a \(architecture) has no stack of equal layers; leave out --lkd"
        case .unfinished(let directory):
            "\(directory): holds layers of a run that did not end; go on with it (--resume), or replace it (--overwrite)"
        case .differentDistillation(let file, let found, let expected):
            "\(file): is a layer of another run (\(MessageText.shortened(found, to: 4000))) than this one (\(expected)); "
                + "give the same arguments, or replace it (--overwrite)"
        case .teacher(let directory, let problem): "\(directory): cannot teach: \(problem)"
        }
    }
}
