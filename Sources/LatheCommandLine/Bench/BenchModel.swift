import ArgumentParser
import Lathe

/// The networks that can be timed without a checkpoint.
enum Preset: String, CaseIterable, ExpressibleByArgument {
    case bertBase = "bert-base"
    case gpt2
    case resnet20

    /// The longest sequence, for a language model.
    var longestSequence: Int? {
        switch self {
        case .bertBase: 512
        case .gpt2: 1024
        case .resnet20: nil
        }
    }
}

/// Which network, and how much it gets at once.
struct WorkloadOptions: ParsableArguments {
    @Option(help: "The network; its weights are random.")
    var preset = Preset.bertBase

    @Option(help: "Examples in a batch.")
    var batch = 1

    @Option(name: .customLong("seq"), help: "Tokens in an example of a language model: up to 512 for bert-base, 1024 for gpt2.")
    var sequence = 128

    func validate() throws {
        try BenchOptions.check(batch, in: 1...4096, "--batch")
        try BenchOptions.check(sequence, in: 1...(preset.longestSequence ?? 1024), "--seq")
    }

    /// `bert-base, batch 8, sequence 128`
    var title: String { "\(preset.rawValue), batch \(batch)" + (preset.longestSequence == nil ? "" : ", sequence \(sequence)") }

    /// The same for machines.
    var json: [JSONValue.Member] {
        [
            .init("preset", .string(preset.rawValue)), .init("batch", .integer(batch)),
            .init("seq", preset.longestSequence == nil ? .null : .integer(sequence)),
        ]
    }
}

/// A network with random weights and one batch of random input for it.
struct BenchModel {
    let network: any Module
    /// Logits of the batch.
    let forward: () -> Tensor
    /// A random class for each row of logits: each example, or each token of a generative model.
    let labels: Tensor

    init(_ workload: WorkloadOptions) {
        let batch = workload.batch
        switch workload.preset {
        case .bertBase:
            let bert = BertForSequenceClassification(BertConfiguration(labelCount: 3))
            let ids = Self.randomNumbers([batch, workload.sequence], in: 1..<30_000)
            network = bert
            forward = { bert(ids) }
            labels = Self.randomNumbers([batch], in: 0..<3)
        case .gpt2:
            let gpt = GPT2LMHeadModel(GPT2Configuration())
            let ids = Self.randomNumbers([batch, workload.sequence], in: 0..<50_000)
            network = gpt
            forward = { gpt(ids) }
            labels = Self.randomNumbers([batch, workload.sequence], in: 0..<50_000)
        case .resnet20:
            let resnet = ResNet(ResNetConfiguration(depth: 20))
            let images = Tensor.randomNormal([batch, 3, 32, 32])
            network = resnet
            forward = { resnet(images) }
            labels = Self.randomNumbers([batch], in: 0..<10)
        }
    }

    private static func randomNumbers(_ shape: [Int], in range: Range<Int>) -> Tensor {
        let shares = Tensor.randomUniform([shape.elementCount], in: 0..<1).floatArray
        return Tensor(shares.map { Int32(range.lowerBound + min(Int($0 * Float(range.count)), range.count - 1)) }, shape: shape)
    }
}
