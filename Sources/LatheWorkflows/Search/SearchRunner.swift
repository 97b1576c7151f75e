import Foundation
import LatheCompression
import LatheFiles
import LatheModels
import LatheNN
import LatheTraining

/// One search on its way.
final class SearchRunner {
    private let search: ConfigSearch
    private let table: SensitivityTable
    private let before: Evaluation?
    private let report: (ConfigSearch.Event) -> Void
    private let probe: OutputProbe
    let network: WholeNetwork
    private let candidates: [[WeightChoice]]
    private let budget: ByteBudget
    /// Bytes of the file beside the weights of units: what stays in floats, and the file's header, as soon as a file
    /// was seen.
    private var otherBytes: Int

    /// What the header may differ from one proposal to another: descriptions of groups.
    private static let headerSlack = 1024
    /// Files that are looked at for a drop.
    private static let trialCount = 8

    /// - Throws: `SearchError.otherModel` where the table does not belong to the model.
    init(
        _ search: ConfigSearch, _ model: PretrainedModel, _ table: SensitivityTable, before: Evaluation?,
        report: @escaping (ConfigSearch.Event) -> Void
    ) throws {
        (self.search, self.table, self.before, self.report) = (search, table, before, report)
        _ = try search.analysis.rounding(for: model)
        let units = WeightUnit.all(in: model.network, by: table.grouping)
        try Self.check(table, fits: units, file: search.table?.file ?? "")
        probe = try search.analysis.calibration.probe(for: model)
        probe.keepReference()
        let witness = try search.analysis.calibration.between.probe(for: model)
        witness.keepReference()
        network = WholeNetwork(units, table.rounding, probe, witness: witness)
        candidates = table.units.map { [.float] + $0.trials.map(\.choice) }
        let width = search.floats.byteWidth
        budget = ByteBudget(
            table.units.map { unit in
                let trials = unit.trials.map {
                    ByteBudget.Option(
                        byteCount: $0.byteCount + Self.headerBytes(of: unit, as: $0.choice), cost: $0.damage.divergence)
                }
                return [.init(byteCount: unit.parameterCount * width, cost: 0)] + trials
            })
        otherBytes = (model.network.parameterCount - table.units.reduce(0) { $0 + $1.parameterCount }) * width
    }

    /// About what the file's header is longer for packed weights: scales beside bytes, scales and shapes beside words,
    /// and their layers' place among the schemes.
    private static func headerBytes(of unit: SensitivityTable.Unit, as choice: WeightChoice) -> Int {
        guard choice != .float else { return 0 }
        let tensors = choice.bits == 8 && choice.density == 1 ? 1 : 2
        return unit.layers.reduce(0) { $0 + tensors * ($1.utf8.count + 85) + $1.utf8.count + 6 }
    }

    private static func check(_ table: SensitivityTable, fits units: [WeightUnit], file: String) throws(SearchError) {
        if let (unit, own) = zip(table.units, units).first(where: {
            $0.name != $1.name || $0.layers != $1.layers.map(\.path)
        }) {
            throw .otherModel(file: file, problem: "it has \(unit.name) where this one has \(own.name)")
        }
        if table.units.count != units.count {
            throw .otherModel(file: file, problem: "it has \(table.units.count) units, this one \(units.count)")
        }
        if let (unit, own) = zip(table.units, units).first(where: { $0.parameterCount != $1.parameterCount }) {
            throw .otherModel(
                file: file,
                problem: "its \(unit.name) has \(unit.parameterCount) weights, and this one's \(own.parameterCount)")
        }
    }

    // MARK: Goals

    /// The proposal of the least damage in a file of at most `bytes`.
    func best(within bytes: Int) throws -> ConfigSearch.Proposal {
        // A first file tells how long headers are.
        try calibrateHeader()
        let goal = "a file of \(bytes) bytes"
        for _ in 0..<4 {
            let room = bytes - otherBytes
            guard let start = budget.choices(within: room) else { break }
            let proposal = try check(refined(start, room))
            if proposal.byteCount <= bytes { return proposal }
            otherBytes += proposal.byteCount - bytes
        }
        let smallest = budget.smallest + otherBytes
        throw SearchError.outOfReach(
            goal: goal, best: "the smallest that these choices give has \(smallest)",
            advice: "allow fewer bits or densities, smaller floats, or more bytes", cures: [.smallerFloats])
    }

