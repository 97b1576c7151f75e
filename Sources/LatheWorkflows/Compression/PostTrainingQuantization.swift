import Foundation
import LatheCheckpoints
import LatheCompression
import LatheFiles
import LatheModels
import LatheNN
import LatheTensor
import LatheTraining

/// Makes a config's techniques permanent in a model that is not trained any more (ZeroQuant, arXiv:2206.01861).
public struct PostTrainingQuantization {
    public var model: String
    public var config: DeepSpeedConfig
    /// What messages call the config.
    public var configFile: String
    public var output: String
    /// Whether a model in the output directory is replaced.
    public var overwrites = false
    /// How layers learn to make up for their rounding first; nil goes without.
    public var distillation: LayerDistillation?
    /// Whether weights are stored in their bits; otherwise in floats, from which training can go on.
    public var packs = true
    /// Whether scales are those of the least squared error, and not those of the largest value, as the original's.
    public var searchesScales = false
    /// The type in which everything that is not packed is stored.
    public var floats = DType.float32
    /// Whether a config that asks for nothing is no mistake.
    var mayKeepAll = false
    /// What the model is measured by, before and after, whatever model it names; nil for no measuring.
    public var evaluation: ModelEvaluation?

    public init(model: String, config: DeepSpeedConfig, configFile: String, output: String) {
        (self.model, self.config, self.configFile, self.output) = (model, config, configFile, output)
    }

    /// What came of it.
    public struct Summary {
        public let plan: CompressionPlan
        /// The model before and after, as it was measured; empty without `evaluation`.
        public let stages: [CompressionStage]
        public let byteCount: Int
        /// The distance of the saved model's outputs, as it is read from its files, from those of the fake-quantised
        /// one.
        package let difference: OutputDifference
        /// The largest difference of `difference`, as a share of the largest output.
        public var largestDifference: Float { difference.largest }
        public let seconds: Double
        /// What came of each layer's distillation; empty without.
        public let layers: [LayerDistillationResult]
        /// What is worth knowing.
        public let notes: [String]
    }

    /// Quantises and saves.
    /// - Parameters:
    ///   - report: hears of layers that learn.
    ///   - measuring: hears how many of how many examples a model was measured with.
    /// - Throws: `CompressionConfigError` for a config that does not fit, `CompressionError` for one that needs
    ///   training or for an occupied directory, `OutputLockError` while another run writes there, and what is wrong
    ///   with the model, and with what layers learn from.
    public func run(
        report: @escaping (LayerDistillationEvent) -> Void = { _ in },
        measuring: (_ done: Int, _ total: Int) -> Void = { _, _ in }
    ) throws -> Summary {
        try OutputLock.holding(directory: output) { try quantize(report, measuring) }
    }

