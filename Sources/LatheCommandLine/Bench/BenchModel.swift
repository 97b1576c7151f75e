import ArgumentParser
import LatheFiles
import LatheModels
import LatheNN
import LatheTensor
import LatheTraining

/// A network that is timed.
enum BenchNetwork {
    /// One with random weights.
    case preset(ModelPreset)
    /// A directory, or a name on the hub.
    case model(String)

    func open() throws -> PretrainedModel {
        switch self {
        case .preset(let preset):
            PretrainedModel(preset.configuration(labels: (0..<(preset.takesText ? 3 : 10)).map(String.init)))
        case .model(let name): try PretrainedModel(directory: HubProgress.directory(for: name))
        }
    }

    var name: String {
        switch self {
        case .preset(let preset): preset.name
        case .model(let name): name
        }
    }

    var json: JSONValue.Member {
        if case .preset = self { .init("preset", .string(name)) } else { .init("model", .string(name)) }
    }

    /// Makes sure that not both are named.
    static func check(_ preset: ModelPreset?, hasModel: Bool) throws {
        if preset != nil, hasModel {
            throw ValidationError("--preset has random weights, --model those of a directory; give one of them.")
        }
    }
}

/// Options that name one network.
struct NetworkOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "A network with random weights. (default: bert-base, or gpt2 where tokens are generated)", valueName: "name"
        ),
        completion: .list(ModelPreset.all.map(\.name)), transform: ModelPreset.parse)
    var preset: ModelPreset?

    @Option(
        help: ArgumentHelp(
            "A model in place of a preset: a directory, or a name on the hub (org/model).", valueName: "dir"),
        completion: .directory)
    var model: String?

    func validate() throws { try BenchNetwork.check(preset, hasModel: model != nil) }

    /// The model that is named, or a preset.
    func network(usual: ModelPreset) -> BenchNetwork { model.map(BenchNetwork.model) ?? .preset(preset ?? usual) }
}

/// Options that name one or several networks.
struct NetworksOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp("A network with random weights. (default: bert-base)", valueName: "name"),
        completion: .list(ModelPreset.all.map(\.name)), transform: ModelPreset.parse)
    var preset: ModelPreset?

    @Option(
        help: ArgumentHelp(
            "A model in place of a preset: a directory, or a name on the hub (org/model). Given several times, the models are timed in turn.",
            valueName: "dir"),
        completion: .directory)
    var model: [String] = []

    func validate() throws { try BenchNetwork.check(preset, hasModel: !model.isEmpty) }

    var networks: [BenchNetwork] { model.isEmpty ? [.preset(preset ?? .usual)] : model.map(BenchNetwork.model) }
}

/// The size of a batch.
struct BatchOptions: ParsableArguments {
    @Option(help: "Examples in a batch.")
    var batch = 1

    @Option(
        name: .customLong("seq"),
        help:
            "Tokens in an example of a model of texts: up to 512 for bert-base, 1024 for gpt2. (default: 128, or as many as the model takes)"
    )
    var sequence: Int?

    /// Makes sure that some network may take so much; what a model takes is known once it is opened.
    func check() throws {
        try BenchOptions.check(batch, in: 1...4096, "--batch")
        if let sequence { try BenchOptions.check(sequence, in: 1...1_048_576, "--seq") }
    }
}

/// A network and one batch of random input for it.
struct BenchModel {
    let model: PretrainedModel
    var network: any Module { model.network }
    /// Outputs for the batch: logits, or hidden states of a model without head.
    let forward: () -> Tensor
    /// A random class for each row of logits: each example, or each token of a generative model. Nil without head.
    let labels: Tensor?
    /// The name of the network.
    let name: String
    /// `batch 8, sequence 128`
    let batchTitle: String
    /// `bert-base, batch 8, sequence 128`
    var title: String { "\(name), \(batchTitle)" }
    /// The same for machines.
    let json: [JSONValue.Member]
    /// The shape of the batch.
    let inputShape: [Int]

    /// - Throws: what keeps the model from being opened, or `TaskError` for a sequence that it cannot take.
    init(_ network: BenchNetwork, _ size: BatchOptions) throws {
        let model = try network.open()
        try self.init(model, network, size, use: BenchUse(model), sequence: nil)
    }

