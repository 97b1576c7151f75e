import LatheCompression
import LatheDigits
import LatheModels
import LatheTraining

/// Layer-by-layer distillation before weights are made permanent: what layers learn from, and how.
public struct LayerDistillation: Sendable {
    /// Where sequences come from.
    public enum Calibration: Sendable, Hashable {
        /// A file of a task, or any text: see `CalibrationTokens`.
        case file(String, task: TextTask? = nil)
        /// Random tokens.
        case random
        /// The built-in digits that `TaskName.digits` trains on, as they are.
        case digits
        /// A file of CIFAR-10's images, as they are.
        case cifar10(String)
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
        on model: PretrainedModel, as config: CompressionConfig, in output: String, overwrites: Bool,
        report: @escaping (LayerDistillationEvent) -> Void
    ) throws -> [LayerDistillationResult] {
        guard let network = model.network as? any LayerStack, let directory = model.directory else {
            throw CompressionError.noLayers(architecture: model.configuration.architecture.className)
        }
        let source = try source(for: network, in: directory)
        let progress = LayerProgress(
            directory: Self.directory(in: output), identity: identity(directory, config, source.identity))
        if !resumes, !overwrites, progress.isBegun { throw CompressionError.unfinished(directory: progress.directory) }
        try progress.begin(isResuming: resumes)
        report(
            .started(layers: network.transformerLayers.count, steps: options.steps, batches: source.batches.count))
        let step = DistillationStep(options, report: report)
        return try LayerWalk(network, step: step, progress: progress, seed: options.seed).run(on: source.batches)
    }

    /// What layers read, and what tells it from others.
    private func source(for network: any LayerStack, in directory: String) throws -> (
        batches: [LayerBatch], identity: String
    ) {
        switch calibration {
        case .file, .random:
            guard let network = network as? any LayeredTransformer else {
                throw wrongModel(network, needs: "a transformer that reads texts")
            }
            let tokens = try tokens(for: network, in: directory)
            let batches = tokens.batches(of: options.batchSize, atMost: options.steps, seed: options.seed)
            return (batches.map(network.layerBatch), tokens.identity)
        case .digits: return try source(of: DigitsDataset.loadSplit().train, for: network, "the built-in digits")
        case .cifar10(let path): return try source(of: Cifar10Dataset.load([path]), for: network, path)
        }
    }

    private func source<Images: ImageDataset>(
        of images: Images, for network: any LayerStack, _ name: String
    ) throws -> (batches: [LayerBatch], identity: String) {
        guard let network = network as? any ImageTransformer else {
            throw wrongModel(network, needs: "a transformer that reads images")
        }
        try ImageEvaluation.check(network, for: Images.self, task: "calibration")
        let count = images.labels.count, size = min(options.batchSize, count)
        let order = ShuffledBatches(count: count, batchSize: size, seed: options.seed).batches(epoch: 0).filter {
            $0.count == size
        }
        let batches = order.prefix(options.steps).map { batch in
            LayerBatch(layout: .full) { network.embedded(images.batch(batch)) }
        }
        return (batches, "\(count) images of \(name)")
    }

    private func wrongModel(_ network: any LayerStack, needs: String) -> TaskError {
        .wrongModel(task: "calibration", needs: needs, got: "\(type(of: network))")
    }

    /// What tells a run from others: all that its layers depend on.
    func identity(_ model: String, _ config: CompressionConfig, _ source: String) -> String {
        let description =
            "\(options.steps) steps of \(options.batchSize) sequences, learning rate \(options.learningRate), decay \(options.weightDecay), "
            + "\(options.inputs.rawValue) inputs, seed \(options.seed)"
        return "\(model) by \(config.json.text()) on \(source), \(description)"
    }

    private func tokens(for network: any LayeredTransformer, in directory: String) throws -> CalibrationTokens {
        if case .file(let path, let task) = calibration {
            return try CalibrationTokens(path: path, task: task, for: network, in: directory, maxLength: maxLength)
        }
        let length = try SequenceLength.of(maxLength, usual: 128, limit: network.longestSequence)
        let count = min(options.steps, Self.randomBatchLimit) * options.batchSize
        return CalibrationTokens(
            random: count, length: length, vocabularySize: network.vocabularySize, seed: options.seed)
    }
}
