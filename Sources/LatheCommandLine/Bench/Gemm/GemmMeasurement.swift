import LatheTensor
import LatheTraining

/// What measuring one case of one shape gave.
struct GemmRow {
    let shape: GemmShape
    let arithmetic: GemmArithmetic
    let mode: GemmMode
    /// Milliseconds a call.
    let times: Samples
    /// Share of the limit measured just before and after: of multiply-adds, or of memory with one row.
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
    private static let sampleMilliseconds = 5.0
    /// Limits are measured as long as the samples beside them, but no longer.
    private static let longestLimitSeconds = 0.03

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
            memoryLimits.add(memory.measure())
            for (arithmetic, limit) in arithmetics {
                for index in running.indices where running[index].work.arithmetic == arithmetic {
                    let seconds = min(running[index].sampleSeconds, Self.longestLimitSeconds)
                    let before = measure(limit, of: arithmetic, for: shape, seconds)
                    running[index].measure()
                    let after = measure(limit, of: arithmetic, for: shape, seconds)
                    // Where other programs took a processor for a while, the better neighbour tells more.
                    running[index].compare(
                        with: max(before, after),
                        amount: shape.m == 1 ? Double(running[index].work.weightBytes) : shape.operations)
                }
            }
        }
        return running.map { running in
            GemmRow(
                shape: shape, arithmetic: running.work.arithmetic, mode: running.work.mode, times: running.times,
                share: running.shares.median,
                weightBytes: running.work.weightBytes)
        }
    }

    /// What could be done in a second: operations, or with one row bytes read.
    private mutating func measure(
        _ limit: ArithmeticLimit, of arithmetic: GemmArithmetic, for shape: GemmShape, _ seconds: Double
    ) -> Double {
        let operations = limit.measure(seconds: seconds)
        arithmeticLimits[arithmetic, default: Samples()].add(operations)
        guard shape.m == 1 else { return operations }
        let bytes = memory.measure()
        memoryLimits.add(bytes)
        return bytes
    }

    private struct RunningCase {
        let work: GemmCase
        /// Calls in one sample.
        let calls: Int
        let sampleSeconds: Double
        var times = Samples()
        var shares = Samples()

        /// Warms up and finds how many calls make a sample.
        init(_ work: GemmCase) {
            self.work = work
            work.run()
            let milliseconds = (0..<3).map { _ in max(Stopwatch.milliseconds(work.run), 1e-4) }.reduce(.infinity, min)
            calls = max(1, Int(GemmMeasurement.sampleMilliseconds / milliseconds))
            sampleSeconds = Double(calls) * milliseconds * 1e-3
        }

        /// Takes one sample.
        mutating func measure() {
            times.add(Stopwatch.milliseconds { for _ in 0..<calls { work.run() } } / Double(calls))
        }

        /// Compares the last sample, whose calls did `amount` each, with what could be done in a second.
        mutating func compare(with limit: Double, amount: Double) {
            shares.add(amount / (times.last * 1e-3) / limit)
        }
    }
}
