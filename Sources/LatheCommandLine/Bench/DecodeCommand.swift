import ArgumentParser
import LatheFiles
import LatheModels
import LatheNN
import LatheTensor
import LatheTraining

/// Times the making of one token after another, in which every weight is read for a single row.
struct DecodeCommand: WorkingCommand {
    static let configuration = CommandConfiguration(
        commandName: "decode",
        abstract: "Time the generation of single tokens.",
        discussion: """
            One token computes little, so how fast its weights come from memory decides. The share says which part of what this machine can read, \
            measured in turn, the weights of the linear layers came to.

            Examples:
              lathe bench decode --weights w4a8
              lathe bench decode --model my-gpt2 --context 512 --json
            """)

    @OptionGroup var source: NetworkOptions

    @Option(help: "Tokens of the text so far.")
    var context = 64

    @Option(help: "Bits of weights and of what they are multiplied with; a model that is packed already keeps its own.")
    var weights = Weights.fp32

    @OptionGroup var options: BenchOptions

    func validate() throws {
        try BenchOptions.check(context, in: 1...1_000_000, "--context")
    }

    func work() throws {
        options.begin()
        let source = source.network(usual: .usualLanguageModel),
            model = try withRandomSource(RandomSource(seed: 42)) { try source.open() }
        guard let network = model.network as? any LanguageModel else {
            throw TaskError.wrongModel(
                task: "bench decode", needs: "a language model", got: model.configuration.architecture.className)
        }
        guard context < network.longestSequence else {
            throw TaskError.lengthOutOfRange(got: context + 1, limit: network.longestSequence)
        }
        network.packWeights(weights.format)
        MemoryPool.shared.trim()
        let decoding = Decoding(network, context: context), memory = MemoryLimit(),
            weightsName = weights.name(in: network)
        var limits = Samples()
        (0..<5).forEach { _ in limits.add(memory.measure()) }
        var report = BenchReport.measure(
            title: "\(source.name), one token after \(context), \(weightsName)",
            settings: [
                source.json, .init("context", .integer(context)), .init("weights", .string(weightsName)),
            ], examplesPerRun: 1, options: options
        ) { withPrecision(weights.precision) { decoding.step() } }
        (0..<5).forEach { _ in limits.add(memory.measure()) }
        report.unit = "tokens"
        let gigabytes = Double(decoding.weightBytes) / report.times.median * 1e-6, most = limits.median * 1e-9
        report.lines = [
            ("weights a token reads", Quantity.bytes(decoding.weightBytes)),
            (
                "read at",
                "\(Quantity.decimal(gigabytes, 1)) GB/s, \(Quantity.percent(gigabytes / most)) of \(Quantity.decimal(most, 1))"
            ),
        ]
        report.extra = [
            .init("tokens_per_second", .number(1000 / report.times.median)),
            .init("weight_bytes", .integer(decoding.weightBytes)),
            .init("gb_per_s", .number(gigabytes)), .init("memory_gb_per_s", .number(most)),
            .init("share_of_memory", .number(gigabytes / most)),
        ]
        try report.print()
    }
}

/// A text whose next token is computed again and again.
private struct Decoding {
    /// Bytes of the linear layers' weights, all of which a token needs.
    let weightBytes: Int
    private let network: any LanguageModel
    private let cache: [KeyValueCache]
    private let context: Int

    init(_ network: any LanguageModel, context: Int) {
        self.network = network
        self.context = context
        weightBytes = network.namedModules.reduce(0) { $0 + (($1.module as? Linear)?.weight.byteCount ?? 0) }
        cache = network.makeCache(capacity: context + 1)
        let text = Tensor.randomUniform([context], in: 0..<1).floatArray.map {
            Int32($0 * Float(network.vocabularySize - 1))
        }
        _ = withInference { network.lastLogits(text, continuing: cache) }
    }

    func step() {
        _ = withInference { network.lastLogits([1], continuing: cache) }
        for layer in cache { layer.truncate(to: context) }
    }
}
