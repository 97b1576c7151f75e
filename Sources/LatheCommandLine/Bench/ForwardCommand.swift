import ArgumentParser
import LatheFiles
import LatheTensor

/// Times inference.
struct ForwardCommand: WorkingCommand {
    static let configuration = CommandConfiguration(
        commandName: "forward",
        abstract: "Time a forward pass, or those of several models in turn.",
        discussion: """
            Several models, or several --weights, run in turn on the same batch, round by round, so that a drift of the machine's speed meets all alike. \
            Each is compared with the first: the ratio is the median, over the rounds, of its time divided by the first one's. A model computes as every \
            command computes it: packed by --weights, as if lathe quantize had saved it.

            Examples:
              lathe bench forward --batch 8 --weights w8a8
              lathe bench forward --preset resnet20 --batch 128 --json
              lathe bench forward --model my-model --seq 64
              lathe bench forward --model teacher --model small --batch 8
              lathe bench forward --weights fp32 --weights w8a8
            """)

    @OptionGroup var source: NetworksOptions

    @OptionGroup var size: BatchOptions

    @Option(
        help: """
            Bits of weights and of what they are multiplied with; a model that is packed already keeps its own. Given several times, each model is timed \
            with each.
            """)
    var weights: [Weights] = [.fp32]

    @OptionGroup var options: BenchOptions

    func validate() throws { try size.check() }

    func work() throws {
        options.begin()
        let cases = source.networks.flatMap { network in weights.map { (network: network, weights: $0) } }
        if cases.count == 1 {
            let model = try withRandomSource(RandomSource(seed: 42)) { try BenchModel(cases[0].network, size) }
            let piece = pack(model, cases[0].weights)
            let report = BenchReport.measure(
                title: "\(model.title), \(piece.weightsName)", settings: piece.settings, examplesPerRun: size.batch,
                options: options, piece.body)
            return try report.print()
        }
        let models = try BenchModel.open(cases.map(\.network), size)
        let pieces = zip(models, cases).map { model, entry in
            let piece = pack(model, entry.weights)
            return BenchReport.Piece(
                title: "\(model.name), \(piece.weightsName)", settings: piece.settings, body: piece.body)
        }
        let reports = BenchReport.measure(pieces, examplesPerRun: size.batch, options: options)
        try BenchComparison(title: models[0].batchTitle, reports: reports).print()
    }

    /// Packs the weights of a model.
    /// - Returns: the name of the weights, what was asked for, and a forward pass.
    private func pack(_ model: BenchModel, _ weights: Weights) -> (
        weightsName: String, settings: [JSONValue.Member], body: () -> Void
    ) {
        let packed = weights.pack(model.network), name = weights.name(in: model.network)
        MemoryPool.shared.trim()
        options.debug("packed \(packed) layers as \(weights.rawValue)")
        return (
            name, model.json + [.init("weights", .string(name))],
            { withPrecision(weights.precision) { _ = withInference(model.forward) } }
        )
    }
}
