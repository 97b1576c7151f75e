import LatheFiles

/// Where a tensor lies in a safetensors file, and how to read it.
package struct SafetensorsEntry: Equatable, Sendable {
    /// The key, in Hugging Face's naming: `encoder.layer.0.output.dense.weight`.
    package let name: String
    /// The element type.
    package let type: SafetensorsType
    /// The dimensions, outermost first; empty for a single number.
    package let shape: [Int]
    /// The place in bytes from the start of the data, which follows the header; not aligned to anything.
    package let byteRange: Range<Int>

    /// The number of elements: 1 for an empty shape, 0 when a dimension is 0.
    package var elementCount: Int { shape.elementCount }
}

/// The part of a safetensors file before the data, read and checked.
///
/// Layout: 8 bytes with the header's length, little-endian; the header, a JSON object padded with spaces; the data.
struct SafetensorsHeader {
    /// The longest header that the format allows.
    static let byteLimit = 100_000_000
    static let metadataKey = "__metadata__"

    private(set) var metadata: [String: String] = [:]
    private(set) var entries: [SafetensorsEntry] = []
    let dataStart: Int

    /// Reads and checks everything that the format demands of the file with the content `bytes`.
    init(_ bytes: UnsafeRawBufferPointer, file: String) throws(SafetensorsError) {
        guard bytes.count >= 8 else { throw .tooShort(file: file, expected: 8, got: bytes.count) }
        let length = UInt64(littleEndian: bytes.loadUnaligned(as: UInt64.self))
        guard length <= UInt64(Self.byteLimit) else {
            throw .headerTooLong(file: file, expected: Self.byteLimit, got: length)
        }
        guard length <= UInt64(bytes.count - 8) else {
            throw .headerBeyondEnd(file: file, expected: bytes.count - 8, got: length)
        }
        dataStart = 8 + Int(length)
        let text = UnsafeRawBufferPointer(rebasing: bytes[8..<dataStart])
        guard text.first == UInt8(ascii: "{") else { throw .headerNotObject(file: file, got: text.first) }
        let header: JSONValue
        do throws(JSONError) {
            header = try StrictJSON.parse(text)
        } catch {
            throw .malformedHeader(file: file, problem: error)
        }
        let reader = EntryReader(file: file, dataByteCount: bytes.count - dataStart)
        for member in header.object ?? [] {
            if member.key == Self.metadataKey {
                metadata = try reader.metadata(member.value)
            } else {
                entries.append(try reader.entry(member.key, member.value))
            }
        }
        try reader.checkCover(entries)
    }
}

/// Turns the header's JSON into entries, with the file's name for messages.
private struct EntryReader {
    let file: String
    let dataByteCount: Int

    func metadata(_ value: JSONValue) throws(SafetensorsError) -> [String: String] {
        guard let members = value.object else {
            throw .malformedMetadata(file: file, key: nil, expected: "an object", got: value.kind)
        }
        var metadata: [String: String] = [:]
        for member in members {
            guard let text = member.value.string else {
                throw .malformedMetadata(file: file, key: member.key, expected: "a string", got: member.value.kind)
            }
            metadata[member.key] = text
        }
        return metadata
    }

    func entry(_ name: String, _ value: JSONValue) throws(SafetensorsError) -> SafetensorsEntry {
        guard let members = value.object else {
            throw .malformedEntry(file: file, tensor: name, got: value.kind)
        }
        let fields = ["dtype", "shape", "data_offsets"]
        for member in members where !fields.contains(member.key) {
            throw .unknownField(file: file, tensor: name, got: member.key)
        }
        for field in fields where value[field] == nil {
            throw .missingField(file: file, tensor: name, expected: field)
        }
        let type = try type(of: name, value["dtype"] ?? .null)
        let shape = try integers("shape", of: name, value["shape"] ?? .null)
        let offsets = try integers("data_offsets", of: name, value["data_offsets"] ?? .null)
        guard offsets.count == 2 else {
            throw .malformedField(
                file: file, tensor: name, field: "data_offsets", expected: "two integers", got: "\(offsets.count)")
        }
        let (begin, end) = (offsets[0], offsets[1])
        guard let byteCount = type.byteCount(ofShape: shape) else {
            throw .impossibleShape(file: file, tensor: name, got: shape)
        }
        guard begin <= end else { throw .reversedOffsets(file: file, tensor: name, begin: begin, end: end) }
        guard end - begin == byteCount else {
            throw .wrongByteCount(file: file, tensor: name, expected: byteCount, got: end - begin)
        }
        guard end <= dataByteCount else {
            throw .beyondEnd(file: file, tensor: name, expected: dataByteCount, got: end)
        }
        return SafetensorsEntry(name: name, type: type, shape: shape, byteRange: begin..<end)
    }

    private func type(of name: String, _ value: JSONValue) throws(SafetensorsError) -> SafetensorsType {
        guard let text = value.string else {
            throw .malformedField(file: file, tensor: name, field: "dtype", expected: "a string", got: value.kind)
        }
        guard let type = SafetensorsType(rawValue: text) else {
            throw .unknownType(file: file, tensor: name, got: text)
        }
        return type
    }

    /// Non-negative integers.
    private func integers(
        _ field: String, of name: String, _ value: JSONValue
    ) throws(SafetensorsError) -> [Int] {
        guard let values = value.array else {
            throw .malformedField(file: file, tensor: name, field: field, expected: "an array", got: value.kind)
        }
        var integers: [Int] = []
        integers.reserveCapacity(values.count)
        for value in values {
            guard let integer = value.integer, integer >= 0 else {
                let got = value.double.map { _ in value.text() } ?? value.kind
                throw .malformedField(
                    file: file, tensor: name, field: field, expected: "non-negative integers", got: got)
            }
            integers.append(integer)
        }
        return integers
    }

    /// The tensors must follow one another from the first byte of the data to the last.
    func checkCover(_ entries: [SafetensorsEntry]) throws(SafetensorsError) {
        let sorted = entries.sorted {
            ($0.byteRange.lowerBound, $0.byteRange.upperBound) < ($1.byteRange.lowerBound, $1.byteRange.upperBound)
        }
        var end = 0
        var previous = ""
        for entry in sorted {
            let begin = entry.byteRange.lowerBound
            guard begin >= end else {
                throw .overlap(file: file, tensor: entry.name, other: previous, expected: end, got: begin)
            }
            guard begin == end else { throw .hole(file: file, tensor: entry.name, expected: end, got: begin) }
            end = entry.byteRange.upperBound
            previous = entry.name
        }
        guard end == dataByteCount else { throw .trailingBytes(file: file, expected: end, got: dataByteCount) }
    }
}
