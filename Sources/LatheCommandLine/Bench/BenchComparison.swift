import LatheFiles

/// The times of several models that ran in turn.
struct BenchComparison {
    /// `batch 8, sequence 128`
    let title: String
    /// One for each model; the others are compared with the first.
    let reports: [BenchReport]

    /// Prints the comparison, and as JSON if asked.
    func print() throws {
        var table = TextTable([title, "median ms", "95% within", "fastest", "of the first", "times as fast"])
        for report in reports {
            let times = report.times, ratio = report.ratios.median
            table.add(
                [report.title] + [times.median, times.quantile(0.95), times.minimum].map { Quantity.decimal($0, 2) }
                    + [Quantity.decimal(ratio, 3), Quantity.decimal(1 / max(ratio, .leastNormalMagnitude), 2)])
        }
        try Console.current.print(table.text)
        try Console.current.emit(value)
    }

    /// `{models: [{…, ratio, speed_up}]}`: what a single model has, its time divided by the first one's in the median
    /// of the rounds, and the inverse.
    private var value: JSONValue {
        let models = reports.map { report -> JSONValue in
            let ratio = report.ratios.median
            return .object(
                (report.value.object ?? [])
                    + [
                        .init("ratio", .number(ratio)),
                        .init("speed_up", .number(1 / max(ratio, .leastNormalMagnitude))),
                    ])
        }
        return ["models": .array(models)]
    }
}