    /// Opens several networks for the same batch.
    /// - Throws: as above; `BenchMismatch` if the networks do not take the same input.
    static func open(_ networks: [BenchNetwork], _ size: BatchOptions) throws -> [BenchModel] {
        let opened = try networks.map { network in
            let model = try network.open()
            return (network: network, model: model, use: try BenchUse(model))
        }
        let sequence = opened.compactMap(\.use.longestSequence).min().map { min(128, $0) }
        let models = try opened.map { entry in
            try withRandomSource(RandomSource(seed: 42)) {
                try BenchModel(entry.model, entry.network, size, use: entry.use, sequence: sequence)
            }
        }
        for model in models where model.inputShape != models[0].inputShape {
            throw BenchMismatch(first: models[0], other: model)
        }
        return models
    }

    /// - Parameter usualSequence: the tokens of a text if none are asked for; `nil` for 128, or as many as the model
    ///   takes.
    private init(
        _ model: PretrainedModel, _ network: BenchNetwork, _ size: BatchOptions, use: BenchUse,
        sequence usualSequence: Int?
    ) throws {
        let batch = size.batch, input: Tensor, sequence: Int?
        switch use.input {
        case .tokens(let vocabularySize, let limit):
            let length = size.sequence ?? usualSequence ?? min(128, limit)
            if length > limit { throw TaskError.lengthOutOfRange(got: length, limit: limit) }
            sequence = length
            input = Self.randomNumbers([batch, length], below: vocabularySize)
        case .images(let channels, let size):
            sequence = nil
            input = .randomNormal([batch, channels, size, size])
        }
        self.model = model
        forward = { use.run(input) }
        labels = use.classCount.map { Self.randomNumbers(use.classifiesTokens ? input.shape : [batch], below: $0) }
        name = network.name
        batchTitle = "batch \(batch)" + (sequence.map { ", sequence \($0)" } ?? "")
        json = [network.json, .init("batch", .integer(batch)), .init("seq", sequence.map(JSONValue.integer) ?? .null)]
        inputShape = input.shape
    }

    private static func randomNumbers(_ shape: [Int], below limit: Int) -> Tensor {
        let shares = Tensor.randomUniform([shape.elementCount], in: 0..<1).floatArray
        return Tensor(shares.map { Int32(min(Int($0 * Float(limit)), limit - 1)) }, shape: shape)
    }
}

/// Models that do not take the same batch.
struct BenchMismatch: DescribedError {
    private let first: (name: String, shape: [Int])
    private let other: (name: String, shape: [Int])

    init(first: BenchModel, other: BenchModel) {
        (self.first, self.other) = ((first.name, first.inputShape), (other.name, other.inputShape))
    }

    var description: String {
        "\(other.name) takes a batch of shape \(other.shape), and \(first.name) one of \(first.shape); time models together that take the same input"
    }
}

/// What a network takes and gives.
private struct BenchUse {
    enum Input {
        case tokens(vocabularySize: Int, limit: Int)
        case images(channels: Int, size: Int)
    }

    let input: Input
    /// The most tokens of a text; `nil` for a model of images.
    var longestSequence: Int? { if case .tokens(_, let limit) = input { limit } else { nil } }
    /// Outputs for each row of logits; `nil` without head.
    let classCount: Int?
    /// Whether each token has a row, and not each example.
    let classifiesTokens: Bool
    let run: (Tensor) -> Tensor

    /// - Throws: `TaskError` for a model that is of no kind that is known here.
    init(_ model: PretrainedModel) throws(TaskError) {
        if let outputs = TextOutputs(model.network) {
            input = .tokens(vocabularySize: outputs.vocabularySize, limit: outputs.longestSequence)
            classCount = model.network is any TextEncoder ? nil : outputs.width
            classifiesTokens = outputs.hasRowsForTokens && classCount != nil
            run = { outputs(TokenBatch($0)) }
        } else if let network = model.network as? any ImageClassifier {
            input = .images(channels: network.imageChannels, size: network.usualImageSize)
            (classCount, classifiesTokens) = (network.labelCount, false)
            run = { network($0) }
        } else {
            throw .wrongModel(
                task: "bench", needs: "a model of texts or images", got: model.configuration.architecture.className)
        }
    }
}
