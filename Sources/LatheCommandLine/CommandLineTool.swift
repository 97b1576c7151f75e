import ArgumentParser
import LatheFiles
import LatheTensor
import LatheTraining

/// The program `lathe` without its process: arguments in, text and an exit code out.
public enum CommandLineTool {
    /// Exit codes that scripts can rely on.
    enum Exit {
        static let success: Int32 = 0
        /// The work failed; the reason is on stderr.
        static let failure: Int32 = 1
        /// The arguments make no sense; nothing was done.
        static let usage: Int32 = 2
    }

    /// Runs the command that `arguments` (without the program's name) spell.
    /// - Returns: 0, 1 for work that failed, 2 for arguments that were not understood.
    public static func run(_ arguments: [String], console: Console = .standard) -> Int32 {
        Console.$current.withValue(arguments.contains("--json") ? console.forJSON : console) {
            do {
                let (arguments, input) = try RunArguments.completed(arguments)
                try Console.$current.withValue(input.map(Console.current.reading) ?? Console.current) {
                    try RunArguments.$current.withValue(arguments) {
                        var command = try parse(arguments)
                        let skippedRows = SkippedRows()
                        try DatasetFile.$skippedRows.withValue(SkippedRowsReceiver { skippedRows.show($0) }) {
                            try command.run()
                        }
                    }
                }
                return Exit.success
            } catch let stop as StoppedRun {
                Console.current.warn(stop.description)
                return fail(stop.description, Exit.failure, Console.current)
            } catch let error as ValidationError {
                return misuse(error, arguments)
            } catch {
                return report(error, to: Console.current)
            }
        }
    }

    private static func parse(_ arguments: [String]) throws -> any ParsableCommand {
        try Misspelling.checkCommand(arguments)
        do {
            return try LatheCommand.parseAsRoot(arguments)
        } catch {
            // A misspelt option leaves another one missing, which would be all that is told.
            if !LatheCommand.exitCode(for: error).isSuccess { try Misspelling.checkOptions(arguments) }
            throw error
        }
    }

    /// Reports arguments that the parser accepts or explains less well.
    private static func misuse(_ error: ValidationError, _ arguments: [String]) -> Int32 {
        let (command, path, _) = Misspelling.resolve(arguments)
        Console.current.warn(
            "Error: \(error.message)\nUsage: \(LatheCommand.usageString(for: command))\n  See '\(path) --help' for more information."
        )
        return fail(error.message, Exit.usage, Console.current)
    }

    /// Writes the object of a failure to stdout in JSON mode, and returns `code`.
    private static func fail(_ message: String, _ code: Int32, _ console: Console) -> Int32 {
        // Stdout may be what failed; the reason is on stderr as well.
        try? console.emit(["error": ["code": .integer(Int(code)), "message": .string(message)]])
        return code
    }

    /// Reports `error`: help and versions, which are errors to the parser, on stdout, all else on stderr and, in JSON
    /// mode, as an object on stdout.
    private static func report(_ error: any Error, to console: Console) -> Int32 {
        let error = FileSystemError(error) ?? FlaggedError(error) ?? error
        let message = LatheCommand.fullMessage(for: error), code = LatheCommand.exitCode(for: error)
        if code.isSuccess {
            do {
                try console.printAlways(message)
                return Exit.success
            } catch {
                return report(error, to: console)
            }
        }
        if !message.isEmpty { console.warn(message) }
        return fail(LatheCommand.message(for: error), code == .validationFailure ? Exit.usage : Exit.failure, console)
    }
}

/// A command that computes something. What keeps every computation from starting is said here, before any work.
protocol WorkingCommand: ParsableCommand {
    /// The file that the work writes, which no other run may write meanwhile; nil where there is none, or where the
    /// work sees to that itself.
    var outputFile: String? { get }
    /// The files that the work reads, which `outputFile` may not replace.
    var inputs: CommandInputs { get }

    func work() throws
}

extension WorkingCommand {
    var outputFile: String? { nil }
    var inputs: CommandInputs { CommandInputs() }

    func run() throws {
        if let problem = Kernels.problem { throw StartupError(description: problem) }
        let shown = Guarded<Set<String>>([]), console = Console.current
        let notes = ModelNotes { note in
            // A model may be opened more than once.
            if shown.withLock({ $0.insert(note).inserted }) { console.warn("note: \(note)") }
        }
        try ModelNotes.$current.withValue(notes) {
            guard let outputFile else { return try work() }
            try inputs.check(outputFile: outputFile, option: "--out")
            try OutputLock.holding(file: outputFile, work)
        }
    }
}

/// The environment names kernels or threads that cannot be had.
struct StartupError: DescribedError {
    let description: String
}
