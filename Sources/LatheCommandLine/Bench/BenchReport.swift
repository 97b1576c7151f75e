import LatheFiles
import LatheTensor
import LatheTraining

/// Times and memory of a model at work.
struct BenchReport {
    /// The first line for people.
    let title: String
    /// What was asked for, for machines.
    let settings: [JSONValue.Member]
    let examplesPerRun: Int
    var times: Samples
    /// The most that tensors took together while it was measured.
    var peakBytes: Int
    /// How often the system was asked for memory while it was measured.
    var systemAllocations: Int
    /// What a run has `examplesPerRun` of.
    var unit = "examples"
    /// What else is worth telling, for people.
    var lines: [(name: String, value: String)] = []
    /// The same for machines.
    var extra: [JSONValue.Member] = []

    /// The quotients of its times and those of the first of several, round by round.
    var ratios = Samples()

    /// Work that is timed.
    struct Piece {
        let title: String
        let settings: [JSONValue.Member]
        let body: () -> Void
    }

    /// Runs `body` once to warm up and then `options.repeats` times, measured.
    static func measure(
        title: String, settings: [JSONValue.Member], examplesPerRun: Int, options: BenchOptions, _ body: () -> Void
    ) -> BenchReport {
        withoutActuallyEscaping(body) { body in
            measure(
                [Piece(title: title, settings: settings, body: body)], examplesPerRun: examplesPerRun, options: options)[
                    0]
        }
    }

    /// Runs all pieces once to warm up and then `options.repeats` times in turn, measured.
    static func measure(_ pieces: [Piece], examplesPerRun: Int, options: BenchOptions) -> [BenchReport] {
        let pool = MemoryPool.shared
        var reports = pieces.map { piece in
            piece.body()
            return BenchReport(
                title: piece.title, settings: piece.settings, examplesPerRun: examplesPerRun,
                times: Samples(expecting: options.repeats),
                peakBytes: 0, systemAllocations: 0, ratios: Samples(expecting: options.repeats))
        }
        var progress = ProgressBar("measuring", total: options.repeats, unit: "runs", isQuiet: options.json)
        for number in 1...options.repeats {
            for (index, piece) in pieces.enumerated() {
                pool.resetPeak()
                let allocations = pool.statistics.systemAllocations
                reports[index].times.add(Stopwatch.milliseconds(piece.body))
                reports[index].peakBytes = max(reports[index].peakBytes, pool.statistics.peakBytesInUse)
                reports[index].systemAllocations += pool.statistics.systemAllocations - allocations
                reports[index].ratios.add(reports[index].times.last / max(reports[0].times.last, .leastNormalMagnitude))
            }
            progress.update(to: number, note: Quantity.compact(reports[0].times.last) + " ms")
        }
        progress.finish()
        return reports
    }

    /// Prints the report, as JSON in JSON mode.
    func print() throws {
        var table = TextTable([title, ""])
        table.add(["median", Quantity.decimal(times.median, 2) + " ms"])
        table.add(["95% within", Quantity.decimal(times.quantile(0.95), 2) + " ms"])
        table.add(["fastest", Quantity.decimal(times.minimum, 2) + " ms"])
        table.add([unit, Quantity.compact(Double(examplesPerRun) / times.median * 1000) + "/s"])
        for line in lines { table.add([line.name, line.value]) }
        table.add(["tensors at most", Quantity.bytes(peakBytes)])
        table.add(["process at most", Quantity.bytes(ProcessMemory.peakResidentBytes)])
        try Console.current.print(table.text)
        try Console.current.emit(value)
    }

    /// The report for machines.
    var value: JSONValue {
        .object(
            settings + [
                .init("isa", .string(Kernels.isa)), .init("threads", .integer(Kernels.threadCount)),
                .init("median_ms", .number(times.median)), .init("p95_ms", .number(times.quantile(0.95))),
                .init("min_ms", .number(times.minimum)),
                .init("peak_bytes", .integer(peakBytes)),
                .init("peak_rss_bytes", .integer(ProcessMemory.peakResidentBytes)),
                .init("system_allocations", .integer(systemAllocations)),
            ] + extra)
    }
}
