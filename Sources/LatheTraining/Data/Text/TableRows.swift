/// One field of a row: where its text is.
struct TableField {
    var range: Range<Int>
    /// Whether doubled quotes stand for one.
    var hasDoubledQuotes = false
}

/// Reads a table row by row.
protocol TableRows {
    var text: TextBytes { get }
    /// How the rows are written, for messages.
    static var format: DataFormat { get }
    /// Reads a row into `fields` and returns the number of its (first) line, or nil at the end.
    mutating func next(_ fields: inout [TableField]) throws(DataError) -> Int?
}

extension TableRows {
    /// The text of a field.
    func string(_ field: TableField) -> String {
        guard field.hasDoubledQuotes else { return text.string(field.range) }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(field.range.count)
        var position = field.range.lowerBound
        while position < field.range.upperBound {
            let byte = text.bytes[position]
            bytes.append(byte)
            position += byte == UInt8(ascii: "\"") ? 2 : 1
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}

/// Rows whose columns are parted by tabs. Quote characters are characters like any other.
struct TSVRows: TableRows {
    static var format: DataFormat { .tsv }
    let text: TextBytes
    private var position = 0
    private var line = 0

    init(_ text: TextBytes) {
        self.text = text
    }

    mutating func next(_ fields: inout [TableField]) throws(DataError) -> Int? {
        guard position < text.bytes.count else { return nil }
        fields.removeAll(keepingCapacity: true)
        line += 1
        let lineStart = position
        var start = position
        while position < text.bytes.count {
            let byte = text.bytes[position]
            if byte == 0x0A { break }
            if byte == 0x09 {
                fields.append(TableField(range: start..<position))
                start = position + 1
            }
            position += 1
        }
        fields.append(TableField(range: start..<max(start, text.withoutReturn(lineStart, position))))
        position += 1
        return line
    }
}

/// Rows as RFC 4180 writes them: columns separated by commas; a field in quotes may hold commas, line breaks and,
/// doubled, quotes. Where the first line has no comma, semicolons separate columns, or tabs, as spreadsheets write them
/// in many countries.
struct CSVRows: TableRows {
    static var format: DataFormat { .csv }
    let text: TextBytes
    private let separator: UInt8
    private var position = 0
    private var line = 1

    init(_ text: TextBytes) {
        self.text = text
        let first = text.bytes[0..<text.lineEnd(from: 0)], comma = UInt8(ascii: ",")
        separator = first.contains(comma) ? comma : [UInt8(ascii: ";"), 0x09].first(where: first.contains) ?? comma
    }

    mutating func next(_ fields: inout [TableField]) throws(DataError) -> Int? {
        guard position < text.bytes.count else { return nil }
        fields.removeAll(keepingCapacity: true)
        let first = line
        while true {
            let isQuoted = position < text.bytes.count && text.bytes[position] == UInt8(ascii: "\"")
            fields.append(isQuoted ? try quotedField() : try plainField())
            guard position < text.bytes.count else { return first }
            let byte = text.bytes[position]
            position += 1
            if byte == 0x0A {
                line += 1
                return first
            }
            // A comma right before the end of the file begins one more field, an empty one.
        }
    }

    /// Reads up to the comma or line feed that ends the field.
    private mutating func plainField() throws(DataError) -> TableField {
        let start = position
        while position < text.bytes.count {
            switch text.bytes[position] {
            case separator: return TableField(range: start..<position)
            case 0x0A: return TableField(range: start..<text.withoutReturn(start, position))
            case UInt8(ascii: "\""): throw text.error(.strayQuote, at: position)
            default: position += 1
            }
        }
        return TableField(range: start..<text.withoutReturn(start, position))
    }

    private mutating func quotedField() throws(DataError) -> TableField {
        let quote = position
        position += 1
        var field = TableField(range: position..<position)
        while position < text.bytes.count {
            let byte = text.bytes[position]
            if byte == UInt8(ascii: "\"") {
                if position + 1 < text.bytes.count, text.bytes[position + 1] == UInt8(ascii: "\"") {
                    field.hasDoubledQuotes = true
                    position += 2
                    continue
                }
                field.range = quote + 1..<position
                position += 1
                try expectFieldEnd()
                return field
            }
            if byte == 0x0A { line += 1 }
            position += 1
        }
        throw text.error(.unclosedQuote, at: quote)
    }

    /// Checks that a comma, a line break or the end follows a closing quote.
    private mutating func expectFieldEnd() throws(DataError) {
        guard position < text.bytes.count else { return }
        switch text.bytes[position] {
        case separator, 0x0A: return
        case 0x0D where position + 1 == text.bytes.count || text.bytes[position + 1] == 0x0A: position += 1
        default: throw text.error(.textAfterQuote, at: position)
        }
    }
}
