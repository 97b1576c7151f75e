extension JSONValue {
    /// The layout of a text.
    package enum Style: Sendable {
        /// One line without spaces.
        case compact
        /// One line with a space behind each comma and colon.
        case spaced
        /// One member or element a line, indented by two spaces.
        case pretty
    }

    /// Returns the value as JSON text of one line without spaces.
    ///
    /// Numbers are written with the digits needed to read them back bit for bit. JSON has no infinities and no NaN:
    /// these are written as `null`.
    public func text() -> String { text(.compact) }

    /// Returns the value as JSON text, without a final line break.
    package func text(_ style: Style) -> String {
        var text = ""
        append(to: &text, style, depth: 0)
        return text
    }

    /// `string` as a JSON string, quotes included.
    ///
    /// Quotes, backslashes and control characters are escaped; everything else stays as it is.
    public static func quoted(_ string: String) -> String {
        var text = ""
        appendQuoted(string, to: &text)
        return text
    }

    private func append(to text: inout String, _ style: Style, depth: Int) {
        switch self {
        case .null: text += "null"
        case .bool(let value): text += value ? "true" : "false"
        case .integer(let value): text += String(value)
        case .number(let value): text += value.isFinite ? value.description : "null"
        case .string(let value): Self.appendQuoted(value, to: &text)
        case .array(let values):
            Self.appendList(values, "[", "]", to: &text, style, depth) { value, text in
                value.append(to: &text, style, depth: depth + 1)
            }
        case .object(let members):
            Self.appendList(members, "{", "}", to: &text, style, depth) { member, text in
                Self.appendQuoted(member.key, to: &text)
                text += style == .compact ? ":" : ": "
                member.value.append(to: &text, style, depth: depth + 1)
            }
        }
    }

    private static func appendList<Element>(
        _ elements: [Element], _ open: String, _ close: String, to text: inout String, _ style: Style, _ depth: Int,
        _ append: (Element, inout String) -> Void
    ) {
        text += open
        for (index, element) in elements.enumerated() {
            if index > 0 { text += style == .spaced ? ", " : "," }
            if style == .pretty { appendBreak(depth + 1, to: &text) }
            append(element, &text)
        }
        if style == .pretty, !elements.isEmpty { appendBreak(depth, to: &text) }
        text += close
    }

    private static func appendBreak(_ depth: Int, to text: inout String) {
        text += "\n"
        for _ in 0..<depth { text += "  " }
    }

    private static func appendQuoted(_ string: String, to text: inout String) {
        text += "\""
        for scalar in string.unicodeScalars {
            switch scalar {
            case "\"": text += "\\\""
            case "\\": text += "\\\\"
            case "\n": text += "\\n"
            case "\r": text += "\\r"
            case "\t": text += "\\t"
            case "\u{08}": text += "\\b"
            case "\u{0C}": text += "\\f"
            case "\u{00}"..."\u{1F}":
                let digits = String(scalar.value, radix: 16)
                text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: text.unicodeScalars.append(scalar)
            }
        }
        text += "\""
    }
}
