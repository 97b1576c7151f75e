import LatheFiles
import LatheWorkflows

/// A table of sensitivities as people read it.
enum SensitivityReport {
    static func text(_ table: SensitivityTable) -> String {
        let choices = table.units.flatMap(\.trials).map(\.choice).reduce(into: [WeightChoice]()) {
            if !$0.contains($1) { $0.append($1) }
        }
        let ranking = table.rankingChoice
        var titles = [table.grouping.rawValue, "weights"]
        for choice in choices { titles += choice == ranking ? [choice.name, "changed", "saved"] : [choice.name] }
        var text = TextTable(titles)
        for unit in table.ranked { text.add([unit.name, String(unit.parameterCount)] + cells(unit, choices, ranking)) }
        let lines = [
            "read: \(table.calibration)",
            "divergence in \(isOfNumbers(table) ? "shares of the outputs' variance" : "nats"), one \(table.grouping.rawValue) changed at a time; "
                + "\(table.rounding.groupCount) scales a weight" + (table.rounding.searchesScales ? ", searched" : ""),
        ]
        return ([text.text, ""] + lines).joined(separator: "\n")
    }

    private static func isOfNumbers(_ table: SensitivityTable) -> Bool {
        table.units.flatMap(\.trials).allSatisfy { $0.damage.changed == nil }
    }

    private static func cells(_ unit: SensitivityTable.Unit, _ choices: [WeightChoice], _ ranking: WeightChoice?)
        -> [String]
    {
        choices.flatMap { choice -> [String] in
            guard let trial = unit.trials.first(where: { $0.choice == choice }) else {
                return choice == ranking ? ["-", "-", "-"] : ["-"]
            }
            let divergence = QualityLossText.divergence(trial.damage)
            guard choice == ranking else { return [divergence] }
            return [
                divergence, trial.damage.changed.map(Quantity.percent) ?? "-",
                Quantity.bytes(max(0, unit.byteCount - trial.byteCount)),
            ]
        }
    }
}
