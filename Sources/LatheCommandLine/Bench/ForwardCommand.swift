import ArgumentParser
import Lathe

/// Times inference.
struct ForwardCommand: WorkingCommand {
    static let configuration = CommandConfiguration(
        commandName: "forward",
        abstract: "Time a forward pass.",
        discussion: """
            Examples:
              lathe bench forward --batch 8 --weights w8a8
              lathe bench forward --preset resnet20 --batch 128 --json
              lathe bench forward --model my-model --seq 64
            """)

    @OptionGroup var workload: WorkloadOptions

    @Option(help: "Bits of weights and of what they are multiplied with; a model that is packed already keeps its own.")
    var weights = Weights.fp32

    @OptionGroup var options: BenchOptions

    func work() throws {
        options.begin()
        let model = try withRandomSource(RandomSource(seed: 42)) { try BenchModel(workload) }
        let packed = weights.pack(model.network)
        MemoryPool.shared.trim()
        options.logger.debug("packed \(packed) layers as \(weights.rawValue)")
        let weightsName = weights.name(in: model.network)
        let report = BenchReport.measure(
            title: "\(model.title), \(weightsName)", settings: model.json + [.init("weights", .string(weightsName))],
            examplesPerRun: workload.batch, options: options
        ) {
            // What is not packed, such as attention's own products, multiplies in bf16 where the weights have fewer than 32 bits.
            withPrecision(weights == .fp32 ? .float32 : .bfloat16) { _ = withInference(model.forward) }
        }
        try report.print()
    }
}
