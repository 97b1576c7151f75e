import Foundation
import Logging

/// Where commands write: results to stdout, everything else to stderr. Tests put their own in place.
public struct Console: Sendable {
    /// The console of the running command.
    @TaskLocal static var current = Console.standard

    private let output: @Sendable (String) throws -> Void
    private let errors: @Sendable (String) -> Void
    /// The columns of the terminal that stderr is; nil when it is none.
    let terminalWidth: Int?

    /// - Parameters:
    ///   - output: takes text for stdout; throws when it cannot be written.
    ///   - errors: takes text for stderr.
    public init(terminalWidth: Int? = nil, output: @escaping @Sendable (String) throws -> Void, errors: @escaping @Sendable (String) -> Void) {
        self.terminalWidth = terminalWidth
        self.output = output
        self.errors = errors
    }

    /// The process's own.
    public static let standard = Console(
        terminalWidth: Terminal.width(of: STDERR_FILENO),
        output: { try FileHandle.standardOutput.write(contentsOf: Data($0.utf8)) },
        errors: { try? FileHandle.standardError.write(contentsOf: Data($0.utf8)) })

    /// Writes a line of the result.
    func print(_ line: String) throws { try output(line + "\n") }

    /// Writes a piece of the result as it is.
    func write(_ text: String) throws { try output(text) }

    /// Writes a line for people that is no result.
    func warn(_ line: String) { errors(line + "\n") }

    /// Writes to stderr as it is.
    func show(_ text: String) { errors(text) }

    /// What a command says about its own doing; only with `--verbose`.
    func logger(isVerbose: Bool) -> Logger {
        var logger = Logger(label: "lathe") { StreamLogHandler.standardError(label: $0) }
        logger.logLevel = isVerbose ? .debug : .warning
        return logger
    }
}

private enum Terminal {
    /// The columns of the terminal behind `descriptor`, 80 where it does not say; nil for a file or a pipe.
    static func width(of descriptor: Int32) -> Int? {
        guard isatty(descriptor) == 1 else { return nil }
        var size = winsize()
        let known = ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 0
        return known ? Int(size.ws_col) : 80
    }
}
