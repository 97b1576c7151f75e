import Foundation
import LatheFiles

/// The streams that commands write to: results to stdout, everything else to stderr. Tests put their own in place.
///
/// A result is text for people, or, with `--json`, one JSON object and nothing else.
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

    private var input: StandardInput
    private let output: @Sendable (String) throws -> Void
    private let errors: @Sendable (String) -> Void
    /// The columns of the terminal that stderr is; nil when it is none on which a line can be drawn again.
    let terminalWidth: Int?
    /// The columns of the terminal that stdout is; nil when it is none.
    let outputWidth: Int?
    /// The streams whose text may have colours.
    private(set) var coloured: Streams
    /// Whether stdout carries one JSON object in place of text (`--json`).
    private(set) var isJSON = false

    /// - Parameters:
    ///   - input: returns all of standard input; called once, when it is needed.
    ///   - output: takes text for stdout; throws if it cannot be written.
    ///   - errors: takes text for stderr.
    public init(
        terminalWidth: Int? = nil, outputWidth: Int? = nil, coloured: Streams = [],
        input: @escaping @Sendable () throws -> Data = { Data() },
        output: @escaping @Sendable (String) throws -> Void, errors: @escaping @Sendable (String) -> Void
    ) {
        (self.terminalWidth, self.outputWidth, self.coloured) = (terminalWidth, outputWidth, coloured)
        self.input = StandardInput(input)
        self.output = output
        self.errors = errors
    }

    /// The process's own.
    public static let standard: Console = {
        let environment = ProcessInfo.processInfo.environment, isDumb = Terminal.isDumb(environment)
        return Console(
            terminalWidth: isDumb ? nil : Terminal.width(of: STDERR_FILENO),
            outputWidth: Terminal.width(of: STDOUT_FILENO),
            coloured: Terminal.coloured(environment) { isatty($0) == 1 },
            input: { try FileHandle.standardInput.readToEnd() ?? Data() },
            output: { try FileHandle.standardOutput.write(contentsOf: Data($0.utf8)) },
            errors: { try? FileHandle.standardError.write(contentsOf: Data($0.utf8)) })
    }()

    /// The same console in JSON mode, without colours.
    var forJSON: Console {
        var console = self
        (console.coloured, console.isJSON) = ([], true)
        return console
    }

    /// Returns the same console with `text` as standard input.
    func reading(_ text: String) -> Console {
        var console = self
        console.input = StandardInput { Data(text.utf8) }
        return console
    }

    /// Returns all of standard input; it is read once.
    func readInput() throws -> Data { try input.data() }

    /// The text of standard input if it was read.
    var inputText: String? { input.read.map { String(decoding: $0, as: UTF8.self) } }

    /// Returns `text` in a style if stdout has colours.
    func styled(_ text: String, _ style: TextStyle) -> String {
        coloured.contains(.output) ? style.applied(to: text) : text
    }

    /// Writes a line of the result for people; nothing in JSON mode.
    func print(_ line: @autoclosure () throws -> String) throws {
        if !isJSON { try printAlways(line()) }
    }

    /// Writes a piece of the result for people as it is; nothing in JSON mode.
    func write(_ text: String) throws {
        if !isJSON { try output(text) }
    }

    /// Writes the result as one line of JSON; nothing outside JSON mode. A command calls it once.
    func emit(_ value: @autoclosure () throws -> JSONValue) throws { try emit(text: value().text()) }

    /// Writes the result, which `json` is the text of; nothing outside JSON mode. A command calls it once.
    func emit(text json: @autoclosure () throws -> String) throws {
        if isJSON { try output(json() + "\n") }
    }

    /// Writes one line of a result that is a JSON object a line, in either mode.
    func emitLine(_ value: JSONValue) throws { try output(value.text() + "\n") }

    /// Writes a line to stdout in either mode, such as the help that was asked for.
    func printAlways(_ line: String) throws {
        let line = TextWrap.wrapped(line, to: outputWidth)
        try output((coloured.contains(.output) ? LineLabel.coloured(line) : line) + "\n")
    }

    /// Writes a line for people that is not part of the result.
    func warn(_ line: String) {
        let line = TextWrap.wrapped(line, to: terminalWidth)
        errors((coloured.contains(.errors) ? LineLabel.coloured(line) : line) + "\n")
    }

    /// Writes to stderr as it is.
    func show(_ text: String) { errors(text) }
}

/// What the terminal can do.
enum Terminal {
    /// Whether it knows no more than letters, as that of an editor.
    static func isDumb(_ environment: [String: String]) -> Bool { environment["TERM"] == "dumb" }

    /// The streams that show colours: terminals, unless `NO_COLOR` says otherwise (no-color.org) or the terminal is a
    /// dumb one.
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
