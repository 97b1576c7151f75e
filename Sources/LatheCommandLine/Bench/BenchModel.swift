import ArgumentParser
import Lathe

/// The networks that can be timed without a checkpoint.
enum Preset: String, CaseIterable, ExpressibleByArgument {
    case bertBase = "bert-base"
    case resnet20
}

/// Which network, and how much it gets at once.
struct WorkloadOptions: ParsableArguments {
    @Option(help: "The network; its weights are random.")
    var preset = Preset.bertBase

    @Option(help: "Examples in a batch.")
    var batch = 1

    @Option(name: .customLong("seq"), help: "Tokens in an example of a language model, 1 to 512.")
    var sequence = 128

    func validate() throws {
        try BenchOptions.check(batch, in: 1...4096, "--batch")
        try BenchOptions.check(sequence, in: 1...512, "--seq")
    }

    /// `bert-base, batch 8, sequence 128`
    var title: String { "\(preset.rawValue), batch \(batch)" + (preset == .bertBase ? ", sequence \(sequence)" : "") }

    /// The same for machines.
    var json: [JSONValue.Member] {
        [.init("preset", .string(preset.rawValue)), .init("batch", .integer(batch)), .init("seq", preset == .bertBase ? .integer(sequence) : .null)]
    }
}

/// A network with random weights and one batch of random input for it.
struct BenchModel {
    let network: any Module
    /// Logits of the batch.
    let forward: () -> Tensor
    /// A random class for each example.
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
