import Foundation
import LatheModels
import LatheTraining

/// What a run did: the file `lathe.json` beside the model that came of it, from which `lathe report` draws its page.
public struct RunRecord: Codable, Sendable, Equatable {
    /// The name of the file.
    public static let fileName = RunFiles.record

    /// The commands that make models; the raw values are stable.
    public enum Kind: String, Codable, Sendable {
        case train, compress, quantize
    }

    public var kind: Kind
    /// When the model was complete.
    public var date: Date
    /// How long the run took, what was done before it was resumed included.
    public var seconds: Double
    public var environment: RunEnvironment
    /// The name of the task that was learned or measured, `sst2`; for a model that was neither, what it tells itself,
    /// if it does.
    public var task: String?
    /// What the run began from, as it was named: a directory, a preset, or a `config.json`.
    public var model: String
    /// The directory of the model that was learned from, as it was named.
    public var teacher: String?
    /// The text of the DeepSpeed config, as its file has it.
    public var config: String?
    /// The options of the training, or of layers that learn one by one, by their names; empty where nothing is learned.
    public var options: [Option] = []
    /// Models on the way, the last one as it was saved; one for a training run.
    public var stages: [Stage] = []
    /// The batch that is timed: `8 texts of 128 tokens`; `nil` if nothing is.
    public var batch: String?
    /// The data behind the scores of the stages; `nil` if nothing is scored, and in records of earlier versions.
    public var scoredOn: ScoredData?
    /// When techniques came into force.
    public var moments: [Moment] = []
    /// The layers with weights, in the order of the model.
    public var layers: [LayerRecord] = []
    /// What the layers read whose inputs are shown: `16 training examples`.
    public var layerInputs: String?
    /// How far the saved model's outputs are from those of the fake-quantised one, as a share of the largest output;
    /// nil for a training run.
    public var largestDifference: Double?
    /// The root of the mean squared difference, as a share of the root of the mean squared output; nil for a training
    /// run.
    public var rmsDifference: Double?
    /// The share of random inputs with the same label; nil for a model without labels, and for a training run.
    public var sameLabels: Double?
    public var notes: [String] = []

    /// - Parameters:
    ///   - kind: the command.
    ///   - date: is cut to whole seconds, as files have it.
    ///   - seconds: how long it took.
    ///   - environment: where it took place.
    ///   - model: what it began from, as it was named.
    public init(kind: Kind, date: Date, seconds: Double, environment: RunEnvironment, model: String) {
        (self.kind, self.seconds, self.environment, self.model) = (kind, seconds, environment, model)
        self.date = Date(timeIntervalSince1970: date.timeIntervalSince1970.rounded(.down))
    }

    /// A setting and its value, as they are shown.
    public struct Option: Codable, Sendable, Equatable {
        public var name: String
        public var value: String

        public init(_ name: String, _ value: String) { (self.name, self.value) = (name, value) }
    }

    /// A model on the way, as it was measured.
    public struct Stage: Codable, Sendable, Equatable {
        /// `teacher`, `before`, `student`, `cleaned`, `packed`; `trained` for a training run.
        public var name: String
        /// The metrics of the stage; `nil` if nothing was measured.
        public var evaluation: Evaluation?
        /// The numbers that it holds.
        public var parameters: Int?
        /// Bytes of the file with its weights; nil where it is not written.
        public var bytes: Int?
        /// The median milliseconds of a batch; comparable within a run, unless an earlier version made it.
        public var milliseconds: Double?
        /// The middle half of the times, in milliseconds.
        package var spread: Spread?
        /// The ratio of a batch's time to the last stage's, the two timed in turn; `nil` for the last stage, for stages
        /// that are not saved, and in records of earlier versions, which timed each stage at its own moment.
        package var timeRatio: InterleavedTimes.Ratio?

        public init(
            name: String, evaluation: Evaluation? = nil, parameters: Int? = nil, bytes: Int? = nil,
            milliseconds: Double? = nil
        ) {
            (self.name, self.evaluation, self.parameters, self.bytes, self.milliseconds) = (
                name, evaluation, parameters, bytes, milliseconds
            )
        }
    }

    /// A step of the training from which on something is in force.
    public struct Moment: Codable, Sendable, Equatable {
        public var step: Int
        /// `weight_quantization`, …
        public var names: [String]

        public init(step: Int, names: [String]) { (self.step, self.names) = (step, names) }
    }
}

/// Where a run took place.
public struct RunEnvironment: Codable, Sendable, Equatable {
    /// Lathe's version.
    public var version: String
    /// `Linux 6.1 x86_64`
    public var system: String
    /// The kernels chosen: `avx512`, …
    public var isa: String
    public var cpuFeatures: [String]
    public var threads: Int
    /// The model name of the processor as the system has it; `nil` if the system does not say, and in records of
    /// earlier versions.
    public var processor: String?
    /// The program's arguments.
    public var command: [String]

    public init(
        version: String, system: String, isa: String, cpuFeatures: [String], threads: Int, processor: String? = nil,
        command: [String]
    ) {
        (self.version, self.system, self.isa, self.cpuFeatures) = (version, system, isa, cpuFeatures)
        (self.threads, self.processor, self.command) = (threads, processor, command)
    }

    /// The machine in words: `AMD EPYC 9B45, avx512 kernels, 2 threads, Linux 6.1 x86_64`; empty if nothing is known.
    public var machine: String {
        let count = threads > 0 ? "\(threads) \(threads == 1 ? "thread" : "threads")" : ""
        return [processor ?? "", isa.isEmpty ? "" : isa + " kernels", count, system].filter { !$0.isEmpty }.joined(
            separator: ", ")
    }
}
