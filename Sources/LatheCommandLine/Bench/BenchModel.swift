import ArgumentParser
import Lathe

/// The networks that can be timed without a checkpoint.
enum Preset: String, CaseIterable, ExpressibleByArgument {
    case bertBase = "bert-base"
    case gpt2
    case resnet20

    /// The longest sequence of a model of texts.
    var longestSequence: Int? {
        switch self {
        case .bertBase: 512
        case .gpt2: 1024
        case .resnet20: nil
        }
    }

    var configuration: ModelConfiguration {
        switch self {
        case .bertBase: ModelPreset.bertBase.configuration(labels: (0..<3).map(String.init))
        case .gpt2: ModelPreset.gpt2.configuration(labels: [])
        case .resnet20: ModelPreset.smallResNet(depth: 20, hasBatchNorm: true).configuration(labels: (0..<10).map(String.init))
        }
    }
}

/// A network that is timed: one of random weights, or a model.
struct NetworkOptions: ParsableArguments {
    @Option(help: "A network with random weights. (default: bert-base, or gpt2 where tokens are generated)")
    var preset: Preset?

    @Option(help: ArgumentHelp("A model in place of a preset: a directory, or a name on the hub (org/model).", valueName: "dir"), completion: .directory)
    var model: String?

    func validate() throws {
        if preset != nil, model != nil { throw ValidationError("--preset has random weights, --model those of a directory; give one of them.") }
    }

    /// The model that is named, or one of random weights.
    func open(usual: Preset) throws -> PretrainedModel {
        guard let model else { return PretrainedModel((preset ?? usual).configuration) }
        return try PretrainedModel(directory: HubProgress.directory(for: model))
    }

    /// What people call it.
    func name(usual: Preset) -> String { model ?? (preset ?? usual).rawValue }

    /// The same for machines.
    func json(usual: Preset) -> JSONValue.Member { .init(model == nil ? "preset" : "model", .string(name(usual: usual))) }
}

/// Which network, and how much it gets at once.
struct WorkloadOptions: ParsableArguments {
    @OptionGroup var network: NetworkOptions

    @Option(help: "Examples in a batch.")
    var batch = 1

    @Option(
        name: .customLong("seq"),
        help: "Tokens in an example of a model of texts: up to 512 for bert-base, 1024 for gpt2. (default: 128, or as many as the model takes)")
    var sequence: Int?

    func validate() throws {
        try BenchOptions.check(batch, in: 1...4096, "--batch")
        let limit = network.model == nil ? (network.preset ?? .bertBase).longestSequence ?? 1024 : 1_048_576
        if let sequence { try BenchOptions.check(sequence, in: 1...limit, "--seq") }
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
    /// `bert-base, batch 8, sequence 128`
    let title: String
    /// The same for machines.
    let json: [JSONValue.Member]

    /// - Throws: what keeps the model from being opened, or `TaskError` for a sequence that it cannot take.
    init(_ workload: WorkloadOptions) throws {
        let model = try workload.network.open(usual: .bertBase), batch = workload.batch, use = try BenchUse(model)
        let input: Tensor, sequence: Int?
        switch use.input {
        case .tokens(let vocabularySize, let limit):
            let length = workload.sequence ?? min(128, limit)
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
        title = "\(workload.network.name(usual: .bertBase)), batch \(batch)" + (sequence.map { ", sequence \($0)" } ?? "")
        json = [
            workload.network.json(usual: .bertBase), .init("batch", .integer(batch)),
            .init("seq", sequence.map(JSONValue.integer) ?? .null),
        ]
    }

    private static func randomNumbers(_ shape: [Int], below limit: Int) -> Tensor {
        let shares = Tensor.randomUniform([shape.elementCount], in: 0..<1).floatArray
        return Tensor(shares.map { Int32(min(Int($0 * Float(limit)), limit - 1)) }, shape: shape)
    }
}

/// What a network takes and gives.
private struct BenchUse {
    enum Input {
        case tokens(vocabularySize: Int, limit: Int)
        case images(channels: Int, size: Int)
    }

    let input: Input
    /// Outputs for each row of logits; nil without head.
    let classCount: Int?
    /// Whether each token has a row, and not each example.
    var classifiesTokens = false
    let run: (Tensor) -> Tensor

    /// - Throws: `TaskError` for a model that is of no kind that is known here.
    init(_ model: PretrainedModel) throws(TaskError) {
        switch model.network {
        case let network as any SequenceClassifier:
            input = .tokens(vocabularySize: network.vocabularySize, limit: network.longestSequence)
            classCount = network.labelCount
            run = { network(TokenBatch($0)) }
        case let network as any LanguageModel:
            input = .tokens(vocabularySize: network.vocabularySize, limit: network.longestSequence)
            classCount = network.vocabularySize
            classifiesTokens = true
            run = { network(TokenBatch($0)) }
        case let network as BertForMaskedLM:
            let sizes = network.bert.configuration
            input = .tokens(vocabularySize: sizes.vocabularySize, limit: sizes.longestSequence)
            classCount = sizes.vocabularySize
            classifiesTokens = true
            run = { network(TokenBatch($0)) }
        case let network as BertModel:
            input = .tokens(vocabularySize: network.configuration.vocabularySize, limit: network.configuration.longestSequence)
            classCount = nil
            run = { network(TokenBatch($0)).hidden }
        case let network as any ImageClassifier:
            input = .images(channels: network.imageChannels, size: network.imageSize ?? Self.usualSize(model.configuration))
            classCount = network.labelCount
            run = { network($0) }
        default: throw .wrongModel(task: "bench", needs: "a model of texts or images", got: model.configuration.architecture.className)
        }
    }

    /// Height and width of the images that a residual network is made for.
    private static func usualSize(_ configuration: ModelConfiguration) -> Int {
        if case .resnet(let sizes) = configuration.sizes, sizes.stem == .largeImages { return 224 }
        return 32
    }
}
