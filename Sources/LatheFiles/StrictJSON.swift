/// A JSON reader for files that must be right: RFC 8259 to the letter, and no key twice in an object. Comments are
/// errors, but where a caller asks for them.
///
/// ```swift
/// let value = try StrictJSON.parse(#"{"bits": 4, "groups": [1, 2]}"#)
/// value["bits"]?.integer    // 4
/// ```
///
/// It takes UTF-8 without byte order mark. Values nested deeper than 64 and more values than the limit are errors, so a
/// hostile text can neither exhaust the stack nor take much more memory than its own size suggests.
package enum StrictJSON {
    /// How deep arrays and objects may be nested.
    package static let depthLimit = 64
    /// How many values a text may hold unless the caller says otherwise.
    package static let defaultValueLimit = 1 << 24

    /// Reads `text`.
    /// - Throws: `JSONError` with the place of the first mistake.
    package static func parse(_ text: String) throws(JSONError) -> JSONValue {
        try parse(Array(text.utf8))
    }

    /// Reads `bytes`.
    /// - Parameters:
    ///   - bytes: the text in UTF-8.
    ///   - valueLimit: how many values it may hold.
    ///   - allowsComments: whether comments may stand where spaces may.
    /// - Throws: `JSONError` with the place of the first mistake.
    package static func parse(
        _ bytes: [UInt8], valueLimit: Int = defaultValueLimit, allowsComments: Bool = false
    ) throws(JSONError) -> JSONValue {
        // The standard library's closure methods of `Array` rethrow untyped, so the result carries the error out.
        let result: Result<JSONValue, JSONError> = bytes.withUnsafeBytes { buffer in
            do throws(JSONError) {
                return .success(try parse(buffer, valueLimit: valueLimit, allowsComments: allowsComments))
            } catch {
                return .failure(error)
            }
        }
        return try result.get()
    }

    /// Reads `bytes`, which must stay valid until this returns.
    /// - Parameters:
    ///   - bytes: the text in UTF-8.
    ///   - valueLimit: how many values it may hold.
    ///   - allowsComments: whether `// …` to the end of a line and `/* … */`, which does not nest, may stand where
    ///     spaces may.
    /// - Throws: `JSONError` with the place of the first mistake.
    package static func parse(
        _ bytes: UnsafeRawBufferPointer, valueLimit: Int = defaultValueLimit, allowsComments: Bool = false
    ) throws(JSONError) -> JSONValue {
        var parser = JSONParser(bytes, valueLimit: valueLimit, allowsComments: allowsComments)
        return try parser.parseText()
    }

    /// Reads the content of `file`.
    /// - Parameters:
    ///   - file: the text in UTF-8.
    ///   - allowsComments: whether comments may stand where spaces may.
    /// - Throws: `JSONError` with the place of the first mistake.
    package static func parse(_ file: MappedFile, allowsComments: Bool = false) throws(JSONError) -> JSONValue {
        try file.withUnsafeBytes { (bytes) throws(JSONError) in try parse(bytes, allowsComments: allowsComments) }
    }
}

/// A recursive-descent parser over bytes; the depth limit bounds the recursion.
private struct JSONParser {
    private let bytes: UnsafeRawBufferPointer
    private let valueLimit: Int
    private let allowsComments: Bool
    private var valueCount = 0
    private var position = 0

    init(_ bytes: UnsafeRawBufferPointer, valueLimit: Int, allowsComments: Bool) {
        self.bytes = bytes
        self.valueLimit = valueLimit
        self.allowsComments = allowsComments
    }

    mutating func parseText() throws(JSONError) -> JSONValue {
        try skipSpace()
        let value = try parseValue(depth: 0)
        try skipSpace()
        guard position == bytes.count else { throw error(.trailingContent) }
        return value
    }

    private mutating func parseValue(depth: Int) throws(JSONError) -> JSONValue {
        valueCount += 1
        guard valueCount <= valueLimit else { throw error(.tooManyValues(limit: valueLimit)) }
        switch try peek() {
        case UInt8(ascii: "{"): return try parseObject(depth: depth + 1)
        case UInt8(ascii: "["): return try parseArray(depth: depth + 1)
        case UInt8(ascii: "\""): return .string(try parseString())
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return try parseNumber()
        case UInt8(ascii: "t"): return try parseLiteral("true", .bool(true))
        case UInt8(ascii: "f"): return try parseLiteral("false", .bool(false))
        case UInt8(ascii: "n"): return try parseLiteral("null", .null)
        case let byte: throw error(.unexpected(byte: byte, expected: "a value"))
        }
    }

