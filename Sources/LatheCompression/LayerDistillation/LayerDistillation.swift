import LatheModels
import LatheTasks

/// Layer-by-layer distillation before weights are made permanent: what layers learn from, and how.
public struct LayerDistillation: Sendable {
    /// Where sequences come from.
    public enum Calibration: Sendable, Hashable {
        /// A file of a task, or any text: see `CalibrationTokens`.
        case file(String, task: GlueTask? = nil)
        /// Random tokens.
        case random
    }

    public var calibration: Calibration
    public var options = LayerDistillationOptions()
    /// The most tokens of a sequence; nil for 128, or as many as the model takes.
    public var maxLength: Int?
    /// Whether layers that an earlier run has finished stay as they are; otherwise they are in the way.
    public var resumes = false

    public init(_ calibration: Calibration) { self.calibration = calibration }

    /// Batches of random tokens at most; with more steps they come again.
    private static let randomBatchLimit = 1000

    /// Where layers that are done wait for the others.
    static func directory(in output: String) -> String { output + "/distillation" }

    /// Distils the layers of `model`, in which compression is in force.
    /// - Parameters:
    ///   - config: what the compression is, for resuming.
    ///   - output: the directory of the model to come.
    ///   - overwrites: whether the layers of an unfinished run give way.
    func run(
        on model: PretrainedModel, as config: CompressionConfig, in output: String, overwrites: Bool, report: @escaping (LayerDistillationEvent) -> Void
    ) throws -> [LayerDistillationResult] {
        guard let network = model.network as? any LayeredTransformer, let directory = model.directory else {
            throw CompressionError.noLayers(architecture: model.configuration.architecture.className)
        }
        let tokens = try tokens(for: network, in: directory)
        let progress = LayerProgress(directory: Self.directory(in: output), identity: identity(directory, config, tokens))
        if !resumes, !overwrites, progress.isBegun { throw CompressionError.unfinished(directory: progress.directory) }
        try progress.begin(isResuming: resumes)
        let batches = tokens.batches(of: options.batchSize, atMost: options.steps, seed: options.seed)
        return try LayerDistiller(network: network, options: options, progress: progress, report: report).run(on: batches)
    }

    /// What tells a run from others: all that its layers depend on.
    func identity(_ model: String, _ config: CompressionConfig, _ tokens: CalibrationTokens) -> String {
        let description = "\(options.steps) steps of \(options.batchSize) sequences, learning rate \(options.learningRate), decay \(options.weightDecay), "
            + "\(options.inputs.rawValue) inputs, seed \(options.seed)"
        return "\(model) by \(config.json.text()) on \(tokens.identity), \(description)"
    }

    private func tokens(for network: any LayeredTransformer, in directory: String) throws -> CalibrationTokens {
        switch calibration {
        case .file(let path, let task): return try CalibrationTokens(path: path, task: task, for: network, in: directory, maxLength: maxLength)
        case .random:
            let length = try SequenceLength.of(maxLength, usual: 128, limit: network.longestSequence)
            let count = min(options.steps, Self.randomBatchLimit) * options.batchSize
            return CalibrationTokens(random: count, length: length, vocabularySize: network.vocabularySize, seed: options.seed)
        }
    }
}
