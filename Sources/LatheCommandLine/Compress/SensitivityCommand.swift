import ArgumentParser
import Lathe

/// Ranks layers by what rounding them does.
struct SensitivityCommand: WorkingCommand {
    static let configuration = CommandConfiguration(
        commandName: "sensitivity",
        abstract: "Round or prune one layer at a time, and rank layers by what that does to the model's outputs.",
        discussion: """
            Measured on texts or images without labels: the Kullback-Leibler divergence of the outputs from those of the model as it is, and the share of answers \
            that change. --out keeps the table for lathe search.

            Examples:
              lathe sensitivity --model sentiment --calibration train.tsv --task sst2
              lathe sensitivity --model gpt2 --calibration text.txt --bits 4 --group-by block
              lathe sensitivity --model digits --task digits --prune 0.5 --out table.json
            """)

    @OptionGroup var source: ModelOptions
    @OptionGroup var calibration: CalibrationFlags
    @OptionGroup var flags: SensitivityFlags

    @Option(name: .customLong("out"), help: ArgumentHelp("Keep the table in this file, for lathe search.", valueName: "file"))
    var output: String?

    @OptionGroup var threads: ThreadOptions

    @Flag(help: "End with a line of JSON: group_by, quantize_groups, scales, calibration, units.")
    var json = false

    var outputFile: String? { output }

    func work() throws {
        threads.apply()
        let model = try PretrainedModel(directory: try source.directory()), display = SearchDisplay(isQuiet: json)
        defer { display.finish() }
        let table = try flags.analysis(calibration.data, usual: [8, 4, 2, 1]).run(on: model) { display.hear(.measuring(done: $0, total: $1)) }
        display.finish()
        if let output { try AtomicFile.write(table.json.text(.pretty) + "\n", to: output) }
        let console = Console.current
        try console.print(SensitivityReport.text(table))
        if json { try console.print(table.json.text()) }
    }
}

/// A table of sensitivities as people read it.
enum SensitivityReport {
    static func text(_ table: SensitivityTable) -> String {
        let choices = table.units.flatMap(\.trials).map(\.choice).reduce(into: [WeightChoice]()) { if !$0.contains($1) { $0.append($1) } }
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

    private static func isOfNumbers(_ table: SensitivityTable) -> Bool { table.units.flatMap(\.trials).allSatisfy { $0.damage.changed == nil } }

    private static func cells(_ unit: SensitivityTable.Unit, _ choices: [WeightChoice], _ ranking: WeightChoice?) -> [String] {
        choices.flatMap { choice -> [String] in
            guard let trial = unit.trials.first(where: { $0.choice == choice }) else { return choice == ranking ? ["-", "-", "-"] : ["-"] }
            let divergence = DamageText.divergence(trial.damage)
            guard choice == ranking else { return [divergence] }
            return [divergence, trial.damage.changed.map(Quantity.percent) ?? "-", Quantity.bytes(max(0, unit.byteCount - trial.byteCount))]
        }
    }
}

/// What was done to a model's outputs, as people read it.
enum DamageText {
    static func divergence(_ damage: Damage) -> String {
        damage.divergence.isFinite ? Quantity.decimal(damage.divergence, damage.divergence < 0.01 ? 6 : 4) : "inf"
    }

    /// `divergence 0.0123, 1.6% of answers changed`
    static func line(_ damage: Damage) -> String {
        "divergence \(divergence(damage))" + (damage.changed.map { ", \(Quantity.percent($0)) of answers changed" } ?? "")
    }
}
