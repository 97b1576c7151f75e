import LatheDigits
import LatheModels
import LatheTensor
import LatheTraining

/// What a network reads while it is watched. Labels are not needed.
public struct CalibrationData: Sendable {
    /// The origin of calibration data.
    public enum Source: Sendable, Hashable {
        /// A file of a task, or any text: see `CalibrationTokens`.
        case text(String, task: TextTask? = nil)
        /// Random tokens.
        case randomTokens
        /// The built-in images to learn from.
        case digits
        /// CIFAR-10's files.
        case cifar10([String])
    }

    public var source: Source
    /// Sequences or images at most; they lie evenly over the file.
    public var sampleCount = 128
    /// The most tokens of a sequence; nil for 128, or as many as the model takes.
    public var maxLength: Int?
    /// Whether the samples are others, between those that are usually taken, as far as there are some.
    var isBetween = false

    public init(_ source: Source) { self.source = source }

    /// Texts and images that go through the network at once.
    private static let batchSize = 32
    /// The most values of a network's outputs that are kept for comparing: 128 MiB. Of longer ones places are taken
    /// evenly.
    private static let outputLimit = 1 << 25
    /// The most values of outputs that a batch may give: 256 MiB.
    private static let batchLimit = 1 << 26
    private static let seed: UInt64 = 42

    /// Opens the data for `model`.
    /// - Throws: what is wrong with the data, or does not fit the model.
    func probe(for model: PretrainedModel) throws -> OutputProbe {
        switch source {
        case .digits: return try probe(of: DigitsDataset.loadSplit().train, for: model, task: TaskName.digits.name)
        case .cifar10(let files):
            return try probe(of: Cifar10Dataset.load(files), for: model, task: TaskName.cifar10.name)
        case .text, .randomTokens: return try textProbe(for: model)
        }
    }

    private func probe<Images: ImageDataset>(of images: Images, for model: PretrainedModel, task: String) throws
        -> OutputProbe
    {
        guard let network = model.network as? any ImageClassifier else {
            throw TaskError.wrongModel(
                task: task, needs: "a classifier of images", got: model.configuration.architecture.className)
        }
        try ImageEvaluation.check(network, for: Images.self, task: task)
        let chosen = samples(of: images.labels.count)
        let batches = stride(from: 0, to: chosen.count, by: Self.batchSize).map {
            images.batch(Array(chosen[$0..<min($0 + Self.batchSize, chosen.count)]))
        }
        return OutputProbe(
            batches: batches.map { batch in { network(batch) } }, areClasses: true,
            identity: "\(chosen.count) images of \(task)", sampleCount: chosen.count)
    }

    private func textProbe(for model: PretrainedModel) throws -> OutputProbe {
        guard let network = model.network as? any LayeredTransformer, let directory = model.directory else {
            throw TaskError.wrongModel(
                task: "calibration on texts", needs: "a model of texts", got: model.configuration.architecture.className
            )
        }
        let all = try tokens(for: network, in: directory), chosen = samples(of: all.ids.count)
        guard let outputs = TextOutputs(network) else {
            throw TaskError.wrongModel(
                task: "calibration on texts", needs: "a model of texts", got: "\(type(of: network))")
        }
        let longest = chosen.map { all.ids[$0].count }.max() ?? 1
        let valuesOfSequence = outputs.hasRowsForTokens ? longest * outputs.width : outputs.width
        let batchSize = min(Self.batchSize, max(1, Self.batchLimit / max(valuesOfSequence, 1)))
        let tokenCount = chosen.reduce(0) { $0 + all.ids[$1].count },
            rowCount = outputs.hasRowsForTokens ? tokenCount : chosen.count
        let step = max(1, (rowCount * outputs.width + Self.outputLimit - 1) / Self.outputLimit)
        let batches = stride(from: 0, to: chosen.count, by: batchSize).map { start -> () -> Tensor in
            let members = chosen[start..<min(start + batchSize, chosen.count)]
            let batch = TokenBatch(
                joining: members.map { all.ids[$0] },
                tokenTypes: all.tokenTypes.map { types in members.map { types[$0] } })
            return { outputs.rows(batch, every: step) }
        }
        return OutputProbe(
            batches: batches, areClasses: outputs.areClasses && model.configuration.problem != .multiLabel,
            identity: "\(chosen.count) of \(all.identity)", sampleCount: chosen.count)
    }

    private func tokens(for network: any LayeredTransformer, in directory: String) throws -> CalibrationTokens {
        if case .text(let path, let task) = source {
            return try CalibrationTokens(path: path, task: task, for: network, in: directory, maxLength: maxLength)
        }
        let length = try SequenceLength.of(maxLength, usual: 128, limit: network.longestSequence)
        return CalibrationTokens(
            random: sampleCount, length: length, vocabularySize: network.vocabularySize,
            seed: Self.seed + (isBetween ? 1 : 0))
    }

    /// The numbers of the samples among `total`, evenly.
    private func samples(of total: Int) -> [Int] {
        if sampleCount >= total { return Array(0..<total) }
        return (0..<sampleCount).map { ($0 * total + (isBetween ? total / 2 : 0)) / sampleCount }
    }

    /// The same with other samples.
    var between: CalibrationData {
        var data = self
        data.isBetween = true
        return data
    }
}

extension TextOutputs {
    /// `[rows, width]`; of tokens only every `step`th.
    fileprivate func rows(_ batch: TokenBatch, every step: Int) -> Tensor {
        let outputs = self(batch), rows = outputs.reshaped([outputs.elementCount / width, width])
        guard hasRowsForTokens, step > 1 else { return rows }
        return rows.gathered(Tensor(stride(from: 0, to: rows.shape[0], by: step).map { Int32($0) }))
    }
}

/// A network and what it reads: its outputs, again and again, as its weights change.
final class OutputProbe {
    private let batches: [() -> Tensor]
    private let areClasses: Bool
    /// What tells the data from others.
    let identity: String
    /// Sequences or images.
    let sampleCount: Int
    private var reference: ReferenceOutputs?

    init(batches: [() -> Tensor], areClasses: Bool, identity: String, sampleCount: Int) {
        (self.batches, self.areClasses, self.identity, self.sampleCount) = (batches, areClasses, identity, sampleCount)
    }

    /// Keeps the outputs that the network has now, for comparing.
    func keepReference() {
        reference = withInference { ReferenceOutputs(batches.map { $0() }, areClasses: areClasses) }
    }

    /// How far the outputs are now from those that were kept.
    func damage() -> QualityLoss {
        guard let reference else { preconditionFailure("no outputs were kept for comparing") }
        return withInference { reference.damage(of: batches.map { $0() }) }
    }

    /// How far the outputs of another network that reads the same are from those that were kept here.
    func damage(of other: OutputProbe) -> QualityLoss {
        guard let reference else { preconditionFailure("no outputs were kept for comparing") }
        return withInference { reference.damage(of: other.batches.map { $0() }) }
    }

    /// Runs the network once, for timing.
    func run() { withInference { for batch in batches { _ = batch() } } }
}
