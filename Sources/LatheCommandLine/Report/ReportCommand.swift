import ArgumentParser
import Lathe

/// Shows what runs came to.
struct ReportCommand: WorkingCommand {
    static let configuration = CommandConfiguration(
        commandName: "report",
        abstract: "Show what runs came to: accuracy beside size and time, curves, layers.",
        discussion: """
            Reads what lathe train, compress, quantize and demo --out leave in their directories (lathe.json, training.jsonl); a directory without them is \
            searched for such runs, three levels down. A run that goes on, or was killed, shows its curves. The last lines are the models that were measured, \
            each once; * marks those that no other model beats in score and size, or in score and time.

            Examples:
              lathe report small
              lathe report sentiment small tiny --json
              lathe report models --sensitivity table.json --title "Reviews"
            """)

    @Argument(help: ArgumentHelp("Directories of runs, or with runs below.", valueName: "dir"))
    var directories: [String]

    @Option(parsing: .upToNextOption, help: ArgumentHelp("Tables of lathe sensitivity --out to show too.", valueName: "file"))
    var sensitivity: [String] = []

    @Option(help: "What the report is called. (default: the name of the run, or of the directory)")
    var title: String?

    @Flag(help: "End with a line of JSON: the whole report, title, date, version, runs, models, sensitivities.")
    var json = false

    func work() throws {
        var reader = ReportReader(directories)
        (reader.sensitivities, reader.title) = (sensitivity, title)
        let report = try reader.read(), console = Console.current
        for run in report.runs where run.record.model.isEmpty { run.record.notes.forEach { console.warn("note: \(run.name): \($0)") } }
        if !report.models.isEmpty { try console.print(ReportText.models(report.models)) }
        if json { try console.print(report.json()) }
    }
}

/// A report's models for a terminal.
enum ReportText {
    static func models(_ models: [Report.Model]) -> String {
        var table = TextTable(["model", "measure", "score", "file", "", "ms a batch", ""], leftColumns: 2)
        for model in models {
            table.add([
                model.name, model.measure ?? "", model.score.map { Quantity.decimal($0, 4) } ?? "-", model.bytes.map(Quantity.bytes) ?? "-",
                model.isBestForSize ? "*" : "", model.milliseconds.map { Quantity.decimal($0, 1) } ?? "-", model.isBestForTime ? "*" : "",
            ])
        }
        let batches = models.compactMap(\.batch), first = batches.first
        let batch = batches.allSatisfy { $0 == first } ? first.map { "; a batch is \($0)" } ?? "" : "; batches differ, see --json"
        return table.text + "\n* no other model is as small, or as fast, and better\(batch)"
    }
}
