import LatheFiles

extension DataError {
    public var cures: [Cure] {
        switch problem {
        case .missingColumn: [.columns]
        case .noLabels: [.labelColumn]
        case .headerIsExample: [.noHeader]
        case .otherSeparator: [.labelSeparator]
        default: []
        }
    }

    /// The message: file, line and byte, what was expected and found, and the cure.
    public var description: String {
        if case .file(let error) = problem { return error.description }
        if case .json(let error) = problem { return "\(path): \(error)" }
        var place = path
        if let line { place += ":\(line)" }
        if let byteColumn { place += ":\(byteColumn)" }
        return "\(place): \(words)"
    }

    private var words: String {
        switch problem {
        case .file(let error): return error.description
        case .json(let error): return error.description
        case .unknownFormat:
            return "the name does not say the format; use .tsv, .csv or .jsonl, or name the format"
        case .noExamples(let hasHeader):
            return hasHeader ? "no examples below the header; add a row for each" : "no examples; add a line for each"
        case .invalidUTF8(let byte): return "the byte \(Self.hexadecimal(byte)) is not UTF-8; save the file as UTF-8"
        case .blankLine: return "blank line; remove it"
        case .columnCount(let expected, let found, let format):
            return "expected \(Self.columns(expected)), found \(found); \(Self.cure(format, expected, found))"
        case .missingColumn(let names, let nearest, let present):
            return "no column \(Self.list(names)), found \(Self.list(present)); " + Self.cure(names, nearest, present)
        case .noLabels(let names, let nearest, let present):
            let cure =
                nearest.map { "did you mean \(Self.quoted($0))?" }
                ?? "name the column that holds the labels, or use a file with labels"
            return "no label column \(Self.list(names)), found \(Self.list(present)); \(cure)"
        case .duplicateColumn(let name): return "two columns are called \(Self.quoted(name)); rename one of them"
        case .unknownLabel(let column, let found, let expected):
            return
                "\(Self.name(column)): expected \(Self.choice(expected)), found \(Self.quoted(found)); correct the label"
        case .malformedScore(let column, let found, let range):
            let expected = range.map { "a number from \($0.lowerBound) to \($0.upperBound)" } ?? "a number"
            return "\(Self.name(column)): expected \(expected), found \(Self.quoted(found)); correct the score"
        case .emptyLabel(let column): return "\(Self.name(column)): no label; add it, or remove the row"
        case .tooManyLabels(let column, let limit):
            return "\(Self.name(column)): more than \(limit) different labels; name the column that holds the class"
        case .repeatedLabel(let column, let name):
            return "\(Self.name(column)): the label \(Self.quoted(name)) is there twice; name it once"
        case .otherSeparator(let column, let expected, let found):
            return
                "\(Self.name(column)): labels are separated by \(Self.quoted(String(found))) here and by \(Self.quoted(String(expected))) before; "
                + "use one separator, or name it"
        case .headerIsExample(let name):
            return
                "the first row should name the columns, and \(Self.quoted(name)) reads like an example; add a row with names, or say that there is none"
        case .wrongKind(let column, let expected, let found):
            return "\(Self.name(column)): expected \(expected), found \(found); correct the value"
        case .notAnObject(let found):
            return "expected an object, found \(found); write each line as {\"column\": value, …}"
        case .unclosedQuote:
            return "the quoted field that begins here does not end; close it, or double quotes inside it"
        case .strayQuote: return "a quote inside a field; put the field in quotes and double those inside it"
        case .textAfterQuote: return "something follows the closing quote; double the quotes inside the field"
        case .labelNames(let found, let expected):
            return "labels \(Self.list(found)) are not the task's \(Self.list(expected)); use these, in any order"
        }
    }

    private static func cure(_ format: DataFormat, _ expected: Int, _ found: Int) -> String {
        switch format {
        case .tsv:
            found < expected ? "put one tab between columns, and no line breaks in them" : "remove tabs inside columns"
        case .csv: found < expected ? "put a comma between columns" : "put columns with commas inside in quotes"
        case .jsonl: "give every object the same keys"
        }
    }

    private static func cure(_ names: [String], _ nearest: String?, _ present: [String]) -> String {
        if let nearest { return "did you mean \(quoted(nearest))?" }
        return "name the column, or make \(list(Array(names.prefix(1)))) the header's name for it"
    }

    private static func columns(_ count: Int) -> String { count == 1 ? "1 column" : "\(count) columns" }

    private static func name(_ column: Column) -> String {
        column.number.map { "column \($0) (\(shortened(column.name)))" } ?? quoted(column.name)
    }

    private static func list(_ names: [String]) -> String {
        let limit = 20
        let listed = names.prefix(limit).map(quoted).joined(separator: ", ")
        return names.isEmpty ? "nothing" : names.count > limit ? listed + ", …" : listed
    }

    private static func choice(_ names: [String]) -> String {
        let limit = 10
        guard names.count > 1, names.count <= limit, let last = names.last else { return "one of " + list(names) }
        return names.dropLast().map(shortened).joined(separator: ", ") + " or " + shortened(last)
    }

    private static func hexadecimal(_ byte: UInt8) -> String {
        "0x" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
    }

    /// `text` in quotes, control characters escaped, no longer than a line.
    private static func quoted(_ text: String) -> String { JSONValue.quoted(shortened(text)) }

    private static func shortened(_ text: String) -> String {
        let limit = 60
        let scalars = text.unicodeScalars
        guard let end = scalars.index(scalars.startIndex, offsetBy: limit, limitedBy: scalars.endIndex),
            end != scalars.endIndex
        else { return text }
        return String(scalars[..<end]) + "…"
    }
}
