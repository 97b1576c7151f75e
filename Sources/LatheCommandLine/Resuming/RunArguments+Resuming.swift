import ArgumentParser
import Foundation
import LatheFiles
import LatheModels
import LatheWorkflows

extension RunArguments {
    /// Returns the arguments of a command, and the standard input that it had, where `arguments` continue a run by its
    /// directory.
    /// - Throws: `ResumptionError`, or `ValidationError` for an option that differs from that of the beginning.
    static func completed(_ arguments: [String]) throws -> (arguments: [String], input: String?) {
        guard let command = arguments.first, ["train", "compress", "quantize"].contains(command),
            !arguments.contains("--help")
        else { return (arguments, nil) }
        let given = groups(Array(arguments.dropFirst()))
        guard given.contains(where: { $0.name == "--resume" }),
            let output = given.last(where: { $0.name == "--out" })?.values.first
        else { return (arguments, nil) }
        guard let run = try RunArguments(in: output) else {
            // Runs of older versions continue with all of their options.
            if given.contains(where: { !free.contains($0.name) }) { return (arguments, nil) }
            throw ModelSource.isFile(output + "/" + RunRecord.fileName)
                ? ResumptionError.finished(directory: output) : .noRun(directory: output)
        }
        // A process that was killed between its end and the removal of the file has left it.
        if run.command == "quantize", ModelSource.isFile(output + "/" + RunRecord.fileName),
            !ModelSource.isDirectory(output + "/distillation")
        {
            remove(from: output)
            throw ResumptionError.finished(directory: output)
        }
        guard run.command == command else {
            throw ResumptionError.otherCommand(directory: output, command: run.command)
        }
        try run.checkPlace(output)
        try run.check(given)
        let kept = given.filter { free.contains($0.name) }
        let options = run.options.filter { option in !kept.contains { $0.name == option.name } }
        return ([command] + (options + kept).flatMap(\.arguments), run.input)
    }

    /// Makes sure that relative paths mean the files that they meant in the beginning.
    private func checkPlace(_ output: String) throws {
        let here = FileManager.default.currentDirectoryPath
        guard here != directory, ModelSource.isDirectory(directory) else { return }
        let paths = options.flatMap(\.values).filter {
            !$0.hasPrefix("/") && FileManager.default.fileExists(atPath: directory + "/" + $0)
        }
        guard let path = paths.first else { return }
        let place = output.hasPrefix("/") ? output : URL(fileURLWithPath: output).standardizedFileURL.path
        throw ResumptionError.otherPlace(
            directory: output, start: directory, path: path, command: Self.resumption(command, place))
    }

    /// Makes sure that options beside `--resume` are those of the beginning.
    private func check(_ given: [OptionGroup]) throws {
        for option in given where !Self.free.contains(option.name) {
            let before = options.filter { $0.name == option.name }, now = given.filter { $0.name == option.name }
            if before.count == now.count, zip(before, now).allSatisfy({ Self.isSame($0.values, $1.values) }) {
                continue
            }
            let start = before.isEmpty ? "without it" : "with " + before.map(\.text).joined(separator: " ")
            throw ValidationError(
                "\(now.map(\.text).joined(separator: " ")): the run was started \(start); leave it out, or begin anew with --overwrite."
            )
        }
    }

    /// Whether values are the same, as texts or as numbers.
    private static func isSame(_ left: [String], _ right: [String]) -> Bool {
        left.count == right.count
            && zip(left, right).allSatisfy { $0 == $1 || (Double($0) != nil && Double($0) == Double($1)) }
    }

    /// The command that continues the run in `directory`.
    static func resumption(_ command: String, _ directory: String) -> String {
        "lathe \(command) --resume --out \(ShellText.quoted(directory))"
    }
}

/// Why a run cannot be continued by its directory alone.
enum ResumptionError: DescribedError, Equatable {
    case noRun(directory: String)
    case finished(directory: String)
    case damaged(file: String)
    case otherCommand(directory: String, command: String)
    /// The run was started in the directory `start`, where `path` names a file.
    case otherPlace(directory: String, start: String, path: String, command: String)

    var description: String {
        switch self {
        case .noRun(let directory):
            "\(directory): no run that recorded how it was started (\(RunArguments.fileName)); give --resume all options of the run"
        case .finished(let directory):
            "\(directory): this run is finished already; there is nothing to resume (\(RunRecord.fileName) is its record)"
        case .damaged(let file):
            "\(file): does not tell how a run was started; remove it, and give --resume all options of the run"
        case .otherCommand(let directory, let command):
            "\(directory): the run was started with lathe \(command); continue it with: \(RunArguments.resumption(command, directory))"
        case .otherPlace(let directory, let start, let path, let command):
            "\(directory): the run was started in another directory, from which its files (\(path)) are named; continue it with: "
                + "cd \(ShellText.quoted(start)) && \(command)"
        }
    }
}
