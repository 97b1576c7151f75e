import LatheFiles
import LatheWorkflows

/// What a search found, as text and as JSON.
enum SearchReport {
    static func text(_ summary: ConfigSearch.Summary) -> String {
        let proposal = summary.proposal
        var table = TextTable([summary.table.grouping.rawValue, "weights", "becomes", "alone"])
        for (unit, choice) in zip(summary.table.units, proposal.choices) {
            let alone = unit.trials.first { $0.choice == choice }.map { QualityLossText.divergence($0.damage) } ?? "0"
            table.add([unit.name, String(unit.parameterCount), choice.name, alone])
        }
        var lines = [
            table.text, "",
            "\(Quantity.bytes(summary.bytesBefore)) in f32 -> \(Quantity.bytes(proposal.byteCount)) "
                + "(\(Quantity.decimal(Double(proposal.byteCount) / Double(max(summary.bytesBefore, 1)), 3))x), \(QualityLossText.line(proposal.damage))",
        ]
        if let before = summary.before { lines.append("before: \(EvaluationText.line(before))") }
        if let after = proposal.evaluation { lines.append("after:  \(EvaluationText.line(after))") }
        return lines.joined(separator: "\n")
    }

    static func json(_ summary: ConfigSearch.Summary, output: String) -> JSONValue {
        let proposal = summary.proposal
        let layers = zip(summary.table.units, proposal.choices).flatMap { unit, choice in
            unit.layers.map { path -> JSONValue in
                [
                    "path": .string(path), "bits": choice.bits.map(JSONValue.integer) ?? .null,
                    "density": .number(choice.density),
                ]
            }
        }
        return [
            "out": .string(output), "bytes": .integer(proposal.byteCount),
            "bytes_before": .integer(summary.bytesBefore),
            "divergence": .number(proposal.damage.divergence),
            "changed": proposal.damage.changed.map(JSONValue.number) ?? .null,
            "before": summary.before?.json ?? .object([]), "after": proposal.evaluation?.json ?? .object([]),
            "layers": .array(layers),
        ]
    }
}
