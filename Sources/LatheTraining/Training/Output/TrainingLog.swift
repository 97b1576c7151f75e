import LatheFiles
import LatheModels

/// What a training run has written into `training.jsonl` so far. A last line that was cut short is not there.
///
/// ```swift
/// let log = try TrainingLog(path: "out/training.jsonl")
/// log.steps.last?.loss
/// log.end?.bestStep    // nil while the run goes on, and where it was killed
/// ```
public struct TrainingLog: Sendable {
    public static let fileName = RunFiles.log

    /// A step that was logged. What was no finite number is NaN.
    public struct Step: Sendable, Equatable {
        /// Counts from 1.
        public let step: Int
        public let loss, learningRate, gradientNorm: Double
        /// Since the run began.
        public let seconds: Double
    }

    /// What the model scored after so many steps.
    public struct Score: Sendable, Equatable {
        public let step: Int
        /// In the order of the log.
        public let metrics: [Evaluation.Metric]
        public let isBest: Bool
        public let seconds: Double
    }

    /// The last line.
    public struct End: Sendable, Equatable {
        public let steps: Int
        /// The step of the saved model; nil without evaluations.
        public let bestStep: Int?
        public let seconds: Double
    }

    /// What tells the task and its data from others; empty for a log without its first line.
    public private(set) var task = ""
    /// The training's options.
    public private(set) var options: [JSONValue.Member] = []
    public private(set) var totalSteps: Int?
    public private(set) var steps: [Step] = []
    public private(set) var scores: [Score] = []
    /// Nil for a run that has not come to its end.
    public private(set) var end: End?

    /// The most bytes of a line.
    private static let lineLimit = 1 << 20

    /// Reads the file at `path`.
    /// - Throws: `TrainingLogError` with the line, or `FileError`.
    public init(path: String) throws { try self.init(MappedFile(path: path)) }

    /// Reads the content of a log.
    /// - Throws: `TrainingLogError` with the line.
    public init(_ file: MappedFile) throws(TrainingLogError) {
        try file.withUnsafeBytes { (bytes) throws(TrainingLogError) in
            var start = 0, number = 1
            while start < bytes.count {
                // Lines are written whole, with their break.
                guard let end = bytes[start...].firstIndex(of: UInt8(ascii: "\n")) else { break }
                if end > start {
                    try read(
                        UnsafeRawBufferPointer(rebasing: bytes[start..<end]),
                        TrainingLogError.Place(file: file.path, line: number))
                }
                (start, number) = (end + 1, number + 1)
            }
        }
    }

    private mutating func read(_ bytes: UnsafeRawBufferPointer, _ place: TrainingLogError.Place)
        throws(TrainingLogError)
    {
        guard bytes.count <= Self.lineLimit else {
            throw TrainingLogError(place, "\(bytes.count) bytes, and a line has at most \(Self.lineLimit)")
        }
        let line: JSONValue
        do throws(JSONError) { line = try StrictJSON.parse(bytes, valueLimit: 10_000) } catch {
            throw TrainingLogError(place, "not valid JSON: \(error)")
        }
        let fields = JSONFields(line.object == nil ? [:] : line)
        switch line["event"]?.string {
        case "start":
            task = fields.value("task", "a text", stopgap: "") { $0.string }
            options = fields.value("options", "an object", stopgap: []) { $0.object }
            totalSteps = fields.integer("total_steps", in: Self.counts)
        case "step":
            func number(_ key: String) -> Double { line[key]?.double ?? .nan }
            let step = fields.integer("step", in: Self.counts)
            steps.append(
                Step(
                    step: step, loss: number("loss"), learningRate: number("learning_rate"),
                    gradientNorm: number("gradient_norm"), seconds: Self.seconds(fields)))
        case "evaluation":
            let metrics = fields.value("metrics", "an object", stopgap: []) { $0.object }.map {
                Evaluation.Metric($0.key, $0.value.double ?? .nan)
            }
            scores.append(
                Score(
                    step: fields.integer("step", in: Self.counts), metrics: metrics, isBest: fields.bool("best"),
                    seconds: Self.seconds(fields)))
        case TrainingLine.endName:
            let best = fields["best_step"] == nil ? nil : fields.integer("best_step", in: Self.counts)
            end = End(steps: fields.integer("step", in: Self.counts), bestStep: best, seconds: Self.seconds(fields))
        default: throw TrainingLogError(place, "no line of a training run's log")
        }
        if let problem = fields.problems.first { throw TrainingLogError(place, problem.description) }
    }

    private static let counts = 0...1 << 40

    private static func seconds(_ fields: JSONFields) -> Double {
        fields.number("seconds", in: 0...Double.greatestFiniteMagnitude)
    }
}

/// Why a file is no log of a training run.
public struct TrainingLogError: DescribedError, Equatable, Sendable {
    struct Place {
        let file: String
        let line: Int
    }

    public let file: String
    /// Counts from 1.
    public let line: Int
    public let problem: String

    init(_ place: Place, _ problem: String) { (file, line, self.problem) = (place.file, place.line, problem) }

    public var description: String { "\(file), line \(line): \(problem); train again, or remove the file" }
}
