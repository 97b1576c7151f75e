import ArgumentParser
import Lathe

/// Trains, quantises and measures two small networks.
struct DemoCommand: WorkingCommand {
    static let configuration = CommandConfiguration(
        commandName: "demo",
        abstract: "Train two networks on built-in handwritten digits, quantise them to 8 bits, and compare.",
        discussion: """
            Shows test accuracy, bytes on disk and milliseconds for a batch of \(Demo.timedBatch) images, before and after, all measured. \
            Needs no network.

            Examples:
              lathe demo --quick         less training, for a first look
              lathe demo --out models    keep the models
              lathe demo --json          a last line for scripts: rows of name,
                                         accuracy, bytes, ms, weight_bytes
            """)

    @Flag(help: "Train a third as long.")
    var quick = false

    @Option(name: .customLong("out"), help: ArgumentHelp("Keep the models in this directory.", valueName: "dir"))
    var outputDirectory: String?

    @Option(help: "Decides weights, order of examples and dropout.")
    var seed: UInt64 = 42

    @Flag(help: "End with a line of JSON.")
    var json = false

    func work() throws {
        var options = DemoOptions()
        options.isQuick = quick
        options.outputDirectory = outputDirectory
        options.seed = seed
        var progress = DemoProgress(isQuiet: json)
        defer { progress.finish() }
        let rows = try Demo.run(options) { progress.hear($0) }
        progress.finish()
        let console = Console.current
        try console.print(DemoReport.table(rows))
        if let outputDirectory { try console.print("\nThe models are in \(outputDirectory).") }
        if json { try console.print(DemoReport.json(rows).text()) }
    }
}

/// One progress bar for each network that is trained.
private struct DemoProgress {
    let isQuiet: Bool
    private var network = ""
    private var bar: ProgressBar?

    init(isQuiet: Bool) { self.isQuiet = isQuiet }

    mutating func hear(_ event: DemoEvent) {
        guard case .training(let network, let progress) = event else { return finish() }
        if network != self.network {
            finish()
            self.network = network
            bar = ProgressBar("training \(network)", total: progress.totalSteps, unit: "steps", isQuiet: isQuiet)
        }
        bar?.update(to: progress.step, note: "loss " + Quantity.decimal(Double(progress.loss), 3))
    }

    mutating func finish() {
        bar?.finish()
        bar = nil
    }
}

/// The demo's rows as text and as JSON.
enum DemoReport {
    /// Rows of one network stand together, the first being what the others are compared with.
    static func table(_ rows: [DemoRow]) -> String {
        var table = TextTable(["model", "accuracy", "file", "smaller", "weights", "smaller", "ms / \(Demo.timedBatch)", "faster"])
        for row in rows {
            let network = row.name.prefix { $0 != " " }
            let first = rows.first { $0.name.prefix { $0 != " " } == network } ?? row
            table.add([
                row.name, Quantity.percent(row.accuracy),
                Quantity.bytes(row.bytes), factor(first.bytes, row.bytes),
                Quantity.bytes(row.weightBytes), factor(first.weightBytes, row.weightBytes),
                Quantity.decimal(row.milliseconds, 2), factor(first.milliseconds, row.milliseconds),
            ])
        }
        return table.text
    }

    static func json(_ rows: [DemoRow]) -> JSONValue {
        [
            "rows": .array(
                rows.map { row in
                    [
                        "name": .string(row.name), "accuracy": .number(row.accuracy), "bytes": .integer(row.bytes), "ms": .number(row.milliseconds),
                        "weight_bytes": .integer(row.weightBytes),
                    ]
                })
        ]
    }

    private static func factor(_ before: some BinaryInteger, _ after: some BinaryInteger) -> String { factor(Double(before), Double(after)) }

    private static func factor(_ before: Double, _ after: Double) -> String {
        Quantity.decimal(before / max(after, .leastNormalMagnitude), 2) + "x"
    }
}
