import LatheModels
import LatheNN
import LatheTensor

/// Tries choices for the weights of one layer (or block) at a time and measures what they do to a network's outputs.
///
/// ```swift
/// let table = try SensitivityAnalysis(CalibrationData(.text("train.tsv", task: .glue(.sst2)))).run(on: PretrainedModel(directory: "sentiment"))
/// for unit in table.ranked { print(unit.name, unit.trials.map(\.damage.divergence)) }
/// ```
public struct SensitivityAnalysis: Sendable {
    public var calibration: CalibrationData
    public var choices = [8, 4, 2, 1].map { WeightChoice(bits: $0) }
    public var grouping = UnitGrouping.layer
    /// `quantize_groups`; nil for `usualGroupCount(of:)`.
    public var groupCount: Int?
    public var searchesScales = false

    public init(_ calibration: CalibrationData) { self.calibration = calibration }

    /// Measures. The network's weights are afterwards what they were, the very same ones.
    /// - Parameters:
    ///   - model: the model, in floats; it is as before afterwards.
    ///   - report: hears how many of how many trials are done.
    /// - Throws: `SearchError` for a model that cannot be quantised, and what is wrong with the data.
    public func run(on model: PretrainedModel, report: (_ done: Int, _ total: Int) -> Void = { _, _ in }) throws
        -> SensitivityTable
    {
        let rounding = try self.rounding(for: model), units = WeightUnit.all(in: model.network, by: grouping)
        let probe = try calibration.probe(for: model)
        probe.keepReference()
        let total = units.count * choices.count
        var done = 0
        let measured = units.map { unit in
            let trials = choices.compactMap { choice -> SensitivityTable.Trial? in
                defer {
                    done += 1
                    report(done, total)
                }
                return trial(choice, of: unit, rounding, probe)
            }
            return SensitivityTable.Unit(
                name: unit.name, layers: unit.layers.map(\.path), parameterCount: unit.parameterCount, trials: trials)
        }
        return SensitivityTable(grouping: grouping, rounding: rounding, calibration: probe.identity, units: measured)
    }

    private func trial(_ choice: WeightChoice, of unit: WeightUnit, _ rounding: WeightRounding, _ probe: OutputProbe)
        -> SensitivityTable.Trial?
    {
        guard let bytes = unit.byteCount(as: choice, rounding, floats: .float32) else { return nil }
        let trial = WeightTrial(rounding)
        defer { trial.restore() }
        guard trial.apply(choice, to: unit) else { return nil }
        return SensitivityTable.Trial(choice: choice, byteCount: bytes, damage: probe.damage())
    }

    /// How weights are rounded.
    /// - Throws: `SearchError` for packed weights, or for none.
    func rounding(for model: PretrainedModel) throws(SearchError) -> WeightRounding {
        let layers = model.network.namedModules.compactMap { path, module in
            (module as? any CompressibleLayer).map { (path, $0) }
        }
        if let packed = layers.first(where: { $0.1.weight.parameter == nil }) {
            throw .packed(directory: model.directory ?? "", layer: packed.0)
        }
        if layers.isEmpty { throw .nothingToQuantize(architecture: model.configuration.architecture.className) }
        return WeightRounding(
            groupCount: groupCount ?? Self.usualGroupCount(of: model.network), searchesScales: searchesScales)
    }

    /// The largest number of groups that are whole rows, one at least, in every linear layer and convolution with a
    /// hundredth of the weights or more: a scale for each row of the narrowest of them.
    public static func usualGroupCount(of network: any Module) -> Int {
        let shapes = network.namedModules.compactMap { _, module in
            (module as? any ProductLayer)?.weight.parameter?.shape
        }
        let total = shapes.reduce(0) { $0 + $1.elementCount }
        let rows = shapes.filter { $0.elementCount * 100 >= total }.map { $0[0] }
        return max(1, rows.reduce(0, greatestCommonDivisor))
    }

    private static func greatestCommonDivisor(_ left: Int, _ right: Int) -> Int {
        right == 0 ? left : greatestCommonDivisor(right, left % right)
    }
}

extension WeightUnit {
    /// Bytes that its weights take in a file; nil where a layer's shape does not allow the choice, or codes would not
    /// give back its values.
    func byteCount(as choice: WeightChoice, _ rounding: WeightRounding, floats: DType) -> Int? {
        if choice == .float { return parameterCount * floats.byteWidth }
        var sum = 0
        for (_, layer) in layers {
            guard let values = rounding.values(of: layer, as: choice),
                let bytes = rounding.bytes(values, of: layer, floats: floats)
            else { return nil }
            sum += bytes
        }
        return sum
    }
}
