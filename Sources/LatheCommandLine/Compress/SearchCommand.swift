import ArgumentParser
import LatheFiles
import LatheTraining
import LatheWorkflows

/// Finds bits for each layer.
struct SearchCommand: WorkingCommand {
    static let configuration = CommandConfiguration(
        commandName: "search",
        abstract:
            "Find bits, and densities, for each layer that harm the model least within a size: a config for lathe plan, quantize and compress.",
        discussion: """
            Each layer is tried by itself (lathe sensitivity), the best choices within the budget are taken, and the whole is measured and improved. Every \
            proposal is quantised and packed: sizes are those of files. --max-drop takes the smallest file that loses at most so many points of the task's \
            measure on --dev, or so many percent of equal answers without labelled files. --latency takes 8 bits everywhere and prunes feed-forward rows (channels \
            inside residual blocks) by magnitude, alike in all layers, until the packed model's measured time is that share of the float one's; let it learn with \
            lathe compress afterwards.

            Examples:
              lathe search --model sentiment --calibration train.tsv --task sst2 \\
                --size 12MB --out config.json
              lathe search --model sentiment --calibration train.tsv --task sst2 \\
                --max-drop 0.5 --dev dev.tsv --out config.json
              lathe search --model digits --task digits --size 0.1x --sensitivity table.json \\
                --out config.json
              lathe search --model sentiment --calibration train.tsv --task sst2 \\
                --latency 0.3x --out config.json
            """)

    @OptionGroup var source: ModelOptions
    @OptionGroup var calibration: CalibrationFlags

    @Option(
        help: "The most bytes of the file: 30MB, 500kB, or a share of the model's in f32: 0.3x.", transform: Self.size)
    var size: ConfigSearch.Goal?

    @Option(name: .customLong("max-drop"), help: "The most points to lose.")
    var maxDrop: Double?

    @Option(
        help: "The most time of a pass over the calibration data, as a share of the float model's: 0.3x.",
        transform: Self.share)
    var latency: Double?

    @Option(
        help: ArgumentHelp("What lathe sensitivity --out has measured. (default: measure now)", valueName: "file"),
        completion: .configs)
    var sensitivity: String?

    @Option(
        parsing: .upToNextOption,
        help: ArgumentHelp("Labelled files of the task to measure proposals with.", valueName: "file"),
        completion: .file())
    var dev: [String] = []

    @Option(help: "Rounds in which a proposal is improved as a whole.")
    var rounds = 2

    @Option(help: "How everything that is not packed is stored.")
    var floats = PackingFlags.Floats.float32

    @Option(
        name: .customLong("out"), help: ArgumentHelp("Where the config goes.", valueName: "file"), completion: .configs)
    var output: String

    @OptionGroup(title: "What is tried") var flags: SensitivityFlags

    @OptionGroup var threads: ThreadOptions

    @Flag(
        help:
            "Print one JSON object instead: out, bytes, bytes_before, divergence, changed, before, after, layers; with --latency kept and time_share."
    )
    var json = false

    func validate() throws {
        if [size != nil, maxDrop != nil, latency != nil].count(where: { $0 }) != 1 {
            throw ValidationError("Give one goal: --size, --max-drop or --latency.")
        }
        if latency != nil, let option = flags.given ?? sensitivity.map({ _ in "--sensitivity" }) {
            throw ValidationError("\(option) is about bits of layers; --latency takes 8 everywhere.")
        }
        if let maxDrop, !(maxDrop >= 0 && maxDrop <= 100) {
            throw ValidationError("--max-drop takes points from 0 to 100, got \(maxDrop).")
        }
        if sensitivity != nil, let option = flags.given {
            throw ValidationError("\(option) is what a table is measured with; leave it out with --sensitivity.")
        }
        if !dev.isEmpty { _ = try CalibrationTask.ofLabelled(given: calibration.task, model: source.model) }
        try BenchOptions.check(rounds, in: 0...100, "--rounds")
        try calibration.check(for: source.model)
    }

