import ArgumentParser
import LatheFiles
import LatheModels

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

    @Option(
        name: .customLong("out"),
        help: ArgumentHelp("Keep the table in this file, for lathe search.", valueName: "file"), completion: .configs)
    var output: String?

    @OptionGroup var threads: ThreadOptions

    @Flag(help: "Print one JSON object instead: group_by, quantize_groups, scales, calibration, units.")
    var json = false

    func validate() throws { try calibration.check(for: source.model) }

    var outputFile: String? { output }
    var inputs: CommandInputs { CommandInputs(models: [source.model], files: calibration.calibration) }

    func work() throws {
        threads.apply()
        let directory = try source.directory(), data = try calibration.data(for: directory)
        let model = try PretrainedModel(directory: directory), display = SearchDisplay(isQuiet: json)
        defer { display.finish() }
        let table = try flags.analysis(data, usual: [8, 4, 2, 1]).run(on: model) {
            display.hear(.measuring(done: $0, total: $1))
        }
        display.finish()
        if let output { try AtomicFile.write(table.json.text(.pretty) + "\n", to: output) }
        let console = Console.current
        try console.print(SensitivityReport.text(table))
        try console.emit(table.json)
    }
}
