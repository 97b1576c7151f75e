import Foundation
import LatheCompression
import LatheFiles
import LatheModels
import LatheTensor
import LatheTraining

/// Compresses a model by a config, training on files, into a directory that other tools open.
///
/// ```swift
/// var request = CompressionRequest(training, config: try DeepSpeedConfig(path: "w1a8.json"), configFile: "w1a8.json")
/// request.teacher = "sentiment"
/// request.distillation = DistillationOptions()
/// let summary = try request.run()
/// ```
public struct CompressionRequest {
    /// Model, task, files, options, and where everything goes. A model with random weights cannot be compressed.
    public var training: FineTuning
    public var config: DeepSpeedConfig
    /// What messages call the config.
    public var configFile: String
    /// The directory of the model whose outputs, and layers, the student takes; nil for the model itself as it was
    /// before.
    public var teacher: String?
    /// How the student learns from the teacher; nil for labels alone.
    public var distillation: DistillationOptions?
    /// How scores that training changes begin.
    public var scores = ScoreStart.standard
    /// Whether weights are stored in their bits; otherwise in floats, from which training can go on.
    public var packs = true
    /// The type in which everything that is not packed is stored.
    public var floats = DType.float32

    public init(_ training: FineTuning, config: DeepSpeedConfig, configFile: String) {
        (self.training, self.config, self.configFile) = (training, config, configFile)
    }

    /// What came of it.
    public struct Summary {
        /// What was measured before, with the model as it was; nil without files to measure with.
        public let before: Evaluation?
        /// The training run; nil where it had ended before and only cleaning was left.
        public internal(set) var result: TrainingResult?
        /// What the saved model scores.
        public internal(set) var after: Evaluation?
        /// The models on the way, as they were measured: a teacher that is another model, the model as it was, the best
        /// student, the cleaned and the packed one.
        public internal(set) var stages: [CompressionStage]
        public let plan: CompressionPlan
        public let parametersBefore: Int
        public internal(set) var parametersAfter = 0
        /// Bytes of the file with the weights.
        public internal(set) var byteCount = 0
        /// The distance of the saved model's outputs, as it is read from its files, from those of the masked,
        /// fake-quantised one.
        package internal(set) var difference = OutputDifference()
        /// The largest difference of `difference`, as a share of the largest output.
        public var largestDifference: Float { difference.largest }
        /// What is worth knowing.
        public internal(set) var notes: [String] = []
    }

    /// What a run tells while it goes on.
    public enum Event {
        /// The files were read.
        case read(DataSummary)
        /// Everything is opened and fits; training is next.
        case planned(CompressionPlan, student: PretrainedModel, steps: Int)
        /// Techniques that come into force at a step.
        case began([Technique], step: Int)
        /// The largest eigenvalue of each block's Hessian, as a share of the largest of all; for configs that ask for
        /// it (`eigenvalue.verbose`).
        case measured(curvature: [Double], step: Int)
        case training(TrainingEvent)
        /// The trained model was made permanent, and compared with what is in its files.
        case cleaned(OutputDifference)
    }

    /// Compresses.
    /// - Throws: what is wrong with model, files, config or options, before anything is written; `OutputLockError`
    ///   while another run writes there; and `TrainingError`.
    public func run(shouldStop: @escaping () -> Bool = { false }, report: @escaping (Event) -> Void = { _ in }) throws
        -> Summary
    {
        guard case .directory = training.model else { throw CompressionError.randomWeights }
        return try OutputLock.holding(directory: training.output) {
            try config.checkAsksForCompression(file: configFile)
            try checkOutput()
            let runner = CompressionRunner(request: self, shouldStop: shouldStop, report: report),
                opened = try training.open()
            if let distillable = opened as? any DistillableOpenedTask { return try runner.runWithTeacher(distillable) }
            return try runner.run(opened)
        }
    }

    /// Where the training run writes.
    var trainingDirectory: String { training.output + "/training" }

    /// Says early what is in the way in the output directory. There, a model without a training run is none of a run
    /// that could go on.
    private func checkOutput() throws {
        func exists(_ path: String) -> Bool { FileManager.default.fileExists(atPath: path) }
        if training.start == .resume, exists(trainingDirectory + "/" + TrainingLog.fileName) { return }
        if training.start != .overwrite, exists(training.output + "/model.safetensors") {
            throw CompressionError.occupied(directory: training.output)
        }
        try training.check(directory: training.output)
        if training.start == .new { try training.check(directory: trainingDirectory) }
    }
}