    private func quantize(
        _ report: @escaping (LayerDistillationEvent) -> Void, _ measuring: (_ done: Int, _ total: Int) -> Void
    ) throws -> Summary {
        try StagedFiles.removeLeftovers(in: output)
        if !overwrites, FileManager.default.fileExists(atPath: output + "/" + Checkpoint.fileNames[0]), !goesOn {
            throw CompressionError.occupied(directory: output)
        }
        if !mayKeepAll { try config.checkAsksForCompression(file: configFile) }
        try checkNeedsNoTraining()
        let model = try PretrainedModel(directory: model), parametersBefore = model.network.parameterCount
        let compression = try Compression(config.compression, of: model, file: configFile)
        let plan = CompressionPlan(compression)
        var stages: [CompressionStage] = []
        if let scores = try measured(self.model, measuring) {
            let byteCount = try CompressionStage.byteCount(in: self.model)
            stages.append(.init(.before, scores, byteCount: byteCount, parameterCount: parametersBefore))
        }
        let data = evaluation?.scoredData(for: model.network)
        let start = ContinuousClock.now, batch = probeBatch(for: model),
            layersBefore = try LayerStatistics(model.network, watching: batch)
        compression.attach()
        if searchesScales { model.network.searchWeightRanges() }
        compression.finish()
        let layers =
            try distillation?.run(on: model, as: config.compression, in: output, overwrites: overwrites, report: report)
            ?? []
        let outputs = CleaningCheck(model).outputs(), trained = LayerStatistics.weights(of: model.network)
        // In files, so that a model larger than memory can be quantised.
        let (cleaned, parametersAfter, notes) = FileMemory.using(directory: output) {
            let cleaned = compression.clean(), parameters = model.network.parameterCount
            return (cleaned, parameters, cleaned.notes + (packs ? cleaned.pack() : []))
        }
        let summary = try StagedFiles.writeModel(into: output) { staging in
            try cleaned.applied(to: model).save(to: staging, floats: floats)
            let (difference, layersAfter) = try FileMemory.using(directory: output) {
                let difference = OutputDifference(
                    of: try PretrainedModel(directory: staging), from: outputs, floats: floats,
                    hasBorderDifference: cleaned.hasBorderDifference)
                return (
                    difference, try LayerStatistics(model.network, floats: floats, watching: batch, trained: trained)
                )
            }
            let seconds = (ContinuousClock.now - start) / .seconds(1),
                end = packs ? CompressionStage.Kind.packed : .cleaned
            let byteCount = try CompressionStage.byteCount(in: staging)
            if let scores = try measured(staging, measuring) {
                stages.append(.init(end, scores, byteCount: byteCount, parameterCount: parametersAfter))
                CompressionStage.time(&stages, in: [.before: self.model, end: staging])
            }
            let summary = Summary(
                plan: plan, stages: stages, byteCount: byteCount, difference: difference, seconds: seconds,
                layers: layers, notes: notes)
            var record = try record(of: summary, parametersBefore, parametersAfter, scoredOn: data)
            (record.layers, record.layerInputs) = (layersAfter.records(before: layersBefore), batch.name)
            try record.write(into: staging)
            return summary
        }
        // What a killed run goes on with stays until everything else is there.
        if distillation != nil { try LayerProgress.remove(LayerDistillation.directory(in: output)) }
        return summary
    }

    /// What the model in `directory` scores; nil where nothing is measured.
    private func measured(_ directory: String, _ report: (Int, Int) -> Void) throws -> Evaluation? {
        guard var evaluation else { return nil }
        evaluation.model = directory
        return try evaluation.run(report: report).evaluation
    }

    /// Whether a distillation goes on that was killed with its model written and its layers not removed yet.
    private var goesOn: Bool {
        distillation?.resumes == true && FileManager.default.fileExists(atPath: LayerDistillation.directory(in: output))
    }

    /// A warning about weights of so few bits that rounding alone loses most of the accuracy; nil if there are none, or
    /// if layers learn first.
    public var trainingNote: String? {
        let weights = config.compression.weightQuantization
        guard weights.isEnabled, distillation == nil, let bits = weights.groups.map(\.parameters.targetBits).min(),
            bits <= 2
        else { return nil }
        return
            "weights of \(bits == 1 ? "1 bit" : "2 bits") are rounded without training, which costs most of the accuracy (in one measured case 0.74 fell to "
            + "0.56); train under the config instead"
    }

    private func checkNeedsNoTraining() throws(CompressionError) {
        let config = config.compression
        if config.layerReduction.isEnabled { throw .needsTraining("layer_reduction") }
        if config.headPruning.isEnabled { throw .needsTraining("head_pruning") }
        if config.rowPruning.isEnabled, config.rowPruning.method == .topK { throw .needsTraining("row_pruning") }
        if config.channelPruning.isEnabled, config.channelPruning.method == .topK {
            throw .needsTraining("channel_pruning")
        }
        if config.sparsePruning.isEnabled, config.sparsePruning.method != .l1 { throw .needsTraining("sparse_pruning") }
        if config.activationQuantization.isEnabled, config.activationQuantization.rangeCalibration == .static {
            throw .needsTraining("activation_quantization with a static range")
        }
    }
}

extension Module {
    /// Makes quantisers of weights search the ranges of their grids.
    fileprivate func searchWeightRanges() {
        for (_, module) in namedModules {
            for case let quantizer as WeightQuantizer in (module as? any CompressibleLayer)?.weightTransforms ?? [] {
                quantizer.searchesRange = true
            }
        }
    }
}
