import ArgumentParser
import LatheFiles
import LatheInference
import LatheTraining

/// Answers what a classifier was trained for.
struct PredictCommand: WorkingCommand {
    static let configuration = CommandConfiguration(
        commandName: "predict",
        abstract: "Classify texts: every label with its probability, or a number, as the model was trained.",
        discussion: """
            Each line of --texts is a text; a TSV, CSV or JSON lines file is read by its columns. Scores are those of transformers' text-classification \
            pipeline: a softmax over classes, a sigmoid for each label of a multi-label model, and the output itself for a model of numbers.

            Examples:
              lathe predict --model tickets --texts lines.txt
              lathe predict --model tickets --texts new.csv --text-column body --top-k 3
              echo "Where is my refund?" | lathe predict --model tickets --texts - --json
              lathe predict --model nli --texts pairs.tsv --pairs --no-header
            """)

    @OptionGroup var source: ModelOptions

    @Option(help: ArgumentHelp("The texts: a file, or - for standard input.", valueName: "file"), completion: .file())
    var texts: String

    @Flag(help: "Each line has two texts with a tab between them, or with --json-texts is an array of two strings.")
    var pairs = false

    @Flag(name: .customLong("json-texts"), help: "Each line is a JSON string, which may hold any character.")
    var jsonTexts = false

    @Option(
        name: .customLong("text-column"),
        help: ArgumentHelp(
            "The column of a table with the text. (default: by the names in the file)", valueName: "name"))
    var textColumn: String?

    @Option(
        name: .customLong("pair-column"),
        help: ArgumentHelp("The column of a table with the second text of a pair.", valueName: "name"))
    var pairColumn: String?

    @Flag(name: .customLong("no-header"), help: "The table has no row with names; columns are called 1, 2, ….")
    var hasNoHeader = false

    @Option(
        name: .customLong("top-k"),
        help:
            "The likeliest labels of each text, so many at most. (default: all with --json, else 1; for a multi-label model those above 0.5)"
    )
    var topCount: Int?

    @Option(
        name: .customLong("max-length"),
        help:
            "The most tokens of a text; the rest is cut off. (default: what the tokenizer's files say, or as many as the model takes)"
    )
    var maxLength: Int?

    @OptionGroup var threads: ThreadOptions

    @Flag(help: "Print a JSON object a line: {\"labels\": [{\"label\", \"score\"}]}, or {\"score\"} for a number.")
    var json = false

    func validate() throws {
        if let topCount { try BenchOptions.check(topCount, in: 1...65_536, "--top-k") }
        if let maxLength { try BenchOptions.check(maxLength, in: 2...1_048_576, "--max-length") }
        let namesColumns = textColumn != nil || pairColumn != nil || hasNoHeader
        if namesColumns, jsonTexts {
            throw ValidationError(
                "--json-texts reads lines, --text-column, --pair-column and --no-header read tables; give one of them.")
        }
        if namesColumns, !isTable {
            throw ValidationError("Columns are those of a table: name a .tsv, .csv or .jsonl file with --texts.")
        }
    }

    /// Whether the name of the file is that of a table. Text files are lines.
    private var isTable: Bool { [".tsv", ".csv", ".jsonl", ".ndjson"].contains { texts.lowercased().hasSuffix($0) } }

    func work() throws {
        threads.apply()
        let predictor = try TextPredictor(directory: try source.directory()), examples = try self.examples(),
            console = Console.current
        var bar: ProgressBar? = ProgressBar("predicting", total: examples.count, unit: "texts", isQuiet: true)
        defer { bar?.finish() }
        let predictions = try predictor.predictions(for: examples, maxLength: maxLength) { bar?.update(to: $0) }
        bar?.finish()
        bar = nil
        for (example, prediction) in zip(examples, predictions) {
            if json {
                try console.emitLine(PredictionText.json(prediction, topCount))
            } else {
                try console.print(
                    PredictionText.line(
                        prediction, topCount, areIndependent: predictor.hasIndependentLabels, of: example))
            }
        }
    }

    private func examples() throws -> [TextExample] {
        guard isTable, !jsonTexts else {
            return try TextLines.examples(InputFile.open(texts), form: jsonTexts ? .json : .plain, arePairs: pairs)
        }
        var columns = TextColumns(text: textColumn, pair: pairColumn)
        if textColumn == nil, pairColumn == nil, !hasNoHeader { columns = TextColumns(learnedBy: source.model) }
        if hasNoHeader { columns.hasHeader = false }
        let table = try TextLines.table(texts, columns: columns, arePairs: pairs)
        Console.current.warn("\(texts): \(table.columns.summary)")
        return table.examples
    }
}

/// Answers as people read them, and as JSON.
enum PredictionText {
    /// Characters of a text that are shown.
    private static let textLimit = 60

    /// `positive 0.9731<tab>the beginning of the text`
    static func line(_ prediction: Prediction, _ topCount: Int?, areIndependent: Bool, of example: TextExample)
        -> String
    {
        let text =
            example.text.map { $0.isNewline || $0 == "\t" ? " " : String($0) }.prefix(textLimit).joined()
            + (example.text.count > textLimit ? "…" : "")
        return answer(prediction, topCount, areIndependent) + "\t" + text
    }

    private static func answer(_ prediction: Prediction, _ topCount: Int?, _ areIndependent: Bool) -> String {
        switch prediction {
        case .score(let score): return Quantity.decimal(Double(score), 4)
        case .labels(let labels):
            let shown =
                topCount.map { Array(labels.prefix($0)) }
                ?? (areIndependent ? labels.filter { $0.score > 0.5 } : Array(labels.prefix(1)))
            return shown.isEmpty
                ? "(no label)"
                : shown.map { "\($0.label) \(Quantity.decimal(Double($0.score), 4))" }.joined(separator: ", ")
        }
    }

    /// `{"labels": [{"label", "score"}]}`, or `{"score"}`
    static func json(_ prediction: Prediction, _ topCount: Int?) -> JSONValue {
        switch prediction {
        case .score(let score): return ["score": .number(decimal: score)]
        case .labels(let labels):
            let shown = labels.prefix(topCount ?? labels.count).map { label -> JSONValue in
                ["label": .string(label.label), "score": .number(decimal: label.score)]
            }
            return ["labels": .array(shown)]
        }
    }
}
