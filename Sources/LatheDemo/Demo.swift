import LatheCompression
import LatheDigits
import LatheFiles
import LatheModels
import LatheTraining
import LatheWorkflows

/// Trains two small networks on the built-in handwritten digits and puts them through everything that compresses:
/// quantised, pruned, with fewer layers, distilled, and some of it together. All is done by the requests that
/// `lathe train`, `lathe compress` and `lathe quantize` are made of.
public struct Demo {
    /// Images in the batch whose time is measured.
    public static let timedBatch = 256
    /// The DeepSpeed config that stands beside each compressed model.
    public static let configFile = "compression.json"

    private let options: DemoOptions
    private let report: (DemoEvent) -> Void
    private let directory: DemoDirectory

    /// Runs the demo; takes minutes.
    /// - Parameters:
    ///   - options: how long it takes, and where its models go.
    ///   - report: hears of every training step.
    /// - Returns: the rows of the table, each network before what was made of it.
    /// - Throws: `TrainingError`, `OutputLockError` while another run writes there, or an error of the file system.
    public static func run(_ options: DemoOptions = .init(), report: @escaping (DemoEvent) -> Void = { _ in }) throws
        -> [DemoRow]
    {
        let directory = try DemoDirectory(options.outputDirectory)
        defer { directory.removeIfTemporary() }
        return try OutputLock.holding(directory: directory.path) {
            try Demo(options: options, report: report, directory: directory).run()
        }
    }

    private func run() throws -> [DemoRow] {
        for network in DemoNetwork.allCases {
            try teach(network)
            for entry in DemoMenu.entries where entry.network == network { try make(entry) }
        }
        report(.measuring(models: DemoNetwork.allCases.count + DemoMenu.entries.count))
        return try DemoNetwork.allCases.flatMap { network in
            let entries = DemoMenu.entries.filter { $0.network == network }
            return try DemoMeasurement.rows(
                network.rawValue,
                [("fp32", directory.path(network.rawValue))] + entries.map { ($0.form, directory.path($0.folder)) })
        }
    }

    // MARK: Models

    /// Trains a network from random weights.
    private func teach(_ network: DemoNetwork) throws {
        let training = request(.preset(network.preset), network, network.teaching(options), to: network.rawValue)
        var hooks = TrainingHooks()
        hooks.observe = { hear($0) }
        report(.began(model: network.rawValue, steps: try steps(training)))
        _ = try training.run(hooks: hooks)
    }

    private func make(_ entry: DemoEntry) throws {
        let start = directory.path(entry.start ?? entry.network.rawValue)
        let training = request(.directory(start), entry.network, entry.network.learning(options), to: entry.folder),
            steps = try steps(training)
        let json = entry.config(steps: steps), file = "\(directory.path(entry.folder))/\(Self.configFile)"
        let config = try DeepSpeedConfig(json: json, file: file)
        switch entry.way {
        case .compress(let distils):
            var request = CompressionRequest(training, config: config, configFile: file)
            if distils {
                (request.teacher, request.distillation) = (
                    directory.path(entry.network.rawValue), DistillationOptions()
                )
            }
            if entry.storesHalves { request.floats = .float16 }
            report(.began(model: "\(entry.network) \(entry.form)", steps: steps))
            _ = try request.run(report: { if case .training(let event) = $0 { hear(event) } })
        case .quantize(let learnsLayers):
            var request = PostTrainingQuantization(
                model: start, config: config, configFile: file, output: directory.path(entry.folder))
            request.overwrites = true
            request.evaluation = ModelEvaluation(model: start, task: .digits)
            if learnsLayers { request.distillation = layerDistillation }
            let layers = learnsLayers ? try PretrainedModel(directory: start).layerCount : 0,
                each = layerDistillation.options.steps
            report(.began(model: "\(entry.network) \(entry.form)", steps: layers * each))
            _ = try request.run {
                if case .step(let layer, let step, let loss) = $0 { report(.step(layer * each + step, loss: loss)) }
            }
        }
        try AtomicFile.write(json.text(.pretty) + "\n", to: file)
    }

    private func request(
        _ start: FineTuning.Start, _ network: DemoNetwork, _ training: TrainingOptions, to folder: String
    ) -> FineTuning {
        var request = FineTuning(model: start, task: .digits, output: directory.path(folder))
        request.options = training
        request.variesImages = network.variesImages
        request.start = .overwrite
        return request
    }

    private func steps(_ training: FineTuning) throws -> Int {
        try training.options.plan(exampleCount: DigitsDataset.loadSplit().train.count).totalSteps
    }

    private func hear(_ event: TrainingEvent) {
        if case .step(let progress) = event { report(.step(progress.step, loss: progress.loss)) }
    }

    /// How each layer learns to make up for its rounding.
    private var layerDistillation: LayerDistillation {
        var distillation = LayerDistillation(.digits)
        (distillation.options.steps, distillation.options.batchSize) = (options.isQuick ? 20 : 100, 64)
        (distillation.options.learningRate, distillation.options.inputs) = (2e-4, .quantized)
        distillation.options.seed = options.seed
        return distillation
    }
}
