import ArgumentParser
import LatheDemo
import LatheFiles

/// Trains two small networks and compresses them in every way.
struct DemoCommand: WorkingCommand {
    static let configuration = CommandConfiguration(
        commandName: "demo",
        abstract: "Train two networks on built-in handwritten digits, compress them in every way, and compare.",
        discussion: """
            Quantises to 8, 4, 2 and 1 bits, prunes heads, rows, blocks and channels, leaves out layers, distils, and combines. Shows test accuracy, bytes on \
            disk and milliseconds for a batch of \(Demo.timedBatch) images, each beside the network's that all began with: everything is measured, with \
            what was read back from the files. Needs no network, and a few minutes.

            Examples:
              lathe demo --quick         less training, for a first look
              lathe demo --out models    keep the models, and the configs that made them
              lathe demo --json          one object for scripts: rows of name,
                                         accuracy, bytes, ms
            """)

    @Flag(help: "Train a fraction as long.")
    var quick = false

    @Option(
        name: .customLong("out"), help: ArgumentHelp("Keep the models in this directory.", valueName: "dir"),
        completion: .directory)
    var outputDirectory: String?

    @Option(help: "Decides weights, order of examples and dropout.")
    var seed: UInt64 = 42

    @Flag(help: "Print one JSON object instead: rows of name, accuracy, bytes, ms.")
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
        try console.print("\n" + DemoReport.whatNext(outputDirectory))
        try console.emit(DemoReport.json(rows))
    }
}

/// One progress bar for each model that is trained.
private struct DemoProgress {
    let isQuiet: Bool
    private let console = Console.current
    private var bar: ProgressBar?

    init(isQuiet: Bool) { self.isQuiet = isQuiet }

    mutating func hear(_ event: DemoEvent) {
        switch event {
        case .began(let model, let steps):
            finish()
            if steps > 0 { bar = ProgressBar(model, total: steps, unit: "steps", isQuiet: isQuiet) }
        case .step(let step, let loss): bar?.update(to: step, note: "loss " + Quantity.compact(Double(loss)))
        case .measuring(let count):
            finish()
            if !isQuiet { console.warn("measuring \(count) models\n") }
        }
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
        var table = TextTable(["model", "accuracy", "of fp32", "file", "smaller", "ms / \(Demo.timedBatch)", "faster"])
        var teacher: DemoRow?
        for row in rows {
            if let last = teacher, last.network != row.network { table.add([String](repeating: "", count: 7)) }
            let isFirst = teacher?.network != row.network, first = isFirst ? row : teacher ?? row
            teacher = first
            table.add([
                isFirst ? row.name : "  " + row.form, Quantity.percent(row.accuracy),
                Quantity.percent(ratio(row.accuracy, first.accuracy)),
                Quantity.bytes(row.bytes), factor(Double(first.bytes), Double(row.bytes)),
                Quantity.decimal(row.milliseconds, 2), factor(first.milliseconds, row.milliseconds),
            ])
        }
        return table.text
    }

    /// The last lines: what can be done with the models, if they are kept.
    static func whatNext(_ directory: String?) -> String {
        guard let directory else {
            return """
                lathe demo --out models keeps these models, each with the DeepSpeed config that made it.
                A model of your own: lathe compress --model DIR --config deepspeed.json --task TASK --train FILE --dev FILE --out small
                """
        }
        return """
            The models are in \(directory), each with the DeepSpeed config that made it (\(Demo.configFile)). What one does, layer by layer:
            lathe plan --model \(directory)/encoder --config \(directory)/encoder-w1a8/\(Demo.configFile)
            """
    }

    static func json(_ rows: [DemoRow]) -> JSONValue {
        let values = rows.map { row -> JSONValue in
            [
                "name": .string(row.name), "accuracy": .number(row.accuracy), "bytes": .integer(row.bytes),
                "ms": .number(row.milliseconds),
            ]
        }
        return ["rows": .array(values)]
    }

    private static func ratio(_ value: Double, _ base: Double) -> Double { value / max(base, .leastNormalMagnitude) }

    private static func factor(_ before: Double, _ after: Double) -> String {
        Quantity.decimal(ratio(before, after), 2) + "x"
    }
}