    private func calibrateHeader() throws {
        guard let smallest = budget.choices(within: budget.smallest) else { return }
        let proposal = try quantized(smallest, measures: false)
        otherBytes = proposal.byteCount - budget.byteCount(of: smallest) + Self.headerSlack
    }

    /// The smallest file that loses at most `points`.
    func smallest(losing points: Double) throws -> ConfigSearch.Proposal {
        func fits(_ proposal: ConfigSearch.Proposal) -> Bool {
            proposal.drop(from: before).map { $0 <= points } ?? false
        }
        func proposal(_ room: Int) throws -> ConfigSearch.Proposal? {
            try budget.choices(within: room).map { try check($0) }
        }
        var (low, high) = (budget.smallest, budget.largest)
        guard var best = try proposal(high), fits(best) else {
            throw SearchError.outOfReach(
                goal: "a loss of at most \(points) points", best: "the largest of these choices lose more",
                advice: "allow more bits, or give labelled files, which tell losses apart from changes",
                cures: [.measuringFiles])
        }
        for _ in 0..<Self.trialCount where high - low > high / 50 {
            let middle = Int((Double(low) * Double(high)).squareRoot())
            guard let next = try proposal(middle) else { break }
            if fits(next) { (high, best) = (middle, next) } else { low = middle }
        }
        guard search.rounds > 0, let start = budget.choices(within: high) else { return best }
        // What is nearer to the original may still score a little less.
        let improved = try check(refined(start, high))
        return fits(improved) && improved.damage.divergence <= best.damage.divergence ? improved : best
    }

    private func refined(_ start: [Int], _ room: Int) -> [Int] {
        if search.rounds == 0 { return start }
        let refiner = ProposalRefiner(candidates: candidates, options: budget.items, network: network)
        return refiner.refined(start, budget: room, rounds: search.rounds) {
            self.report(.refining(round: $0, done: $1, total: $2))
        }
    }

    // MARK: Checking

    /// Quantises the model as proposed and measures what comes out.
    private func check(_ choices: [Int]) throws -> ConfigSearch.Proposal {
        let proposal = try quantized(choices, measures: true)
        report(.checked(proposal))
        return proposal
    }

    private func quantized(_ choices: [Int], measures: Bool) throws -> ConfigSearch.Proposal {
        let chosen = zip(candidates, choices).map { $0[$1] }, config = try config(chosen)
        let directory = FileManager.default.temporaryDirectory.appendingPathComponent(
            "lathe-search-\(UUID().uuidString)"
        ).path
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let settings = try DeepSpeedConfig(json: config, file: "the proposal")
        var request = PostTrainingQuantization(
            model: search.model, config: settings, configFile: "the proposal", output: directory)
        (request.searchesScales, request.floats, request.mayKeepAll) = (
            table.rounding.searchesScales, search.floats, true
        )
        let bytes = try request.run().byteCount
        guard measures else {
            return ConfigSearch.Proposal(
                choices: chosen, config: config, byteCount: bytes, damage: QualityLoss(divergence: 0, changed: nil),
                evaluation: nil)
        }
        let packed = try search.analysis.calibration.probe(for: PretrainedModel(directory: directory))
        return ConfigSearch.Proposal(
            choices: chosen, config: config, byteCount: bytes, damage: probe.damage(of: packed),
            evaluation: try search.evaluation.map { try search.measured($0, in: directory) })
    }

    private func config(_ chosen: [WeightChoice]) throws -> JSONValue {
        let layers = zip(network.units, chosen).flatMap { unit, choice in
            unit.layers.map { (path: $0.path, choice: choice) }
        }
        let readers = network.units.flatMap(\.layers).filter { $0.layer.kind != .embedding }.map(\.path)
        return try ProposedConfig(layers, rounding: table.rounding, readers: Set(readers)).json()
    }
}
