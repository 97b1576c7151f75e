import ArgumentParser
import Foundation
import LatheFiles
import LatheModels
import LatheWorkflows

/// Writes a config for a goal.
struct InitCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "init",
        abstract: "Write a commented config for a goal, which lathe plan, quantize and compress take as it is.",
        discussion: """
            int8 and int4 need no training. 1bit, half-size (half as many layers) and pruned (half of the heads and feed-forward rows) are learned from the model \
            as it was. Residual networks lose channels instead. The first lines name the commands that come next, with the task and the files that the model \
            was trained on. Only Lathe reads the comments; --plain leaves them out. To use a config as it is, none is needed: lathe quantize and lathe compress \
            take --goal.

            Examples:
              lathe config init --goal int8 --model sentiment --out int8.json
              lathe config init --goal 1bit --model google-bert/bert-base-uncased
              lathe config init --goal pruned --preset resnet20 --plain > channels.json
            """)

    @Option(help: "What to reach.")
    var goal: StarterGoal

    @Option(
        help: ArgumentHelp(
            "What it is for: a directory, or a name on the hub (org/model). (default: BERT-base)", valueName: "dir"),
        completion: .directory)
    var model: String?

    @Option(
        help: ArgumentHelp(
            "What it is for: sizes, \(ModelPreset.all.prefix(3).map(\.name).joined(separator: ", ")), resnet20, …",
            valueName: "name"),
        completion: .list(ModelPreset.all.map(\.name)), transform: ModelPreset.parse)
    var preset: ModelPreset?

    @Option(
        name: .customLong("out"),
        help: ArgumentHelp("Where it goes; - is standard output, the default.", valueName: "file"), completion: .configs
    )
    var output: String?

    @Flag(help: "Replace what is in --out.")
    var overwrite = false

    @Flag(help: "Write no comments.")
    var plain = false

    @Flag(help: "Print one JSON object instead: out, goal, config.")
    var json = false

    func validate() throws {
        if model != nil, preset != nil {
            throw ValidationError("--preset stands for sizes, --model for a directory; give one of them.")
        }
    }

    func run() throws {
        let directory = try model.map { try HubProgress.directory(for: $0) },
            configuration = try self.configuration(directory)
        let starter = try StarterConfig(goal, for: configuration, model: model, preset: preset?.name)
        let output = self.output == InputFile.standardInput ? nil : self.output
        let text = starter.text(file: output ?? "FILE", directory: directory, hasComments: !plain),
            console = Console.current
        let result: JSONValue = [
            "out": output.map(JSONValue.string) ?? .null, "goal": .string(goal.rawValue), "config": starter.json,
        ]
        guard let output else {
            try console.write(text)
            return try console.emit(result)
        }
        try CommandInputs(models: [model].compactMap { $0 }).check(outputFile: output, option: "--out")
        if !overwrite, FileManager.default.fileExists(atPath: output) { throw ConfigFileError.exists(path: output) }
        try AtomicFile.write(text, to: output)
        try console.print("\(output): next, lathe plan --model \(model ?? preset?.name ?? "DIR") --config \(output)")
        try console.emit(result)
    }

    private func configuration(_ directory: String?) throws -> ModelConfiguration {
        if let directory { return try PretrainedModel.configuration(in: directory) }
        return (preset ?? .usual).configuration(labels: ["LABEL_0", "LABEL_1"])
    }
}

/// Why a config is not written.
enum ConfigFileError: DescribedError {
    case exists(path: String)

    var description: String {
        switch self {
        case .exists(let path): "\(path): there is such a file; --overwrite replaces it"
        }
    }
}
