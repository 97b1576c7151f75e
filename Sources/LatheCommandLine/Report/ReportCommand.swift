import ArgumentParser
import Foundation
import LatheFiles
import LatheReport

/// Shows what runs came to.
struct ReportCommand: WorkingCommand {
    static let configuration = CommandConfiguration(
        commandName: "report",
        abstract: "Show what runs came to, on a page for browsers: accuracy beside size and time, curves, layers.",
        discussion: """
            Reads what lathe train, compress, quantize and demo --out leave in their directories (lathe.json, training.jsonl); a directory without them is \
            searched for such runs, three levels down. A run that goes on, or was killed, shows its curves. The page is one file that needs no network: \
            report.html in the directory, or where the command runs if there are several. The models that were measured are printed too, in groups of equal \
            task, metric and data; * marks those that no other model of the group beats in score and size, or in score and time.

            Each run times its models at its own moment, so times of different runs are not comparable. --measure opens all models and times them in turn.

            Examples:
              lathe report small
              lathe report sentiment small tiny --out reviews.html
              lathe report models --measure --json
              lathe report models --sensitivity table.json --title "Reviews"
            """)

    @Argument(help: ArgumentHelp("Directories of runs, or with runs below.", valueName: "dir"), completion: .directory)
    var directories: [String]

    @Option(
        parsing: .upToNextOption,
        help: ArgumentHelp("Tables of lathe sensitivity --out to show too.", valueName: "file"), completion: .file())
    var sensitivity: [String] = []

    @Option(
        name: .customLong("out"), help: ArgumentHelp("Where the page goes. (default: report.html)", valueName: "file"),
        completion: .file())
    var output: String?

    @Option(help: "What the report is called. (default: the name of the run, or of the directory)")
    var title: String?

    @Flag(
        help: "Open all models and time them in turn, on the same batch; these times take the place of the runs' own.")
    var measure = false

    @OptionGroup var threads: ThreadOptions

    @Flag(help: "Print one JSON object instead: the whole report, title, date, version, runs, models, sensitivities.")
    var json = false

    @Flag(help: "Replace --out even where it is no report.")
    var overwrite = false

    var outputFile: String? { output }
    var inputs: CommandInputs { CommandInputs(models: directories, files: sensitivity) }

    func work() throws {
        threads.apply()
        var reader = ReportReader(directories)
        (reader.sensitivities, reader.title, reader.measures) = (sensitivity, title, measure)
        let report = try read(reader), console = Console.current
        let path =
            output ?? (directories.count == 1 ? directories[0] + (directories[0].hasSuffix("/") ? "" : "/") : "")
            + "report.html"
        if !overwrite { try ReportFile.checkIsReplaceable(path) }
        try AtomicFile.write(ReportPage(report, commands: Self.commands).html, to: path)
        for run in report.runs where run.record.model.isEmpty {
            run.record.notes.forEach { console.warn("note: \(run.name): \($0)") }
        }
        for model in report.models {
            model.timingProblem.map { console.warn("note: \(model.name) was not timed: \($0)") }
        }
        if !report.models.isEmpty { try console.print(ReportText.text(report) + "\n") }
        try console.print(path)
        try console.emit(text: report.json())
    }

    private static let commands = ReportPage.Commands(
        measure: "lathe report --measure", sensitivity: "lathe sensitivity --out")

    private func read(_ reader: ReportReader) throws -> Report {
        var bar: ProgressBar?
        defer { bar?.finish() }
        return try reader.read { round in
            if bar == nil {
                bar = ProgressBar("timing", total: ReportReader.fewestRounds, unit: "rounds", isQuiet: json)
            }
            if round <= ReportReader.fewestRounds { bar?.update(to: round) }
        }
    }
}

/// The file of a page.
enum ReportFile {
    /// What stands in every page, near its beginning.
    private static let mark = #"<meta name="generator" content="Lathe"#

    /// Makes sure that nothing but a report would be lost.
    /// - Throws: `OccupiedFile`.
    static func checkIsReplaceable(_ path: String) throws {
        guard let file = try? FileHandle(forReadingFrom: URL(fileURLWithPath: path)) else { return }
        defer { try? file.close() }
        let start = try file.read(upToCount: 4096) ?? Data()
        if start.range(of: Data(mark.utf8)) == nil { throw OccupiedFile(path: path) }
    }
}

/// A file that a report would replace.
struct OccupiedFile: DescribedError {
    let path: String

    var description: String {
        "\(path): is there already, and no report; replace it (--overwrite), or name another file (--out)"
    }
}
