import LatheFiles

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Reads values from a tokenizer's JSON file and collects what is wrong, so that all of it is told at once.
final class TokenizerFileReader {
    /// Ids are below this, so that new ones can follow the largest.
    static let idLimit = 1 << 30

    /// The path for messages.
    let file: String
    private var problems: [TokenizerError.Problem] = []
    private var problemCount = 0

    init(file: String) {
        self.file = file
    }

    // MARK: Problems

    func report(_ key: String, _ reason: TokenizerError.Problem.Reason) {
        problemCount += 1
        if problems.count < 50 { problems.append(TokenizerError.Problem(key: key, reason: reason)) }
    }

    /// Throws if anything was reported.
    func check() throws(TokenizerError) {
        if problemCount > 0 { throw .invalid(file: file, problems: problems, count: problemCount) }
    }

    // MARK: Values

    /// The object `value`, or nil after a report.
    func object(_ value: JSONValue?, _ key: String) -> [JSONValue.Member]? {
        if let object = value?.object { return object }
        reportKind(value, key, "an object")
        return nil
    }

    /// The elements of the array `value`, or nil after a report.
    func array(_ value: JSONValue?, _ key: String) -> [JSONValue]? {
        if let array = value?.array { return array }
        reportKind(value, key, "an array")
        return nil
    }

    /// The string `value`, or nil after a report.
    func string(_ value: JSONValue?, _ key: String) -> String? {
        if let string = value?.string { return string }
        reportKind(value, key, "a string")
        return nil
    }

    /// The truth value, `otherwise` where there is none or null, or that after a report.
    func bool(_ value: JSONValue?, _ key: String, otherwise: Bool) -> Bool {
        guard let value, !value.isNull else { return otherwise }
        if let bool = value.bool { return bool }
        reportKind(value, key, "true or false")
        return otherwise
    }

    /// The token id `value`, or nil after a report.
    func id(_ value: JSONValue?, _ key: String) -> Int32? {
        guard let integer = value?.integer else {
            reportKind(value, key, "an id")
            return nil
        }
        if (0..<Self.idLimit).contains(integer) { return Int32(integer) }
        report(key, .unexpected(expected: "an id from 0 to \(Self.idLimit - 1)", got: String(integer)))
        return nil
    }

    private func reportKind(_ value: JSONValue?, _ key: String, _ expected: String) {
        if let value {
            report(key, .unexpected(expected: expected, got: value.kind))
        } else {
            report(key, .missing(expected: expected))
        }
    }

    // MARK: Files

    /// The file `name` of a directory, or nil if there is none.
    static func open(_ name: String, in directory: String) throws(TokenizerError) -> MappedFile? {
        do {
            return try MappedFile(path: path(name, in: directory))
        } catch .system(_, .open, ENOENT) {
            return nil
        } catch {
            throw .io(error)
        }
    }

    static func path(_ name: String, in directory: String) -> String {
        directory.hasSuffix("/") ? directory + name : directory + "/" + name
    }

    /// The JSON in `file`.
    static func json(_ file: MappedFile) throws(TokenizerError) -> JSONValue {
        do {
            return try StrictJSON.parse(file)
        } catch {
            throw .malformedJSON(file: file.path, problem: error)
        }
    }

    /// The lines of `file` without their ends; a line that is not UTF-8 is reported.
    func lines(_ file: MappedFile) -> [String] {
        file.withUnsafeBytes { bytes in
            var lines: [String] = []
            var start = 0
            while start < bytes.count {
                let end = bytes[start...].firstIndex(of: 0x0A) ?? bytes.count
                let isWindows = end > start && end < bytes.count && bytes[end - 1] == 0x0D
                if let line = String(validating: bytes[start..<(isWindows ? end - 1 : end)], as: UTF8.self) {
                    lines.append(line)
                } else {
                    report("line \(lines.count + 1)", .unexpected(expected: "UTF-8", got: "other bytes"))
                    lines.append("")
                }
                start = end + 1
            }
            return lines
        }
    }
}
