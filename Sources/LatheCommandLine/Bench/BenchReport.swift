import Lathe

/// Times and memory of a model at work.
struct BenchReport {
    /// The first line for people.
    let title: String
    /// What was asked for, for machines.
    let settings: [JSONValue.Member]
    let examplesPerRun: Int
    let times: Samples
    /// The most that tensors took together while it was measured.
    let peakBytes: Int
    /// How often the system was asked for memory while it was measured.
    let systemAllocations: Int
    /// What a run has `examplesPerRun` of.
    var unit = "examples"
    /// What else is worth telling, for people.
    var lines: [(name: String, value: String)] = []
    /// The same for machines.
    var extra: [JSONValue.Member] = []

    /// Runs `body` once to warm up and then `options.repeats` times, measured.
    static func measure(
        title: String, settings: [JSONValue.Member], examplesPerRun: Int, options: BenchOptions, _ body: () -> Void
    ) -> BenchReport {
        let pool = MemoryPool.shared
        body()
        pool.resetPeak()
        let allocations = pool.statistics.systemAllocations
        var times = Samples(expecting: options.repeats)
        var progress = ProgressBar("measuring", total: options.repeats, unit: "runs", isQuiet: options.json)
        for number in 1...options.repeats {
            times.add(Stopwatch.milliseconds(body))
            progress.update(to: number, note: Quantity.compact(times.last) + " ms")
        }
        progress.finish()
        let statistics = pool.statistics
        return BenchReport(
            title: title, settings: settings, examplesPerRun: examplesPerRun, times: times, peakBytes: statistics.peakBytesInUse,
            systemAllocations: statistics.systemAllocations - allocations)
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

    private var value: JSONValue {
        .object(
            settings + [
                .init("isa", .string(Kernels.isa)), .init("threads", .integer(Kernels.threadCount)),
                .init("median_ms", .number(times.median)), .init("p95_ms", .number(times.quantile(0.95))), .init("min_ms", .number(times.minimum)),
                .init("peak_bytes", .integer(peakBytes)), .init("peak_rss_bytes", .integer(ProcessMemory.peakResidentBytes)),
                .init("system_allocations", .integer(systemAllocations)),
            ] + extra)
    }
}
