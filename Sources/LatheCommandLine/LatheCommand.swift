import ArgumentParser

/// The root of all commands.
struct LatheCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "lathe",
        abstract: "Compress neural networks, and run them small and fast.",
        discussion: """
            Examples:
              lathe demo --quick                  train and quantise two networks
              lathe bench forward --weights w8a8  time BERT-base in 8-bit integers
              lathe info                          what was found on this machine

            Environment:
              LATHE_ISA      portable, avx2, avx512 or neon: use these kernels
              LATHE_THREADS  1 to 1024: use so many threads

            Exit codes: 0 success, 1 the work failed, 2 the arguments were not understood.
            """,
        version: Version.current,
        subcommands: [DemoCommand.self, BenchCommand.self, InfoCommand.self])
}

/// The version of this program.
enum Version {
    static let current = "0.1.0"
}
