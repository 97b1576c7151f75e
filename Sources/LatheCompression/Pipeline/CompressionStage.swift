import LatheModels
import LatheNN
import LatheTasks
import LatheTensor

/// A model on its way through a compression, as it was measured there.
public struct CompressionStage: Sendable {
    /// The moments at which models are measured; the raw values are stable.
    public enum Kind: String, Sendable {
        /// The model that the student learns from.
        case teacher
        /// The model that is compressed, as it was.
        case before
        /// The best one of the training, while its weights are masked and fake-quantised.
        case student
        /// With everything permanent and pruned parts gone, in floats.
        case cleaned
        /// With weights in their bits.
        case packed
    }

    public let kind: Kind
    /// What it scores; nil without files to measure with.
    public let evaluation: Evaluation?
    /// Bytes of the file with its weights; nil where it is not written.
    public let byteCount: Int?
    /// The median milliseconds that a batch takes, without gradients; nil for a network that takes neither texts nor images.
    public let milliseconds: Double?
    /// The numbers that it holds.
    public let parameterCount: Int

    /// What a batch is: `8 texts of 128 tokens`.
    public let batch: String

    /// Texts or images that are timed.
    private static let batchSize = 8
    /// The most tokens of each text.
    private static let tokenCount = 128
    private static let repeats = 5

    /// Times `model` on a batch of random input.
    /// - Parameter parameterCount: the numbers that it holds, where its network does not tell: while masks are learned, and once weights are packed.
    init(_ kind: Kind, _ model: PretrainedModel, _ evaluation: Evaluation?, byteCount: Int?, parameterCount: Int? = nil) {
        (self.kind, self.evaluation, self.byteCount) = (kind, evaluation, byteCount)
        self.parameterCount = parameterCount ?? model.network.parameterCount
        let batch = RandomBatch(for: model, lengths: [Int](repeating: Self.tokenCount, count: Self.batchSize), imageCount: Self.batchSize)
        self.batch = batch.summary
        milliseconds = batch.isEmpty ? nil : Stopwatch.interleaved([{ _ = batch.outputs() }], repeats: Self.repeats)[0]
    }

    /// Opens the model in `directory` and times it.
    /// - Throws: what is wrong with the model.
    init(_ kind: Kind, directory: String, _ evaluation: Evaluation?, parameterCount: Int) throws {
        self.init(kind, try PretrainedModel(directory: directory), evaluation, byteCount: try Self.byteCount(in: directory), parameterCount: parameterCount)
    }

    /// As records have it.
    var record: RunRecord.Stage {
        .init(name: kind.rawValue, evaluation: evaluation, parameters: parameterCount, bytes: byteCount, milliseconds: milliseconds)
    }

    /// Bytes of the files with the weights in `directory`.
    static func byteCount(in directory: String) throws -> Int { try Checkpoint(directory: directory).files.reduce(0) { $0 + $1.byteCount } }
}
