/// How text stands out on a terminal.
enum TextStyle: String {
    case bold = "1"
    case dim = "2"
    case red = "1;31"
    case yellow = "33"

    /// `text` between the sequences that switch the style on and off (ECMA-48, SGR).
    func applied(to text: some StringProtocol) -> String { "\u{1B}[\(rawValue)m\(text)\u{1B}[0m" }
}

/// Words that lines begin with, and the colour that shows them.
enum LineLabel {
    private static let styles: [(label: String, style: TextStyle)] = [
        ("Error:", .red), ("Warning:", .yellow), ("note:", .yellow),
    ]

    /// `text` with the labels of its lines in colour.
    static func coloured(_ text: String) -> String {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map { line -> String in
            guard let (label, style) = styles.first(where: { line.hasPrefix($0.label) }) else { return String(line) }
            return style.applied(to: label) + line.dropFirst(label.count)
        }
        return lines.joined(separator: "\n")
    }
}
