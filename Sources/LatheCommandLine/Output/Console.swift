import Foundation
import Logging

/// Where commands write: results to stdout, everything else to stderr. Tests put their own in place.
public struct Console: Sendable {
    /// The console of the running command.
    @TaskLocal static var current = Console.standard

    /// Streams.
    public struct Streams: OptionSet, Sendable {
        public let rawValue: Int
        public init(rawValue: Int) { self.rawValue = rawValue }

        public static let output = Streams(rawValue: 1)
        public static let errors = Streams(rawValue: 2)
    }

    private let output: @Sendable (String) throws -> Void
    private let errors: @Sendable (String) -> Void
    /// The columns of the terminal that stderr is; nil when it is none on which a line can be drawn again.
    let terminalWidth: Int?
    /// The columns of the terminal that stdout is; nil when it is none.
    let outputWidth: Int?
    /// Where text may have colours.
    private(set) var coloured: Streams

    /// - Parameters:
    ///   - output: takes text for stdout; throws when it cannot be written.
    ///   - errors: takes text for stderr.
    public init(
        terminalWidth: Int? = nil, outputWidth: Int? = nil, coloured: Streams = [], output: @escaping @Sendable (String) throws -> Void,
        errors: @escaping @Sendable (String) -> Void
    ) {
        (self.terminalWidth, self.outputWidth, self.coloured) = (terminalWidth, outputWidth, coloured)
        self.output = output
        self.errors = errors
    }

    /// The process's own.
    public static let standard: Console = {
        let environment = ProcessInfo.processInfo.environment, isDumb = Terminal.isDumb(environment)
        return Console(
            terminalWidth: isDumb ? nil : Terminal.width(of: STDERR_FILENO), outputWidth: Terminal.width(of: STDOUT_FILENO),
            coloured: Terminal.coloured(environment) { isatty($0) == 1 },
            output: { try FileHandle.standardOutput.write(contentsOf: Data($0.utf8)) },
            errors: { try? FileHandle.standardError.write(contentsOf: Data($0.utf8)) })
    }()

    /// The same without colours.
    var plain: Console {
        var console = self
        console.coloured = []
        return console
    }

    /// `text` in a style, where stdout has colours.
    func styled(_ text: String, _ style: TextStyle) -> String { coloured.contains(.output) ? style.applied(to: text) : text }

    /// Writes a line of the result.
    func print(_ line: String) throws { try output((coloured.contains(.output) ? LineLabel.coloured(line) : line) + "\n") }

    /// Writes a piece of the result as it is.
    func write(_ text: String) throws { try output(text) }

    /// Writes a line for people that is no result.
    func warn(_ line: String) { errors((coloured.contains(.errors) ? LineLabel.coloured(line) : line) + "\n") }

    /// Writes to stderr as it is.
    func show(_ text: String) { errors(text) }

    /// What a command says about its own doing; only with `--verbose`.
    func logger(isVerbose: Bool) -> Logger {
        var logger = Logger(label: "lathe") { StreamLogHandler.standardError(label: $0) }
        logger.logLevel = isVerbose ? .debug : .warning
        return logger
    }
}

/// What the terminal can do.
enum Terminal {
    /// Whether it knows no more than letters, as that of an editor.
    static func isDumb(_ environment: [String: String]) -> Bool { environment["TERM"] == "dumb" }

    /// The streams that show colours: terminals, unless `NO_COLOR` says otherwise (no-color.org) or the terminal is a dumb one.
    static func coloured(_ environment: [String: String], isTerminal: (Int32) -> Bool) -> Console.Streams {
        if isDumb(environment) || !(environment["NO_COLOR"] ?? "").isEmpty { return [] }
        var streams: Console.Streams = []
        if isTerminal(STDOUT_FILENO) { streams.insert(.output) }
        if isTerminal(STDERR_FILENO) { streams.insert(.errors) }
        return streams
    }

    /// The columns of the terminal behind `descriptor`, 80 where it does not say; nil for a file or a pipe.
    static func width(of descriptor: Int32) -> Int? {
        guard isatty(descriptor) == 1 else { return nil }
        var size = winsize()
        let known = ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 0
        return known ? Int(size.ws_col) : 80
    }
}
