import ArgumentParser
import LatheTensor

/// How many threads a command uses.
struct ThreadOptions: ParsableArguments {
    @Option(help: "Threads to use, 1 to 1024. (default: LATHE_THREADS, else the processors)")
    var threads: Int?

    func validate() throws {
        try BenchOptions.check(threads ?? 1, in: 1...1024, "--threads")
    }

    /// Puts the number of threads in force.
    func apply() {
        if let threads { Kernels.threadCount = threads }
    }
}