    var outputFile: String? { output }
    var inputs: CommandInputs {
        CommandInputs(models: [source.model], files: calibration.calibration + dev + [sensitivity].compactMap { $0 })
    }

    func work() throws {
        threads.apply()
        let directory = try source.directory(), console = Console.current
        if let latency { return try search(latency: latency, directory) }
        let goal = size ?? .drop(points: maxDrop ?? 0)
        var search = ConfigSearch(
            model: directory, flags.analysis(try calibration.data(for: directory), usual: [8, 4, 3, 2, 1]), goal: goal)
        search.table = try sensitivity.map { (try SensitivityTable(path: $0), $0) }
        (search.floats, search.rounds, search.evaluation) = (floats.dtype, rounds, try evaluation(directory))
        let display = SearchDisplay(isQuiet: json)
        defer { display.finish() }
        let summary = try search.run { display.hear($0) }
        display.finish()
        try AtomicFile.write(summary.proposal.config.text(.pretty) + "\n", to: output)
        try console.print(SearchReport.text(summary))
        try console.print("\(output): try it with")
        try console.print(
            "  lathe quantize --model \(source.model) --config \(output) --out DIR" + quantizeOptions(summary.table))
        try console.emit(SearchReport.json(summary, output: output))
    }

    private func search(latency: Double, _ directory: String) throws {
        var search = LatencySearch(model: directory, try calibration.data(for: directory), share: latency)
        (search.floats, search.evaluation) = (floats.dtype, try evaluation(directory))
        let console = Console.current, summary = try search.run { console.warn("proposal: \(LatencyReport.line($0))") }
        try AtomicFile.write(summary.proposal.config.text(.pretty) + "\n", to: output)
        try console.print(LatencyReport.text(summary))
        try console.print("\(output): try it with")
        try console.print(
            "  lathe quantize --model \(source.model) --config \(output) --out DIR"
                + (floats == .float32 ? "" : " --floats \(floats.rawValue)"))
        try console.emit(LatencyReport.json(summary, output: output))
    }

    private func quantizeOptions(_ table: SensitivityTable) -> String {
        (table.rounding.searchesScales ? " --scales search" : "")
            + (floats == .float32 ? "" : " --floats \(floats.rawValue)")
    }

    /// Labelled data to measure with; the built-in digits need no files.
    private func evaluation(_ directory: String) throws -> ModelEvaluation? {
        let learned = calibration.task ?? TaskName(learnedBy: directory)
        if dev.isEmpty, learned != .digits { return nil }
        let task = try CalibrationTask.ofLabelled(given: learned, model: directory)
        var evaluation = ModelEvaluation(model: directory, task: task, files: dev)
        evaluation.maxLength = calibration.maxLength
        evaluation.columns = TextColumns(learnedBy: directory)
        return evaluation
    }

    private static func share(_ text: String) throws -> Double {
        if let share = Double(text.hasSuffix("x") ? String(text.dropLast()) : text), share > 0, share <= 1 {
            return share
        }
        throw ValidationError("'\(text)' is no share; write it like 0.3x.")
    }

    private static func size(_ text: String) throws -> ConfigSearch.Goal {
        let units: [(String, Double)] = [("kB", 1e3), ("KB", 1e3), ("MB", 1e6), ("GB", 1e9), ("B", 1), ("", 1)]
        if text.hasSuffix("x"), let share = Double(text.dropLast()), share > 0, share <= 1 { return .share(share) }
        if let (unit, factor) = units.first(where: { text.hasSuffix($0.0) }),
            let number = Double(text.dropLast(unit.count)), number * factor >= 1, number * factor < 1e15
        {
            return .bytes(Int(number * factor))
        }
        throw ValidationError("'\(text)' is no size; write it like 30MB, 500kB or 0.3x.")
    }
}
