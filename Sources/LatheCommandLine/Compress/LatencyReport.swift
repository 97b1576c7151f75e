import LatheFiles
import LatheWorkflows

/// What a search for a latency found, as text and as JSON.
enum LatencyReport {
    /// `8 bits, 0.5 of the rows: 0.31x the time, 12.6 MB, divergence …`
    static func line(_ proposal: LatencySearch.Proposal) -> String {
        let rows = proposal.kept < 1 ? ", \(proposal.kept) of the rows" : ""
        let score = proposal.evaluation.map { ", " + EvaluationText.line($0) } ?? ""
        return
            "8 bits\(rows): \(Quantity.decimal(proposal.timeShare, 2))x the time, \(Quantity.bytes(proposal.byteCount)), \(QualityLossText.line(proposal.damage))\(score)"
    }

    static func text(_ summary: LatencySearch.Summary) -> String {
        var lines = [line(summary.proposal), "\(Quantity.bytes(summary.bytesBefore)) in f32"]
        if let before = summary.before { lines.append("before: \(EvaluationText.line(before))") }
        return lines.joined(separator: "\n")
    }

    static func json(_ summary: LatencySearch.Summary, output: String) -> JSONValue {
        let proposal = summary.proposal
        return [
            "out": .string(output), "bytes": .integer(proposal.byteCount),
            "bytes_before": .integer(summary.bytesBefore),
            "divergence": .number(proposal.damage.divergence),
            "changed": proposal.damage.changed.map(JSONValue.number) ?? .null,
            "before": summary.before?.json ?? .object([]), "after": proposal.evaluation?.json ?? .object([]),
            "kept": .number(proposal.kept),
            "time_share": .number(proposal.timeShare),
        ]
    }
}
