import ArgumentParser
import LatheFiles
import LatheTraining

/// Makes a training file larger.
struct AugmentCommand: WorkingCommand {
    static let configuration = CommandConfiguration(
        commandName: "augment",
        abstract:
            "Make a small task's training file larger: copies of its examples with other words (TinyBERT's data augmentation, as XTC uses it).",
        discussion: """
            Candidates for a word are the likeliest ones where the model finds it masked; for words of several pieces, and all words of a model without the head \
            for that, the nearest by embedding. Function words, numbers and punctuation stay. The examples come first, then the copies; labels and other columns \
            are the examples'. XTC augments cola, mrpc, rte, stsb, sst2 and qnli, but not mnli and qqp.

            Examples:
              lathe augment --model google-bert/bert-base-uncased --task rte \\
                --data glue/RTE/train.tsv --out rte-augmented.tsv
              lathe augment --model sentiment --task sst2 --data train.tsv --out more.tsv \\
                --copies 5 --probability 0.2
              lathe compress --model sentiment --config w1a8.json --distill one_stage \\
                --task sst2 --train more.tsv --dev dev.tsv --out small
            """)

    @OptionGroup var source: ModelOptions

    @Option(
        help: "The task that --data is a file of: \(GlueTask.allCases.map(\.rawValue).joined(separator: ", ")).",
        completion: .list(GlueTask.allCases.map(\.rawValue)), transform: GlueTask.parse)
    var task: GlueTask

    @Option(
        help: ArgumentHelp("A TSV file with the task's columns, or a directory with GLUE's files.", valueName: "file"),
        completion: .file())
    var data: String

    @Option(name: .customLong("out"), help: ArgumentHelp("The file to write.", valueName: "file"), completion: .file())
    var output: String

    @Option(help: "The most copies of an example; equal ones are left out.")
    var copies = 20

    @Option(help: "How likely each word of a copy is replaced.")
    var probability = 0.4

    @Option(help: "The most candidates of a word.")
    var candidates = 15

    @Option(help: "Decides what is replaced, and by what.")
    var seed: UInt64 = 42

    @Option(
        parsing: .upToNextOption,
        help: ArgumentHelp("The columns to alter. (default: the task's texts)", valueName: "name"))
    var columns: [String] = []

    @OptionGroup var threads: ThreadOptions

    @Flag(help: "Print one JSON object instead: out, examples, copies, masked_words, bytes, seconds.")
    var json = false

    func validate() throws {
        try BenchOptions.check(copies, in: 1...10_000, "--copies")
        try BenchOptions.check(candidates, in: 1...10_000, "--candidates")
        if !(probability > 0 && probability <= 1) {
            throw ValidationError("--probability takes a number above 0, up to 1, got \(probability).")
        }
    }

    var outputFile: String? { output }
    var inputs: CommandInputs { CommandInputs(models: [source.model], files: [data]) }

    func work() throws {
        threads.apply()
        var request = DataAugmentation(model: try source.directory(), task: task, data: data, output: output)
        (request.copies, request.probability, request.candidates, request.seed) = (
            copies, probability, candidates, seed
        )
        request.columns = columns.isEmpty ? nil : columns
        var bar: ProgressBar?
        defer { bar?.finish() }
        let summary = try request.run { done, total in
            if bar == nil { bar = ProgressBar("augmenting", total: total, unit: "examples", isQuiet: json) }
            bar?.update(to: done)
        }
        bar?.finish()
        bar = nil
        let console = Console.current
        if !summary.predictsMaskedWords {
            console.warn(
                "note: the model has no head that guesses masked words; all candidates are the nearest words by embedding"
            )
        }
        try console.print(
            "\(output): \(summary.originalCount) examples and \(summary.copyCount) copies, \(Quantity.bytes(summary.byteCount))"
        )
        let value: JSONValue = [
            "out": .string(output), "examples": .integer(summary.originalCount), "copies": .integer(summary.copyCount),
            "masked_words": .bool(summary.predictsMaskedWords), "bytes": .integer(summary.byteCount),
            "seconds": .number(summary.seconds),
        ]
        try console.emit(value)
    }
}

extension GlueTask {
    static func parse(_ text: String) throws -> GlueTask {
        if let task = GlueTask(rawValue: text) { return task }
        let names = allCases.map(\.rawValue),
            nearest = NearestName.of([text], in: names).map { " Did you mean '\($0)'?" } ?? ""
        throw ValidationError("'\(text)' is no GLUE task; choose one of \(names.joined(separator: ", ")).\(nearest)")
    }
}
