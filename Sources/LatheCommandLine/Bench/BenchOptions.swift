import ArgumentParser
import LatheTensor

/// What all benchmarks take.
struct BenchOptions: ParsableArguments {
    @Option(help: "Threads to use, 1 to 1024. (default: LATHE_THREADS, else the processors)")
    var threads: Int?

    @Option(name: .customLong("repeat"), help: "Measurements, after one that does not count.")
    var repeats = 15

    @Flag(help: "Print one JSON object instead.")
    var json = false

    @Flag(help: "Say on stderr what is done.")
    var verbose = false

    func validate() throws {
        try Self.check(threads ?? 1, in: 1...1024, "--threads")
        try Self.check(repeats, in: 1...100_000, "--repeat")
    }

    /// Says which values an option takes when it got another.
    static func check(_ value: Int, in range: ClosedRange<Int>, _ option: String) throws {
        guard range.contains(value) else {
            throw ValidationError(
                "\(option) takes a number from \(range.lowerBound) to \(range.upperBound), got \(value).")
        }
    }

    /// Writes a line about the measuring itself; only with `--verbose`.
    func debug(_ line: @autoclosure () -> String) {
        if verbose { Console.current.warn(line()) }
    }

    /// Puts the number of threads in force.
    func begin() {
        if let threads { Kernels.threadCount = threads }
        debug("kernels \(Kernels.isa), \(Kernels.threadCount) threads, \(repeats) measurements")
    }
}