    // MARK: Containers

    private mutating func parseObject(depth: Int) throws(JSONError) -> JSONValue {
        guard depth <= StrictJSON.depthLimit else { throw error(.tooDeep(limit: StrictJSON.depthLimit)) }
        position += 1
        var members: [JSONValue.Member] = []
        var keys = KeySet()
        try skipSpace()
        if try peek() == UInt8(ascii: "}") {
            position += 1
            return .object([])
        }
        while true {
            try skipSpace()
            let start = position
            guard try peek() == UInt8(ascii: "\"") else {
                throw error(.unexpected(byte: try peek(), expected: "a key in quotes"))
            }
            let key = try parseString()
            guard keys.insert(key) else { throw error(.duplicateKey(key), at: start) }
            try skipSpace()
            try expect(UInt8(ascii: ":"), "':'")
            try skipSpace()
            members.append(JSONValue.Member(key, try parseValue(depth: depth)))
            if try isLast(UInt8(ascii: "}"), "',' or '}'") { return .object(members) }
        }
    }

    private mutating func parseArray(depth: Int) throws(JSONError) -> JSONValue {
        guard depth <= StrictJSON.depthLimit else { throw error(.tooDeep(limit: StrictJSON.depthLimit)) }
        position += 1
        var values: [JSONValue] = []
        try skipSpace()
        if try peek() == UInt8(ascii: "]") {
            position += 1
            return .array([])
        }
        while true {
            try skipSpace()
            values.append(try parseValue(depth: depth))
            if try isLast(UInt8(ascii: "]"), "',' or ']'") { return .array(values) }
        }
    }

    /// Consumes a comma, or `close`, and says whether it was `close`.
    private mutating func isLast(_ close: UInt8, _ expected: String) throws(JSONError) -> Bool {
        try skipSpace()
        let byte = try peek()
        guard byte == close || byte == UInt8(ascii: ",") else {
            throw error(.unexpected(byte: byte, expected: expected))
        }
        position += 1
        return byte == close
    }

    // MARK: Strings

    private mutating func parseString() throws(JSONError) -> String {
        position += 1
        let start = position
        var unescaped: [UInt8] = []
        var copied = position
        while true {
            let byte = try peek()
            switch byte {
            case UInt8(ascii: "\""):
                let string: String?
                if copied == start {
                    string = String(validating: bytes[start..<position], as: UTF8.self)
                } else {
                    unescaped.append(contentsOf: bytes[copied..<position])
                    string = String(validating: unescaped, as: UTF8.self)
                }
                guard let string else { throw error(.invalidUTF8, at: start) }
                position += 1
                return string
            case UInt8(ascii: "\\"):
                unescaped.append(contentsOf: bytes[copied..<position])
                let scalar = try parseEscape()
                unescaped.append(contentsOf: UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
                copied = position
            case 0..<0x20: throw error(.controlCharacter(byte))
            default: position += 1
            }
        }
    }

    private mutating func parseEscape() throws(JSONError) -> UnicodeScalar {
        let start = position
        position += 1
        let byte = try peek()
        position += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return UnicodeScalar(byte)
        case UInt8(ascii: "b"): return "\u{08}"
        case UInt8(ascii: "f"): return "\u{0C}"
        case UInt8(ascii: "n"): return "\n"
        case UInt8(ascii: "r"): return "\r"
        case UInt8(ascii: "t"): return "\t"
        case UInt8(ascii: "u"): break
        default: throw error(.malformedEscape, at: start)
        }
        let unit = try parseHexUnit(start)
        if let scalar = UnicodeScalar(unit) { return scalar }
        // What is no scalar is a surrogate: the high half must come first, the low half right behind it.
        guard unit < 0xDC00, position + 1 < bytes.count, bytes[position] == UInt8(ascii: "\\"),
            bytes[position + 1] == UInt8(ascii: "u")
        else { throw error(.loneSurrogate, at: start) }
        position += 2
        let low = try parseHexUnit(start)
        guard low >= 0xDC00, low <= 0xDFFF,
            let scalar = UnicodeScalar(0x10000 + (unit - 0xD800) << 10 + (low - 0xDC00))
        else { throw error(.loneSurrogate, at: start) }
        return scalar
    }

