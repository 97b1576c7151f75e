import ArgumentParser
import LatheCompression
import LatheNN
import LatheTensor
import LatheTraining

/// Times training.
struct TrainStepCommand: WorkingCommand {
    static let configuration = CommandConfiguration(
        commandName: "train-step",
        abstract: "Time a training step: forward with dropout, cross-entropy, backward, AdamW.",
        discussion: """
            Examples:
              lathe bench train-step --batch 8
              lathe bench train-step --batch 8 --precision bf16 --json
              lathe bench train-step --batch 8 --config w8a8.json    under compression
            """)

    /// In what arithmetic matrix products multiply; weights and sums stay f32.
    enum Arithmetic: String, CaseIterable, ExpressibleByArgument {
        case fp32, bf16
    }

    @OptionGroup var source: NetworkOptions

    @OptionGroup var size: BatchOptions

    @Option(help: "The arithmetic of matrix products.")
    var precision = Arithmetic.fp32

    @Option(
        help: ArgumentHelp(
            "A DeepSpeed config with compression_training, - for standard input, all of it in force.", valueName: "file"
        ), completion: .configs)
    var config: String?

    @OptionGroup var options: BenchOptions

    func validate() throws { try size.check() }

    func work() throws {
        options.begin()
        let model = try withRandomSource(RandomSource(seed: 42)) {
            try BenchModel(source.network(usual: .usual), size)
        }
        guard let labels = model.labels else {
            throw TaskError.wrongModel(
                task: "bench train-step", needs: "a model with a head", got: String(describing: type(of: model.network))
            )
        }
        if let config {
            let compression = try Compression(
                DeepSpeedConfig(argument: config).compression, of: model.model, file: InputFile.name(config))
            compression.attach()
            compression.finish()
        }
        let optimizer = AdamW(ParameterGroup.standard(model.network, weightDecay: 0.01), learningRate: 1e-5)
        var losses: [Float] = []
        var report = BenchReport.measure(
            title: "\(model.title), \(precision.rawValue)" + (config == nil ? "" : ", compressed"),
            settings: model.json + [
                .init("precision", .string(precision.rawValue)),
                .init("config", config.map { .string(InputFile.name($0)) } ?? .null),
            ],
            examplesPerRun: size.batch, options: options
        ) {
            losses.append(Self.step(model, labels, optimizer, precision))
        }
        let (first, last) = (losses.first ?? 0, losses.last ?? 0)
        options.debug("loss \(first) at first, \(last) at last")
        report.extra = [.init("first_loss", .number(Double(first))), .init("last_loss", .number(Double(last)))]
        try report.print()
    }

    /// One step; returns the loss.
    private static func step(_ model: BenchModel, _ labels: Tensor, _ optimizer: AdamW, _ precision: Arithmetic)
        -> Float
    {
        withPrecision(precision == .bf16 ? .bfloat16 : .float32) {
            let loss = withTraining { model.forward().crossEntropy(labels) }
            loss.backward()
            optimizer.step()
            optimizer.clearGradients()
            return loss.scalar
        }
    }
}
