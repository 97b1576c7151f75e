import LatheFiles

/// The bytes of a text file: UTF-8, the byte order mark left out.
struct TextBytes {
    let bytes: UnsafeRawBufferPointer
    let path: String

    /// Takes the file's bytes, which must stay valid as long as this.
    /// - Throws: `DataError` with line and column of the first byte that is not UTF-8.
    init(_ file: UnsafeRawBufferPointer, path: String) throws(DataError) {
        self.path = path
        if file.starts(with: [0xEF, 0xBB, 0xBF]) {
            bytes = UnsafeRawBufferPointer(rebasing: file[3...])
        } else {
            bytes = file
        }
        if let offset = UTF8Check.firstInvalid(in: bytes) {
            throw error(.invalidUTF8(byte: bytes[offset]), at: offset)
        }
    }

    /// Gives `body` the text of `file`.
    static func read<Result>(
        _ file: MappedFile, _ body: (TextBytes) throws(DataError) -> Result
    ) throws(DataError) -> Result {
        try file.withUnsafeBytes { (bytes) throws(DataError) -> Result in
            try body(try TextBytes(bytes, path: file.path))
        }
    }

    /// The text of a range.
    func string(_ range: Range<Int>) -> String { String(decoding: bytes[range], as: UTF8.self) }

    /// Whether there is nothing but white space in a range.
    func isBlank(_ range: Range<Int>) -> Bool { bytes[range].allSatisfy { $0 == 0x20 || $0 == 0x09 || $0 == 0x0D } }

    /// The end of the line that begins at `start`: the place of its line feed, or of the end of the file.
    func lineEnd(from start: Int) -> Int {
        var position = start
        while position < bytes.count, bytes[position] != 0x0A { position += 1 }
        return position
    }

    /// `end`, or one less where a carriage return belongs to the line break.
    func withoutReturn(_ start: Int, _ end: Int) -> Int {
        end > start && bytes[end - 1] == 0x0D ? end - 1 : end
    }

    /// An error at a byte, with its line and column.
    func error(_ problem: DataError.Problem, at offset: Int) -> DataError {
        var line = 1
        var lineStart = 0
        for index in 0..<min(offset, bytes.count) where bytes[index] == 0x0A {
            line += 1
            lineStart = index + 1
        }
        return DataError(problem, path: path, line: line, byteColumn: offset - lineStart + 1)
    }

    /// An error that concerns a whole line.
    func error(_ problem: DataError.Problem, line: Int?) -> DataError {
        DataError(problem, path: path, line: line)
    }
}
