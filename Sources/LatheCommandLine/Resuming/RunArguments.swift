import ArgumentParser
import Foundation
import LatheFiles
import LatheModels
import LatheTraining

/// How a run was started: the file `arguments.json` in its directory, with which `--resume --out DIR` alone continues
/// it.
struct RunArguments: Equatable {
    static let fileName = RunFiles.arguments
    /// Options that are no part of a run, and what it is not told by.
    private static let unrecorded: Set = ["--resume", "--overwrite", "--json", "--out"]
    /// Options that may differ from those of the beginning.
    static let free: Set = ["--resume", "--json", "--out", "--threads"]

    /// The arguments of the running command, for the file.
    @TaskLocal static var current: [String] = []

    /// `train`, `compress` or `quantize`.
    let command: String
    let options: [OptionGroup]
    /// The directory that relative paths start from.
    let directory: String
    /// The text that was read from standard input; nil if it was not read.
    let input: String?

    /// An option with its values, as they were typed.
    struct OptionGroup: Equatable {
        let name: String
        let values: [String]

        var arguments: [String] { [name] + values }
        var text: String { arguments.joined(separator: " ") }
    }

    /// Reads the file in the directory of a run; nil if there is none.
    /// - Throws: `ResumptionError.damaged`.
    init?(in directory: String) throws {
        let path = directory + "/" + Self.fileName
        guard ModelSource.isFile(path) else { return nil }
        guard let json = try? StrictJSON.parse(MappedFile(path: path)), let command = json["command"]?.string,
            let arguments = json["arguments"]?.array,
            let start = json["directory"]?.string
        else { throw ResumptionError.damaged(file: path) }
        self.init(
            command: command, arguments: arguments.compactMap(\.string), directory: start,
            input: json["standard_input"]?.string)
    }

    /// - Parameter arguments: what follows the command's name.
    init(command: String, arguments: [String], directory: String, input: String?) {
        (self.command, self.directory, self.input) = (command, directory, input)
        options = Self.groups(arguments).filter { !Self.unrecorded.contains($0.name) }
    }

    /// Writes the file into the directory of a run that has begun. A run without it continues with all of its
    /// arguments, so what goes wrong is only a warning.
    static func write(into directory: String) {
        guard let command = current.first else { return }
        let console = Console.current, start = FileManager.default.currentDirectoryPath
        let run = RunArguments(
            command: command, arguments: Array(current.dropFirst()), directory: start, input: console.inputText)
        let json: JSONValue = [
            "command": .string(run.command),
            "arguments": .array(run.options.flatMap(\.arguments).map(JSONValue.string)),
            "directory": .string(run.directory), "standard_input": run.input.map(JSONValue.string) ?? .null,
        ]
        do { try AtomicFile.write(json.text(.pretty) + "\n", to: directory + "/" + fileName) } catch {
            console.warn("Warning: \(error); --resume will need all options of this command")
        }
    }

    /// Removes the file of a run that is finished, and what processes have left that were killed while they wrote it.
    static func remove(from directory: String) {
        try? FileManager.default.removeItem(atPath: directory + "/" + fileName)
        try? AtomicFile.removeLeftovers(in: directory)
    }

    /// Runs `body`, the work of a run in `directory`, and removes the file if the run is finished, now or before.
    /// - Throws: what `body` throws.
    static func untilFinished<Result>(_ directory: String, _ body: () throws -> Result) throws -> Result {
        do {
            let result = try body()
            remove(from: directory)
            return result
        } catch TrainingError.alreadyFinished(let finished) {
            // A process that was killed between its last line and the removal has left the file.
            remove(from: directory)
            throw TrainingError.alreadyFinished(directory: finished)
        }
    }

    static func groups(_ arguments: [String]) -> [OptionGroup] {
        var groups: [OptionGroup] = []
        for argument in arguments {
            if argument.hasPrefix("--") {
                let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(
                    String.init)
                groups.append(OptionGroup(name: parts[0], values: Array(parts.dropFirst())))
            } else if let last = groups.popLast() {
                groups.append(OptionGroup(name: last.name, values: last.values + [argument]))
            } else {
                groups.append(OptionGroup(name: argument, values: []))
            }
        }
        return groups
    }
}
