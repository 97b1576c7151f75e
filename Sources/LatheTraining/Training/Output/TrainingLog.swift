import LatheFiles
import LatheModels

/// What a training run has written into `training.jsonl` so far. A last line that was cut short is not there.
///
/// ```swift
/// let log = try TrainingLog(path: "out/training.jsonl")
/// log.steps.last?.loss
/// log.end?.bestStep    // nil while the run goes on, and where it was killed
/// ```
package struct TrainingLog: Sendable {
    package static let fileName = RunFiles.log

    /// A step that was logged. What was no finite number is NaN.
    package struct Step: Sendable, Equatable {
        /// Counts from 1.
        package let step: Int
        package let loss, learningRate, gradientNorm: Double
        /// Since the run began.
        package let seconds: Double
    }

    /// What the model scored after so many steps.
    package struct Score: Sendable, Equatable {
        package let step: Int
        /// In the order of the log.
        package let metrics: [Evaluation.Metric]
        package let isBest: Bool
        package let seconds: Double
    }

    /// The last line.
    package struct End: Sendable, Equatable {
        package let steps: Int
        /// The step of the saved model; nil without evaluations.
        package let bestStep: Int?
        package let seconds: Double
    }

    /// What tells the task and its data from others; empty for a log without its first line.
    package private(set) var task = ""
    /// The training's options.
    package private(set) var options: [JSONValue.Member] = []
    package private(set) var totalSteps: Int?
    package private(set) var steps: [Step] = []
    package private(set) var scores: [Score] = []
    /// Nil for a run that has not come to its end.
    package private(set) var end: End?

    /// The most bytes of a line.
    private static let lineLimit = 1 << 20

    /// Reads the file at `path`.
    /// - Throws: `TrainingLogError` with the line, or `FileError`.
    package init(path: String) throws { try self.init(MappedFile(path: path)) }

    /// Reads the content of a log.
    /// - Throws: `TrainingLogError` with the line.
    package init(_ file: MappedFile) throws(TrainingLogError) {
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
package struct TrainingLogError: DescribedError, Equatable, Sendable {
    struct Place {
        let file: String
        let line: Int
    }

    package let file: String
    /// Counts from 1.
    package let line: Int
    package let problem: String

    init(_ place: Place, _ problem: String) { (file, line, self.problem) = (place.file, place.line, problem) }

    package var description: String { "\(file), line \(line): \(problem); train again, or remove the file" }
}
