import Foundation
import LatheFiles
import Synchronization

@testable import LatheCommandLine

/// Runs commands and keeps what they print.
final class Transcript: Sendable {
    private let printed = Mutex("")
    private let warned = Mutex("")
    private let coloured: Console.Streams
    private let outputWidth: Int?

    /// - Parameters:
    ///   - coloured: the streams that are terminals with colours.
    ///   - outputWidth: the columns of stdout, if it is a terminal.
    init(coloured: Console.Streams = [], outputWidth: Int? = nil) {
        (self.coloured, self.outputWidth) = (coloured, outputWidth)
    }

    /// What went to stdout and stderr.
    var output: String { printed.withLock { $0 } }
    var errors: String { warned.withLock { $0 } }

    /// Runs a command as typed and returns its exit code.
    /// - Parameter input: what standard input has.
    func run(_ command: String, input: String = "") -> Int32 {
        run(command.split(separator: " ").map(String.init), input: input)
    }

    /// Runs a command whose arguments may hold spaces, likewise.
    func run(_ arguments: [String], input: String = "") -> Int32 {
        let console = Console(
            outputWidth: outputWidth, coloured: coloured, input: { Data(input.utf8) },
            output: { text in self.printed.withLock { $0 += text } },
            errors: { text in self.warned.withLock { $0 += text } })
        return CommandLineTool.run(arguments, console: console)
    }

    /// All of stdout, which must be one JSON value, such as a command prints with `--json`.
    func json() throws -> JSONValue { try StrictJSON.parse(output) }
}
