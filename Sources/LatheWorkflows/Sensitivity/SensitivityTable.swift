import LatheFiles

/// What happens to a network's outputs when the weights of one layer, or of a block of them, get fewer bits or zeros,
/// and what it saves.
public struct SensitivityTable: Sendable, Hashable {
    /// A choice that was tried for one unit, all others being as they were.
    public struct Trial: Sendable, Hashable {
        public let choice: WeightChoice
        /// Bytes that the unit's weights take in the file then, f32 where they are no codes.
        public let byteCount: Int
        public let damage: QualityLoss
    }

    /// One layer, or several that are decided together.
    public struct Unit: Sendable, Hashable {
        public let name: String
        /// The paths of its layers.
        public let layers: [String]
        /// Its weights, without biases.
        public let parameterCount: Int
        /// In the order of the choices that were asked for, without those that its shape does not allow.
        public let trials: [Trial]

        /// Bytes of its weights in f32.
        public var byteCount: Int { 4 * parameterCount }
    }

    /// More than any layer has; sums over the layers of any network stay numbers.
    fileprivate static let mostParameters = 1 << 40

    public let grouping: UnitGrouping
    public let rounding: WeightRounding
    /// What the network read.
    public let calibration: String
    /// In the order of the network.
    public let units: [Unit]

    public init(grouping: UnitGrouping, rounding: WeightRounding, calibration: String, units: [Unit]) {
        (self.grouping, self.rounding, self.calibration, self.units) = (grouping, rounding, calibration, units)
    }

    /// The choice by which units are ranked: 4 bits where that was tried, otherwise the first that was.
    public var rankingChoice: WeightChoice? {
        let choices = units.flatMap(\.trials).map(\.choice)
        return choices.first { $0 == WeightChoice(bits: 4) } ?? choices.first
    }

    /// The units, the most sensitive one first; those that cannot take the ranking choice come last.
    public var ranked: [Unit] {
        func divergence(_ unit: Unit) -> Double {
            unit.trials.first { $0.choice == rankingChoice }?.damage.divergence ?? -1
        }
        return units.enumerated().sorted { (divergence($0.element), $1.offset) > (divergence($1.element), $0.offset) }
            .map(\.element)
    }
}

extension SensitivityTable {
    /// The content of a file; read again, it gives an equal table.
    public var json: JSONValue {
        [
            "group_by": .string(grouping.rawValue), "quantize_groups": .integer(rounding.groupCount),
            "scales": .string(rounding.searchesScales ? "search" : "original"),
            "calibration": .string(calibration), "units": .array(units.map(\.json)),
        ]
    }

    /// Reads the file at `path`.
    /// - Throws: `SearchError.table` with everything that is wrong in it, or `FileError`.
    public init(path: String) throws {
        let file = try MappedFile(path: path), root: JSONValue
        do throws(JSONError) { root = try StrictJSON.parse(file) } catch {
            throw SearchError.table(file: path, problems: ["not valid JSON: \(error)"])
        }
        guard root.object != nil else {
            throw SearchError.table(file: path, problems: ["expected an object, got \(root.kind)"])
        }
        let fields = JSONFields(root)
        grouping = fields.choice("group_by", ["layer": .layer, "block": .block])
        rounding = WeightRounding(
            groupCount: fields.integer("quantize_groups", in: 1...1_000_000_000),
            searchesScales: fields.choice("scales", ["original": false, "search": true]))
        calibration = fields.value("calibration", "a text", stopgap: "") { $0.string }
        var units: [Unit] = []
        for (index, value) in fields.value("units", "a list", stopgap: [], { $0.array }).enumerated() {
            let unit = JSONFields(value.object == nil ? [:] : value, prefix: "units[\(index)].")
            units.append(Unit(unit))
            unit.problems.forEach { fields.report(.init($0.key), $0.text) }
        }
        self.units = units
        if !fields.problems.isEmpty {
            throw SearchError.table(file: path, problems: fields.problems.map(\.description))
        }
    }
}

extension SensitivityTable.Unit {
    fileprivate var json: JSONValue {
        [
            "name": .string(name), "layers": .array(layers.map(JSONValue.string)),
            "parameters": .integer(parameterCount), "bytes": .integer(byteCount),
            "trials": .array(
                trials.map { trial in
                    [
                        "bits": trial.choice.bits.map(JSONValue.integer) ?? .null,
                        "density": .number(trial.choice.density), "bytes": .integer(trial.byteCount),
                        "saved": .integer(byteCount - trial.byteCount), "divergence": .number(trial.damage.divergence),
                        "changed": trial.damage.changed.map(JSONValue.number) ?? .null,
                    ]
                }),
        ]
    }

    fileprivate init(_ fields: JSONFields) {
        name = fields.value("name", "a text", stopgap: "") { $0.string }
        layers = fields.value("layers", "a list of paths", stopgap: []) { $0.array.map { $0.compactMap(\.string) } }
        parameterCount = fields.integer("parameters", in: 1...SensitivityTable.mostParameters)
        trials = fields.value("trials", "a list of trials", stopgap: []) { value in
            value.array?.compactMap(SensitivityTable.Trial.init).nonEmpty(count: value.array?.count ?? 0)
        }
    }
}

extension Array {
    /// This list if it is as long as it should be.
    fileprivate func nonEmpty(count: Int) -> Self? { self.count == count ? self : nil }
}

extension SensitivityTable.Trial {
    /// Nil for what is no trial. A divergence that is no number was infinite.
    fileprivate init?(_ value: JSONValue) {
        guard let bytes = value["bytes"]?.integer, (0...8 * SensitivityTable.mostParameters).contains(bytes),
            let density = value["density"]?.double, density > 0, density <= 1
        else { return nil }
        let bits = value["bits"]?.integer, divergence = value["divergence"]?.double ?? .infinity
        if let bits, !(1...8).contains(bits) { return nil }
        self.init(
            choice: WeightChoice(bits: bits, density: density), byteCount: bytes,
            damage: QualityLoss(divergence: divergence, changed: value["changed"]?.double))
    }
}
