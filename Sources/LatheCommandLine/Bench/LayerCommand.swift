import ArgumentParser
import LatheFiles
import LatheModels
import LatheTensor
import LatheTraining

/// Times what a layer of BERT consists of, part by part.
struct LayerCommand: WorkingCommand {
    static let configuration = CommandConfiguration(
        commandName: "layer",
        abstract: "Time the parts of a transformer layer: where a forward pass spends its time.",
        discussion: """
            Each thread takes sequences of its own where they go up evenly, as in inference. The limit is what multiply-adds from registers reach, \
            measured in turn; parts that multiply nothing have none.

            Examples:
              lathe bench layer --batch 8 --weights w8a8
              lathe bench layer --hidden 384 --intermediate 1536 --heads 12 --json
            """)

    @Option(help: "Sequences.")
    var batch = 8

    @Option(name: .customLong("seq"), help: "Tokens of a sequence.")
    var sequence = 128

    @Option(help: "Values of a token.")
    var hidden = 768

    @Option(help: "Width of the feed-forward network between its two products.")
    var intermediate = 3072

    @Option(help: "Heads of the attention.")
    var heads = 12

    @Option(help: "Bits of weights and of what they are multiplied with.")
    var weights = Weights.w8a8

    @OptionGroup var options: BenchOptions

    func validate() throws {
        try BenchOptions.check(batch, in: 1...4096, "--batch")
        try BenchOptions.check(sequence, in: 1...4096, "--seq")
        try BenchOptions.check(hidden, in: 1...65_536, "--hidden")
        try BenchOptions.check(intermediate, in: 1...262_144, "--intermediate")
        try BenchOptions.check(heads, in: 1...hidden, "--heads")
        if hidden % heads != 0 {
            throw ValidationError("--heads has to divide --hidden: \(hidden) does not split into \(heads) heads.")
        }
    }

    func work() throws {
        options.begin()
        let parts = LayerParts(self),
            sizes = EncoderConfiguration(
                hiddenSize: hidden, layerCount: 1, headCount: heads, intermediateSize: intermediate)
        let whole = Encoder(sizes)
        whole.packWeights(weights.format)
        let input = Tensor.randomNormal([batch, sequence, hidden]), precision = weights.precision
        let limits = [PackedMatrix.Arithmetic: ArithmeticLimit](
            uniqueKeysWithValues: Set(parts.list.compactMap(\.arithmetic)).map { ($0, ArithmeticLimit($0)) })
        var times = [Samples](repeating: Samples(), count: parts.list.count), shares = times, wholeTimes = Samples()
        var bar = ProgressBar("measuring", total: options.repeats, unit: "rounds", isQuiet: options.json)
        for round in 0...options.repeats {
            for (index, part) in parts.list.enumerated() {
                let milliseconds = Stopwatch.milliseconds { withPrecision(precision) { withInference(part.run) } }
                guard round > 0 else { continue }  // the first round warms up
                times[index].add(milliseconds)
                if let limit = part.arithmetic.flatMap({ limits[$0] }) {
                    shares[index].add(part.operations / milliseconds * 1e3 / limit.measure())
                }
            }
            let milliseconds = Stopwatch.milliseconds {
                withPrecision(precision) { _ = withInference { whole(input) } }
            }
            if round > 0 { wholeTimes.add(milliseconds) }
            bar.update(to: round)
        }
        bar.finish()
        try report(parts.list, times, shares, wholeTimes)
    }

    private func report(_ parts: [LayerParts.Part], _ times: [Samples], _ shares: [Samples], _ whole: Samples) throws {
        let sum = times.reduce(0) { $0 + $1.median }
        var table = TextTable(["part", "ms", "of the time", "GFLOP/s", "of limit"])
        for (part, (time, share)) in zip(parts, zip(times, shares)) {
            let hasLimit = part.arithmetic != nil
            table.add([
                part.name, Quantity.compact(time.median), Quantity.percent(time.median / sum),
                hasLimit ? Quantity.decimal(part.operations / time.median * 1e-6, 0) : "",
                hasLimit ? Quantity.percent(share.median) : "",
            ])
        }
        table.add(["all parts", Quantity.compact(sum), Quantity.percent(1), "", ""])
        table.add([
            "a layer in one piece", Quantity.compact(whole.median), Quantity.percent(whole.median / sum), "", "",
        ])
        let title =
            "hidden \(hidden), batch \(batch), sequence \(sequence), \(weights.rawValue), \(Kernels.isa), threads: \(Kernels.threadCount)"
        try Console.current.print(title + "\n\n" + table.text)
        let rows = zip(parts, zip(times, shares)).map { part, measured in
            [
                "part": .string(part.name), "median_ms": .number(measured.0.median),
                "share_of_limit": part.arithmetic == nil ? .null : .number(measured.1.median),
            ] as JSONValue
        }
        let settings: JSONValue = [
            "weights": .string(weights.rawValue), "batch": .integer(batch), "seq": .integer(sequence),
            "isa": .string(Kernels.isa),
            "threads": .integer(Kernels.threadCount), "rows": .array(rows), "median_ms": .number(whole.median),
        ]
        try Console.current.emit(settings)
    }
}
