import LatheFiles
import LatheTraining

/// What files hold, as people read it.
enum DataText {
    /// Classes that are listed at most.
    private static let classLimit = 30

    /// Shows, on stderr, files, columns, classes and the score of the commonest answer.
    static func show(_ data: DataSummary) {
        showColumns(data)
        let console = Console.current
        let share = data.devShare.map { "held back by --dev-share \($0)" } ?? "to measure with"
        console.warn(
            "\(data.trainCount) examples to learn from" + (data.devCount > 0 ? ", \(data.devCount) \(share)" : ""))
        if let line = classes(data) { console.warn(line) }
        if let baseline = data.baseline {
            console.warn(
                "baseline: always \(baseline.answer) has \(baseline.metric) \(Quantity.decimal(baseline.value, 4))")
        }
    }

    /// Shows, on stderr, the columns that were taken.
    static func showColumns(_ data: DataSummary) {
        let console = Console.current
        for file in data.files {
            if let columns = file.columns { console.warn("\(file.path): \(columns.summary)") }
        }
        if let names = data.numberedLabels {
            let listed = names.prefix(classLimit).enumerated().map { "\($0) is '\($1)'" }.joined(separator: ", ")
            console.warn(
                "note: labels are numbers of the model's classes: \(listed)" + (names.count > classLimit ? ", …" : ""))
        }
    }

    /// `4 classes: billing 120 (40.0%), refund 90 (30.0%), …`, the commonest first; `nil` for numbers.
    private static func classes(_ data: DataSummary) -> String? {
        guard !data.classes.isEmpty else { return nil }
        let ordered = data.classes.enumerated().sorted { ($1.element.count, $0.offset) < ($0.element.count, $1.offset) }
            .map(\.element)
        let listed = ordered.prefix(classLimit).map {
            "\($0.name) \($0.count) (\(Quantity.percent(Double($0.count) / Double(max(data.trainCount, 1)))))"
        }
        let rest = ordered.count - listed.count
        return "\(ordered.count) classes: " + listed.joined(separator: ", ") + (rest > 0 ? ", and \(rest) more" : "")
    }
}
