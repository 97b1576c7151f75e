import LatheFiles
import LatheReport

/// A report's models for a terminal, a table for each group of comparable scores.
enum ReportText {
    static func text(_ report: Report) -> String {
        var groups: [(title: String, models: [Report.Model])] = []
        for model in report.models {
            let title = model.group ?? model.measure ?? ""
            if let index = groups.firstIndex(where: { $0.title == title }) {
                groups[index].models.append(model)
            } else {
                groups.append((title, [model]))
            }
        }
        return (groups.map { "\($0.title)\n\(table($0.models))" } + [footnotes(report)]).joined(separator: "\n\n")
    }

    private static func table(_ models: [Report.Model]) -> String {
        var table = TextTable(["model", "score", "n", "file", "", "ms a batch", "middle half", "", "speed-up"])
        for model in models {
            table.add([
                model.name, score(model), model.examples.map(String.init) ?? "-",
                model.bytes.map(Quantity.bytes) ?? "-", model.isBestForSize ? "*" : "",
                model.milliseconds.map(milliseconds) ?? "-",
                model.spread.map { "\(milliseconds($0.low))-\(milliseconds($0.high))" } ?? "",
                model.isBestForTime ? "*" : "",
                model.speedUp.map { "\(Quantity.decimal($0.ratio, 2)) over \($0.than)" } ?? "",
            ])
        }
        return table.text
    }

    /// `0.9014 ± 0.0101`
    private static func score(_ model: Report.Model) -> String {
        guard let score = model.score else { return "-" }
        let error = model.standardError.flatMap { $0.isFinite && $0 > 0 ? " ± " + Quantity.decimal($0, 4) : nil } ?? ""
        return Quantity.decimal(score, 4) + error
    }

    private static func milliseconds(_ value: Double) -> String { Quantity.decimal(value, value < 10 ? 2 : 1) }

    /// The meaning of the marks, the batch that was timed, and the machine.
    private static func footnotes(_ report: Report) -> String {
        let batches = report.models.compactMap(\.batch), first = batches.first
        let batch =
            batches.allSatisfy { $0 == first }
            ? first.map { "; a batch is \($0)" } ?? "" : "; batches differ, see --json"
        var lines = ["* no other model is as small, or as fast, and better\(batch)"]
        if report.models.contains(where: { $0.standardError != nil }) {
            lines.append("± is the standard error; differences within it do not count")
        }
        if let times = times(report) { lines.append(times) }
        let environments = report.measurement.map { [$0.environment] } ?? report.runs.map(\.record.environment)
        var machines: [String] = []
        for machine in environments.map(\.machine) where !machine.isEmpty && !machines.contains(machine) {
            machines.append(machine)
        }
        return (lines + machines.prefix(4)).joined(separator: "\n")
    }

    /// A note on which times are comparable; `nil` without times.
    private static func times(_ report: Report) -> String? {
        let timed = report.models.filter { $0.milliseconds != nil }
        if let measurement = report.measurement { return "all models were timed in turn, \(measurement.rounds) rounds" }
        if timed.isEmpty { return nil }
        let isOneMoment = timed.allSatisfy { $0.timedIn != nil && $0.timedIn == timed[0].timedIn }
        return isOneMoment
            ? "the run timed its models in turn"
            : "times of different runs are not comparable; --measure times all models in turn"
    }
}
