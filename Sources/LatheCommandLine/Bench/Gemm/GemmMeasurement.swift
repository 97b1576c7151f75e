import Lathe

/// What measuring one case of one shape gave.
struct GemmRow {
    let shape: GemmShape
    let arithmetic: GemmArithmetic
    let mode: GemmMode
    /// Milliseconds a call.
    let times: Samples
    /// Share of the limit measured just before: of multiply-adds, or of memory with one row.
    let share: Double
    /// Bytes of the weight that a call reads.
    let weightBytes: Int

    var gigaflops: Double { shape.operations / times.median * 1e-6 }
    /// Gigabytes of the weight read per second; says something with one row only.
    var gigabytesPerSecond: Double? { shape.m == 1 ? Double(weightBytes) / times.median * 1e-6 : nil }
}

/// Measures shapes beside what the machine can do at most, in turn.
struct GemmMeasurement {
    /// A sample is at least so long; calls that are shorter are repeated.
    private static let sampleMilliseconds = 2.0

    let repeats: Int
    private let arithmetics: [(arithmetic: GemmArithmetic, limit: ArithmeticLimit)]
    private let memory = MemoryLimit()
    /// Multiply-add limits seen, in operations per second, and the memory limit in bytes per second.
    private(set) var arithmeticLimits: [GemmArithmetic: Samples] = [:]
    private(set) var memoryLimits = Samples()

    init(_ arithmetics: [GemmArithmetic], repeats: Int) {
        self.repeats = repeats
        self.arithmetics = arithmetics.map { ($0, ArithmeticLimit($0.arithmetic)) }
    }

    /// Measures one shape in all arithmetics.
    mutating func rows(_ shape: GemmShape) -> [GemmRow] {
        let operands = GemmOperands(shape)
        var running = arithmetics.flatMap { entry in operands.cases(entry.arithmetic).map { RunningCase($0) } }
        for _ in 0..<repeats {
            let bandwidth = memory.measure()
            memoryLimits.add(bandwidth)
            for (arithmetic, limit) in arithmetics {
                let operations = limit.measure()
                arithmeticLimits[arithmetic, default: Samples()].add(operations)
                for index in running.indices where running[index].work.arithmetic == arithmetic {
                    let work = shape.m == 1 ? Double(running[index].work.weightBytes) : shape.operations
                    running[index].measure(work: work, limit: shape.m == 1 ? bandwidth : operations)
                }
            }
        }
        return running.map { running in
            GemmRow(
                shape: shape, arithmetic: running.work.arithmetic, mode: running.work.mode, times: running.times, share: running.shares.median,
                weightBytes: running.work.weightBytes)
        }
    }

    private struct RunningCase {
        let work: GemmCase
        /// Calls in one sample.
        let calls: Int
        var times = Samples()
        var shares = Samples()

        /// Warms up and finds how many calls make a sample.
        init(_ work: GemmCase) {
            self.work = work
            work.run()
            calls = max(1, Int(GemmMeasurement.sampleMilliseconds / max(Stopwatch.milliseconds(work.run), 1e-4)))
        }

        /// One sample; a call does `work`, of which `limit` can be done in a second.
        mutating func measure(work amount: Double, limit: Double) {
            let milliseconds = Stopwatch.milliseconds { for _ in 0..<calls { work.run() } } / Double(calls)
            times.add(milliseconds)
            shares.add(amount / (milliseconds * 1e-3) / limit)
        }
    }
}
