import ArgumentParser
import Lathe

/// Times training.
struct TrainStepCommand: WorkingCommand {
    static let configuration = CommandConfiguration(
        commandName: "train-step",
        abstract: "Time a training step: forward with dropout, cross-entropy, backward, AdamW.",
        discussion: """
            Examples:
              lathe bench train-step --batch 8
              lathe bench train-step --batch 8 --precision bf16 --json
            """)

    /// In what arithmetic matrix products multiply; weights and sums stay f32.
    enum Arithmetic: String, CaseIterable, ExpressibleByArgument {
        case fp32, bf16
    }

    @OptionGroup var workload: WorkloadOptions

    @Option(help: "The arithmetic of matrix products.")
    var precision = Arithmetic.fp32

    @OptionGroup var options: BenchOptions

    func work() throws {
        options.begin()
        let model = withRandomSource(RandomSource(seed: 42)) { BenchModel(workload) }
        let optimizer = AdamW(ParameterGroup.standard(model.network, weightDecay: 0.01), learningRate: 1e-5)
        var losses: [Float] = []
        var report = BenchReport.measure(
            title: "\(workload.title), \(precision.rawValue)", settings: workload.json + [.init("precision", .string(precision.rawValue))],
            examplesPerRun: workload.batch, options: options
        ) {
            losses.append(Self.step(model, optimizer, precision))
        }
        let (first, last) = (losses.first ?? 0, losses.last ?? 0)
        options.logger.debug("loss \(first) at first, \(last) at last")
        report.extra = [.init("first_loss", .number(Double(first))), .init("last_loss", .number(Double(last)))]
        try report.print(json: options.json)
    }

    /// One step; returns the loss.
    private static func step(_ model: BenchModel, _ optimizer: AdamW, _ precision: Arithmetic) -> Float {
        withPrecision(precision == .bf16 ? .bfloat16 : .float32) {
            let loss = withTraining { model.forward().crossEntropy(model.labels) }
            loss.backward()
            optimizer.step()
            optimizer.clearGradients()
            return loss.scalar
        }
    }
}
