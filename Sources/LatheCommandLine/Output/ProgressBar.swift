import LatheFiles
import LatheReport

/// Shows how far long work is: a line that is redrawn on a terminal, plain lines every few seconds elsewhere.
struct ProgressBar {
    enum Style: Equatable {
        /// One line, drawn again and again, at most `width` columns.
        case redrawn(width: Int)
        /// A line now and then.
        case lines
        case silent
    }

    private static let secondsBetweenRedraws = 0.1
    private static let secondsBetweenLines = 5.0
    /// Before that, a rate is no more than a guess.
    private static let secondsBeforeRate = 0.5
    private static let barWidth = 24
    /// A bar narrower than that shows nothing.
    private static let narrowestBar = 6

    private let title: String
    private let total: Int
    private let unit: String
    private let style: Style
    private let write: (String) -> Void
    private let now: () -> Double
    private let start: Double
    /// What was done before the bar began: it took time that is not known here.
    private let first: Int
    private(set) var done = 0
    private var note = ""
    private var lastDrawn: (time: Double, done: Int)?
    private var drawnCount = 0

    /// - Parameters:
    ///   - unit: what is counted, in the plural: `steps`.
    ///   - write: takes text as it is.
    ///   - now: seconds since some moment.
    ///   - first: how much is done already.
    init(
        _ title: String, total: Int, unit: String, style: Style, write: @escaping (String) -> Void,
        now: @escaping () -> Double, from first: Int = 0
    ) {
        self.title = title
        self.total = max(total, 1)
        self.unit = unit
        self.style = style
        self.write = write
        self.now = now
        self.first = first
        start = now()
    }

    /// A bar on the stderr of the running command. With `isQuiet` only a terminal sees it.
    init(_ title: String, total: Int, unit: String, isQuiet: Bool, from first: Int = 0) {
        let console = Console.current, epoch = ContinuousClock.now
        self.init(
            title, total: total, unit: unit,
            style: console.terminalWidth.map(Style.redrawn) ?? (isQuiet ? .silent : .lines),
            write: console.show, now: { (ContinuousClock.now - epoch) / .seconds(1) }, from: first)
    }

    /// Tells that `done` of the total are done; `note` stands at the end of the line.
    mutating func update(to done: Int, note: String = "") {
        self.done = done
        self.note = note
        if style == .lines, now() - (lastDrawn?.time ?? start) < Self.secondsBetweenLines { return }
        if let lastDrawn, now() - lastDrawn.time < Self.secondsBetweenRedraws { return }
        draw()
    }

    /// Clears the line, for another text to take its place; the next update draws it again.
    mutating func interrupt() {
        guard case .redrawn = style, drawnCount > 0 else { return }
        write("\r" + String(repeating: " ", count: drawnCount) + "\r")
        (drawnCount, lastDrawn) = (0, nil)
    }

    /// Shows where the work stands, in the end or where it stopped, and leaves the line.
    mutating func finish() {
        if style != .lines || lastDrawn?.done != done { draw() }
        if case .redrawn = style { write("\n") }
    }

    private mutating func draw() {
        lastDrawn = (now(), done)
        switch style {
        case .silent: break
        case .lines: write(parts(bar: nil).joined(separator: "  ") + "\n")
        case .redrawn(let width):
            // The last column stays free: terminals wrap there.
            let free = width - 1 - parts(bar: "").joined(separator: "  ").count
            let line = Self.line(parts(bar: bar(within: free)), within: max(width - 1, 1))
            write("\r" + line + String(repeating: " ", count: max(0, drawnCount - line.count)))
            drawnCount = line.count
        }
    }

    /// As many of `parts` as fit, the last ones being the least needed; the first one is cut if it is too long itself.
    private static func line(_ parts: [String], within columns: Int) -> String {
        var count = parts.count
        while count > 1, parts.prefix(count).joined(separator: "  ").count > columns { count -= 1 }
        return String(parts.prefix(count).joined(separator: "  ").prefix(columns))
    }

    /// The bar in `columns` columns at most, which leave room for the figures; nil where they are too few.
    private func bar(within columns: Int) -> String? {
        let width = min(Self.barWidth, columns - 2)
        guard width >= Self.narrowestBar else { return nil }
        let filled = min(done, total) * width / total
        return "[" + String(repeating: "=", count: filled) + String(repeating: " ", count: width - filled) + "]"
    }

    private func parts(bar: String?) -> [String] {
        let elapsed = now() - start
        let percent = String(min(done, total) * 100 / total)
        var parts = [
            title, bar, String(repeating: " ", count: 3 - percent.count) + percent + "%", "\(done)/\(total) \(unit)",
        ].compactMap { $0 }
        if done > first, elapsed >= Self.secondsBeforeRate {
            let rate = Double(done - first) / elapsed
            parts.append(Quantity.compact(rate) + "/s")
            if done < total { parts.append(Quantity.duration(Double(total - done) / rate) + " left") }
        }
        if done >= total { parts.append("in " + Quantity.duration(elapsed)) }
        return note.isEmpty ? parts : parts + [note]
    }
}
