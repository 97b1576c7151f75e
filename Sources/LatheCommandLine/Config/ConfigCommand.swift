import ArgumentParser

/// Writes configs.
struct ConfigCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "config",
        abstract: "Write a DeepSpeed config to begin with.",
        discussion: """
            Examples:
              lathe config init --goal int8 --model sentiment --out int8.json
            """,
        subcommands: [InitCommand.self])
}