    private mutating func parseHexUnit(_ start: Int) throws(JSONError) -> UInt32 {
        var unit: UInt32 = 0
        for _ in 0..<4 {
            let byte = try peek()
            let digit: UInt8
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = byte - UInt8(ascii: "0")
            case UInt8(ascii: "a")...UInt8(ascii: "f"): digit = byte - UInt8(ascii: "a") + 10
            case UInt8(ascii: "A")...UInt8(ascii: "F"): digit = byte - UInt8(ascii: "A") + 10
            default: throw error(.malformedEscape, at: start)
            }
            unit = unit << 4 | UInt32(digit)
            position += 1
        }
        return unit
    }

    // MARK: Numbers and literals

    private mutating func parseNumber() throws(JSONError) -> JSONValue {
        let start = position
        var isInteger = true
        if current == UInt8(ascii: "-") { position += 1 }
        if current == UInt8(ascii: "0") {
            position += 1
        } else {
            try skipDigits(from: start)
        }
        if current == UInt8(ascii: ".") {
            isInteger = false
            position += 1
            try skipDigits(from: start)
        }
        if current == UInt8(ascii: "e") || current == UInt8(ascii: "E") {
            isInteger = false
            position += 1
            if current == UInt8(ascii: "+") || current == UInt8(ascii: "-") { position += 1 }
            try skipDigits(from: start)
        }
        if let byte = current, byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") {
            throw error(.malformedNumber, at: start)
        }
        guard position - start <= 1_000 else { throw error(.numberOutOfRange, at: start) }
        let text = String(decoding: bytes[start..<position], as: UTF8.self)
        if isInteger, text != "-0", let value = Int(text) { return .integer(value) }
        guard let value = Double(text), value.isFinite else { throw error(.numberOutOfRange, at: start) }
        return .number(value)
    }

    /// Skips one digit or more.
    private mutating func skipDigits(from start: Int) throws(JSONError) {
        let first = position
        while let byte = current, byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") { position += 1 }
        guard position > first else { throw error(.malformedNumber, at: start) }
    }

    private mutating func parseLiteral(_ text: StaticString, _ value: JSONValue) throws(JSONError) -> JSONValue {
        for index in 0..<text.utf8CodeUnitCount {
            try expect(text.utf8Start[index], "\(text)")
        }
        return value
    }

    // MARK: Bytes

    private var current: UInt8? {
        position < bytes.count ? bytes[position] : nil
    }

    private func peek() throws(JSONError) -> UInt8 {
        guard let current else { throw error(.unexpectedEnd) }
        return current
    }

    private mutating func expect(_ byte: UInt8, _ expected: @autoclosure () -> String) throws(JSONError) {
        let found = try peek()
        guard found == byte else { throw error(.unexpected(byte: found, expected: expected())) }
        position += 1
    }

    private mutating func skipSpace() throws(JSONError) {
        while let byte = current {
            switch byte {
            case 0x20, 0x0A, 0x0D, 0x09: position += 1
            case UInt8(ascii: "/") where allowsComments: try skipComment()
            default: return
            }
        }
    }

    /// Skips what begins with a slash.
    private mutating func skipComment() throws(JSONError) {
        let start = position
        position += 1
        switch current {
        case UInt8(ascii: "/"): while let byte = current, byte != 0x0A { position += 1 }
        case UInt8(ascii: "*"):
            position += 1
            var previous: UInt8 = 0
            while let byte = current {
                position += 1
                if previous == UInt8(ascii: "*"), byte == UInt8(ascii: "/") { return }
                previous = byte
            }
            throw error(.unterminatedComment, at: start)
        default:
            throw error(.unexpected(byte: UInt8(ascii: "/"), expected: "a value or a comment (// or /*)"), at: start)
        }
    }

    private func error(_ problem: JSONError.Problem, at offset: Int? = nil) -> JSONError {
        let offset = offset ?? position
        var line = 1
        var lineStart = 0
        for index in 0..<min(offset, bytes.count) where bytes[index] == 0x0A {
            line += 1
            lineStart = index + 1
        }
        return JSONError(problem, offset: offset, line: line, column: offset - lineStart + 1)
    }
}

/// The keys seen in one object: a list while they are few, as nearly always, then a set.
private struct KeySet {
    private var few: [String] = []
    private var many: Set<ExactName> = []

    /// Adds `key`, or returns false when it is there already.
    mutating func insert(_ key: String) -> Bool {
        if many.isEmpty {
            if few.contains(where: { $0.utf8.elementsEqual(key.utf8) }) { return false }
            few.append(key)
            if few.count > 16 { many = Set(few.map(ExactName.init)) }
            return true
        }
        return many.insert(ExactName(key)).inserted
    }
}
