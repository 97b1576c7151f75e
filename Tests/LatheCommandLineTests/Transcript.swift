import Lathe
import Synchronization

@testable import LatheCommandLine

/// Runs commands and keeps what they print.
final class Transcript: Sendable {
    private let printed = Mutex("")
    private let warned = Mutex("")

    /// What went to stdout and stderr.
    var output: String { printed.withLock { $0 } }
    var errors: String { warned.withLock { $0 } }

    /// Runs a command as typed and returns its exit code.
    func run(_ command: String) -> Int32 {
        let console = Console(output: { text in self.printed.withLock { $0 += text } }, errors: { text in self.warned.withLock { $0 += text } })
        return CommandLineTool.run(command.split(separator: " ").map(String.init), console: console)
    }

    /// The last line of stdout as JSON.
    func json() throws -> JSONValue {
        try StrictJSON.parse(String(output.split(separator: "\n").last ?? ""))
    }
}
