import ArgumentParser
import LatheFiles
import LatheTensor
import LatheWorkflows

/// What was found on this machine, and what was chosen.
struct InfoCommand: WorkingCommand {
    static let configuration = CommandConfiguration(
        commandName: "info",
        abstract: "Show the version, the CPU features found, the kernels chosen and the threads.",
        discussion: """
            Examples:
              lathe info
              LATHE_ISA=portable lathe info --json    other kernels, for machines
            """)

    @Flag(help: "Print one JSON object instead: version, isa, cpu_features, threads.")
    var json = false

    func work() throws {
        let console = Console.current, features = Kernels.cpuFeatures
        try console.emit([
            "version": .string(LatheVersion.current), "isa": .string(Kernels.isa),
            "cpu_features": .array(features.map(JSONValue.string)),
            "threads": .integer(Kernels.threadCount),
        ])
        try console.print(
            """
            lathe         \(LatheVersion.current)
            CPU features  \(features.isEmpty ? "none that kernels use" : features.joined(separator: ", "))
            kernels       \(Kernels.isa)
            threads       \(Kernels.threadCount)
            """)
    }
}
