import Foundation
import LatheFiles
import LatheModels
import LatheTensor
import LatheTraining

/// Finds bits, and densities, for each layer of a model: the least damage within a size, or the least size within a
/// drop.
///
/// ```swift
/// var search = ConfigSearch(model: "sentiment", SensitivityAnalysis(CalibrationData(.text("train.tsv", task: .glue(.sst2)))), goal: .bytes(12_000_000))
/// let summary = try search.run()
/// try AtomicFile.write(summary.config.text(.pretty), to: "config.json")    // for lathe plan, quantize, compress
/// ```
public struct ConfigSearch {
    /// What is asked for.
    public enum Goal: Sendable, Hashable {
        /// The most bytes of `model.safetensors`.
        case bytes(Int)
        /// The most bytes, as a share of the model's in f32.
        case share(Double)
        /// The smallest file that loses at most so many points: of the task's measure (a perplexity's percent) with
        /// labelled files, of equal answers without.
        case drop(points: Double)
    }

    public var model: String
    /// What is tried on which data.
    public var analysis: SensitivityAnalysis
    public var goal: Goal
    /// What was measured before, and where it lies; nil measures now.
    public var table: (table: SensitivityTable, file: String)?
    /// The type in which everything that is not packed is stored.
    public var floats = DType.float32
    /// Rounds in which a proposal is improved as a whole.
    public var rounds = 2
    /// Task and labelled files to measure with; its model is this one's.
    public var evaluation: ModelEvaluation?

    public init(model: String, _ analysis: SensitivityAnalysis, goal: Goal) {
        (self.model, self.analysis, self.goal) = (model, analysis, goal)
    }

    /// What a search tells while it goes on.
    public enum Event: Sendable {
        /// Layers that are tried one by one.
        case measuring(done: Int, total: Int)
        /// A proposal that is improved.
        case refining(round: Int, done: Int, total: Int)
        /// A proposal that was quantised, packed and measured.
        case checked(Proposal)
    }

    /// A config with what `lathe quantize` makes of the model by it.
    public struct Proposal: Sendable {
        /// What was chosen for each unit of the table, in its order.
        public let choices: [WeightChoice]
        /// The config, ready to be written.
        public let config: JSONValue
        /// Bytes of `model.safetensors`.
        public let byteCount: Int
        /// How far the packed model's outputs are from the original's.
        public let damage: QualityLoss
        /// What the packed model scores; nil without labelled files.
        public let evaluation: Evaluation?
    }

    /// What came of it.
    public struct Summary: Sendable {
        public let proposal: Proposal
        public let table: SensitivityTable
        /// Bytes of the model in f32.
        public let bytesBefore: Int
        /// What the model scores as it is; nil without labelled files.
        public let before: Evaluation?

        /// What is lost in points; nil where there is nothing to tell it by.
        public var drop: Double? { proposal.drop(from: before) }
    }

    /// Searches.
    /// - Throws: `SearchError` for a goal that is out of reach, and what is wrong with model or data.
    public func run(report: @escaping (Event) -> Void = { _ in }) throws -> Summary {
        let opened = try PretrainedModel(directory: model)
        let table = try self.table?.table ?? analysis.run(on: opened) { report(.measuring(done: $0, total: $1)) }
        let before = try evaluation.map { try measured($0, in: model) }
        let runner = try SearchRunner(self, opened, table, before: before, report: report)
        defer { runner.network.restore() }
        let proposal =
            switch goal {
            case .bytes(let bytes): try runner.best(within: bytes)
            case .share(let share): try runner.best(within: Int(share * Double(4 * opened.network.parameterCount)))
            case .drop(let points): try runner.smallest(losing: points)
            }
        return Summary(proposal: proposal, table: table, bytesBefore: 4 * opened.network.parameterCount, before: before)
    }

    /// What the model in `directory` scores.
    func measured(_ evaluation: ModelEvaluation, in directory: String) throws -> Evaluation {
        var evaluation = evaluation
        evaluation.model = directory
        return try evaluation.run().evaluation
    }
}

extension ConfigSearch.Proposal {
    /// Points that it loses against what the original scores, or of answers that are the original's; nil for outputs
    /// that are no classes, without a score.
    func drop(from before: Evaluation?) -> Double? {
        guard let before, let evaluation else { return damage.changed.map { 100 * $0 } }
        if before.isHigherBetter { return 100 * (before.primaryValue - evaluation.primaryValue) }
        return 100 * (evaluation.primaryValue / before.primaryValue - 1)
    }
}
