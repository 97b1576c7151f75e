import Foundation
import LatheCompression
import LatheFiles
import LatheModels
import LatheNN
import LatheTensor
import LatheTraining

/// Finds how much of a network must go for a forward pass to take a given share of the float network's time.
///
/// Weights and inputs get 8 bits, which takes most of the time away; fewer bits take no more of it in batches. Then
/// feed-forward rows (channels inside the blocks of a residual network) are pruned by magnitude, the same share in
/// every layer, in sixteenths. Times are measured, of the packed model beside the float one. Heads and layers, whose
/// pruning must be learned, are left alone.
public struct LatencySearch {
    public var model: String
    /// What is read while times and damage are measured.
    public var calibration: CalibrationData
    /// Of the float network's time, above 0.
    public var share: Double
    /// Task and labelled files to measure with; its model is this one's.
    public var evaluation: ModelEvaluation?
    /// The type in which everything that is not packed is stored.
    public var floats = DType.float32
    /// Timings of each candidate, whose median counts.
    public var repeats = 5

    public init(model: String, _ calibration: CalibrationData, share: Double) {
        (self.model, self.calibration, self.share) = (model, calibration, share)
    }

    /// A config with what `lathe quantize` makes of the model by it.
    public struct Proposal: Sendable {
        public let config: JSONValue
        /// The share of rows or channels that stay.
        public let kept: Double
        /// The median time of a pass over the data, as a share of the float network's.
        public let timeShare: Double
        public let byteCount: Int
        public let damage: QualityLoss
        public let evaluation: Evaluation?
    }

    /// What came of it.
    public struct Summary: Sendable {
        public let proposal: Proposal
        /// Bytes of the model in f32.
        public let bytesBefore: Int
        public let before: Evaluation?
    }

    /// Steps into which the rows are cut.
    private static let steps = 16

    /// Searches.
    /// - Parameter report: hears of every candidate.
    /// - Throws: `SearchError` for a share that is out of reach, and what is wrong with model or data.
    public func run(report: (Proposal) -> Void = { _ in }) throws -> Summary {
        let opened = try PretrainedModel(directory: model),
            rounding = try SensitivityAnalysis(calibration).rounding(for: opened)
        let probe = try calibration.probe(for: opened)
        probe.keepReference()
        let shape = PrunableShape(opened.network, rounding), before = try evaluation.map { try measured($0, in: model) }
        // What runs floats fastest is what integers must be faster than.
        opened.network.packWeights(.float32)
        func candidate(_ step: Int) throws -> Proposal {
            let proposal = try check(
                shape.config(keeping: Double(step) / Double(Self.steps)), Double(step) / Double(Self.steps),
                beside: probe)
            report(proposal)
            return proposal
        }
        var best = try candidate(Self.steps), (low, high) = (0, Self.steps)
        if best.timeShare > share, !shape.isEmpty {
            while high - low > 1 {
                let middle = (low + high) / 2, next = try candidate(middle)
                if next.timeShare <= share { (low, best) = (middle, next) } else { high = middle }
            }
        }
        guard best.timeShare <= share else {
            throw SearchError.outOfReach(
                goal: "\(share) of the float model's time",
                best: "8 bits" + (shape.isEmpty ? "" : " with 1/\(Self.steps) of the rows") + " take more",
                advice: "allow more, or let a student with fewer layers learn (layer_reduction)", cures: [.compress])
        }
        return Summary(proposal: best, bytesBefore: 4 * shape.parameterCount, before: before)
    }

    private func measured(_ evaluation: ModelEvaluation, in directory: String) throws -> Evaluation {
        var evaluation = evaluation
        evaluation.model = directory
        return try evaluation.run().evaluation
    }

    /// Quantises and prunes the model, and measures what comes out.
    private func check(_ config: JSONValue, _ kept: Double, beside float: OutputProbe) throws -> Proposal {
        let directory = FileManager.default.temporaryDirectory.appendingPathComponent(
            "lathe-search-\(UUID().uuidString)"
        ).path
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let settings = try DeepSpeedConfig(json: config, file: "the proposal")
        var request = PostTrainingQuantization(
            model: model, config: settings, configFile: "the proposal", output: directory)
        (request.floats, request.mayKeepAll) = (floats, true)
        let bytes = try request.run().byteCount
        let probe = try calibration.probe(for: PretrainedModel(directory: directory))
        let times = Stopwatch.interleaved([float.run, probe.run], repeats: repeats)
        return Proposal(
            config: config, kept: kept, timeShare: times[1] / max(times[0], .leastNormalMagnitude), byteCount: bytes,
            damage: float.damage(of: probe),
            evaluation: try evaluation.map { try measured($0, in: directory) })
    }
}

/// What of a network can go without its outer shape changing, as a config says it.
private struct PrunableShape {
    /// A layer and those that shrink along with it.
    private struct Family {
        let path: String
        let related: [String]
    }

    private let rows: [Family]
    private let channels: [Family]
    private let quantized: ProposedConfig
    let parameterCount: Int

    init(_ network: any Module, _ rounding: WeightRounding) {
        let modules = network.namedModules,
            paths = Dictionary(modules.map { (ObjectIdentifier($0.module), $0.path) }) { first, _ in first }
        // What a head reads is one row of a text, and takes no time.
        let heads = (network as? any ShrinkableBlock)?.widths ?? []
        func families(_ technique: Technique) -> [Family] {
            modules.compactMap { path, module in
                if heads.contains(where: { $0.isProduced(by: module) }) { return nil }
                let related = RelatedModules.related(to: module, technique, in: network).compactMap {
                    paths[ObjectIdentifier($0)]
                }
                return related.isEmpty || RelatedModules.isLaterProducer(module, technique, in: network)
                    ? nil : Family(path: path, related: related)
            }
        }
        rows = families(.rowPruning)
        channels = families(.channelPruning)
        parameterCount = network.parameterCount
        let eight = WeightChoice(bits: 8), units = WeightUnit.all(in: network, by: .layer)
        let layers = units.flatMap { unit in
            unit.layers.map {
                (path: $0.path, choice: unit.byteCount(as: eight, rounding, floats: .float32) == nil ? .float : eight)
            }
        }
        quantized = ProposedConfig(
            layers, rounding: rounding,
            readers: Set(units.flatMap(\.layers).filter { $0.layer.kind != .embedding }.map(\.path)))
    }

    var isEmpty: Bool { rows.isEmpty && channels.isEmpty }

    func config(keeping density: Double) throws -> JSONValue {
        var config = try quantized.compression()
        if density < 1 {
            config.rowPruning = try Self.section(rows, density)
            config.channelPruning = try Self.section(channels, density)
        }
        return ProposedConfig.json(config)
    }

    private static func section(_ families: [Family], _ density: Double) throws -> CompressionConfig.StructuredPruning {
        var section = CompressionConfig.StructuredPruning()
        (section.isEnabled, section.method, section.scheduleOffset) = (!families.isEmpty, .l1, 0)
        if !families.isEmpty {
            let patterns = try families.map { try ProposedConfig.pattern($0.path) },
                related = try families.map { try $0.related.map(ProposedConfig.pattern) }
            section.groups = [.init("kept\(density)", .init(density), ModuleScope(patterns, related: related))]
        }
        return section
    }
}
