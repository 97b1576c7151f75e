/// Reads the central directory of a zip archive and checks it against the headers before the data.
///
/// Source: PKWARE's APPNOTE.TXT 6.3.10, sections 4.3 to 4.5.
struct ZipDirectory {
    private static let endSignature: UInt32 = 0x0605_4b50
    private static let locatorSignature: UInt32 = 0x0706_4b50
    private static let end64Signature: UInt32 = 0x0606_4b50
    private static let entrySignature: UInt32 = 0x0201_4b50
    private static let localSignature: UInt32 = 0x0403_4b50

    private let reader: ByteReader
    private let file: String
    private let start: Int
    private let end: Int
    private let entryCount: UInt64

    /// Finds the directory from the end record.
    init(_ bytes: UnsafeRawBufferPointer, file: String) throws(ZipError) {
        reader = ByteReader(bytes)
        self.file = file
        guard let endRecord = Self.endRecord(reader) else { throw .noEndRecord(file: file) }
        guard let disk = reader.integer(at: endRecord + 4, as: UInt16.self),
            let directoryDisk = reader.integer(at: endRecord + 6, as: UInt16.self),
            let countHere = reader.integer(at: endRecord + 8, as: UInt16.self),
            let count = reader.integer(at: endRecord + 10, as: UInt16.self),
            let byteCount = reader.integer(at: endRecord + 12, as: UInt32.self),
            let offset = reader.integer(at: endRecord + 16, as: UInt32.self)
        else { throw .noEndRecord(file: file) }
        guard disk == 0 || disk == .max, directoryDisk == 0 || directoryDisk == .max, count == countHere else {
            throw .severalDisks(file: file)
        }
        var place = Place(end: endRecord, count: UInt64(count), byteCount: UInt64(byteCount), offset: UInt64(offset))
        let isLarge = count == .max || byteCount == .max || offset == .max
        if isLarge || reader.integer(at: endRecord - 20, as: UInt32.self) == Self.locatorSignature {
            let large = try Self.largePlace(reader, locator: endRecord - 20, file: file)
            guard count == .max || large.count == place.count, byteCount == .max || large.byteCount == place.byteCount,
                offset == .max || large.offset == place.offset
            else { throw .malformedZip64(file: file) }
            place = large
        }
        guard case let (sum, overflow) = place.offset.addingReportingOverflow(place.byteCount), !overflow,
            sum == UInt64(place.end)
        else {
            throw .misplacedDirectory(
                file: file, offset: place.offset, byteCount: place.byteCount, expectedEnd: place.end)
        }
        start = Int(place.offset)
        end = place.end
        entryCount = place.count
    }

    /// What an end record says.
    private struct Place {
        let end: Int
        let count: UInt64
        let byteCount: UInt64
        let offset: UInt64
    }

    /// The last record whose comment ends with the file.
    private static func endRecord(_ reader: ByteReader) -> Int? {
        let last = reader.bytes.count - 22
        var offset = last
        while offset >= 0, offset >= last - 0xFFFF {
            if reader.integer(at: offset, as: UInt32.self) == endSignature,
                reader.int(at: offset + 20, as: UInt16.self) == last - offset
            {
                return offset
            }
            offset -= 1
        }
        return nil
    }

    private static func largePlace(_ reader: ByteReader, locator: Int, file: String) throws(ZipError) -> Place {
        guard reader.integer(at: locator, as: UInt32.self) == locatorSignature,
            let record = reader.int(at: locator + 8, as: UInt64.self), record <= locator - 56,
            reader.integer(at: record, as: UInt32.self) == end64Signature,
            let rest = reader.int(at: record + 4, as: UInt64.self), rest == locator - record - 12,
            let countHere = reader.integer(at: record + 24, as: UInt64.self),
            let count = reader.integer(at: record + 32, as: UInt64.self),
            let byteCount = reader.integer(at: record + 40, as: UInt64.self),
            let offset = reader.integer(at: record + 48, as: UInt64.self)
        else { throw .malformedZip64(file: file) }
        guard count == countHere, reader.integer(at: record + 16, as: UInt32.self) == 0,
            reader.integer(at: record + 20, as: UInt32.self) == 0
        else { throw .severalDisks(file: file) }
        return Place(end: record, count: count, byteCount: byteCount, offset: offset)
    }

    /// Every entry, checked.
    func entries() throws(ZipError) -> [ZipEntry] {
        let limit = (end - start) / 46
        guard entryCount <= UInt64(limit) else { throw .wrongEntryCount(file: file, expected: entryCount, got: limit) }
        var entries: [ZipEntry] = []
        entries.reserveCapacity(Int(entryCount))
        var spans: [Range<Int>] = []
        var offset = start
        while offset < end {
            guard entries.count < Int(entryCount) else {
                throw .wrongEntryCount(file: file, expected: entryCount, got: entries.count + 1)
            }
            let header = try header(at: offset, index: entries.count)
            let data = try checkedData(header)
            entries.append(ZipEntry(name: header.name, method: header.method, byteRange: data))
            spans.append(Int(header.offset)..<data.upperBound)
            offset = header.end
        }
        guard entries.count == Int(entryCount) else {
            throw .wrongEntryCount(file: file, expected: entryCount, got: entries.count)
        }
        let order = spans.indices.sorted { spans[$0].lowerBound < spans[$1].lowerBound }
        for (before, after) in zip(order, order.dropFirst()) where spans[after].lowerBound < spans[before].upperBound {
            throw .overlap(file: file, entry: entries[after].name, other: entries[before].name)
        }
        return entries
    }

    /// An entry of the directory.
    private struct Header {
        let name: String
        let nameBytes: UnsafeRawBufferPointer
        let flags: UInt16
        let method: UInt16
        var stored: UInt64
        var original: UInt64
        var offset: UInt64
        let end: Int
    }

    private func header(at offset: Int, index: Int) throws(ZipError) -> Header {
        guard reader.integer(at: offset, as: UInt32.self) == Self.entrySignature,
            let flags = reader.integer(at: offset + 8, as: UInt16.self),
            let method = reader.integer(at: offset + 10, as: UInt16.self),
            let stored = reader.integer(at: offset + 20, as: UInt32.self),
            let original = reader.integer(at: offset + 24, as: UInt32.self),
            let nameCount = reader.int(at: offset + 28, as: UInt16.self),
            let extraCount = reader.int(at: offset + 30, as: UInt16.self),
            let commentCount = reader.int(at: offset + 32, as: UInt16.self),
            let disk = reader.integer(at: offset + 34, as: UInt16.self),
            let local = reader.integer(at: offset + 42, as: UInt32.self),
            case let headerEnd = offset + 46 + nameCount + extraCount + commentCount, headerEnd <= end,
            let nameBytes = reader.slice(at: offset + 46, count: nameCount),
            let extra = reader.slice(at: offset + 46 + nameCount, count: extraCount)
        else { throw .malformedEntry(file: file, index: index) }
        guard nameCount > 0, let name = String(validating: nameBytes, as: UTF8.self) else {
            throw .malformedName(file: file, index: index)
        }
        guard disk == 0 || disk == .max else { throw .severalDisks(file: file) }
        guard flags & 1 == 0 else { throw .encrypted(file: file, entry: name) }
        var header = Header(
            name: name, nameBytes: nameBytes, flags: flags, method: method, stored: UInt64(stored),
            original: UInt64(original), offset: UInt64(local), end: headerEnd)
        // The 64-bit values follow one another, but only those that do not fit into the plain fields.
        var large = LargeValues(extra)
        if original == .max, let value = large.next() { header.original = value }
        if stored == .max, let value = large.next() { header.stored = value }
        if local == .max, let value = large.next() { header.offset = value }
        guard !large.isMissing else { throw .malformedEntry(file: file, index: index) }
        return header
    }

    /// The place of an entry's data, after its local header has been compared with the directory.
    private func checkedData(_ header: Header) throws(ZipError) -> Range<Int> {
        let name = header.name
        guard let offset = Int(exactly: header.offset), offset <= start else {
            throw .beyondEnd(file: file, entry: name, expected: start, got: header.offset)
        }
        guard reader.integer(at: offset, as: UInt32.self) == Self.localSignature,
            let flags = reader.integer(at: offset + 6, as: UInt16.self),
            let method = reader.integer(at: offset + 8, as: UInt16.self),
            let stored = reader.integer(at: offset + 18, as: UInt32.self),
            let original = reader.integer(at: offset + 22, as: UInt32.self),
            let nameCount = reader.int(at: offset + 26, as: UInt16.self),
            let extraCount = reader.int(at: offset + 28, as: UInt16.self)
        else { throw .localMismatch(file: file, entry: name, field: "signature") }
        guard let nameBytes = reader.slice(at: offset + 30, count: nameCount),
            nameBytes.elementsEqual(header.nameBytes),
            let extra = reader.slice(at: offset + 30 + nameCount, count: extraCount)
        else { throw .localMismatch(file: file, entry: name, field: "name") }
        guard flags & 1 == header.flags & 1, method == header.method else {
            throw .localMismatch(file: file, entry: name, field: "method")
        }
        // With bit 3 the sizes follow the data, and the header before it may say 0.
        let isDeferred = flags & 8 != 0
        var large = LargeValues(extra)
        for (plain, expected) in [(original, header.original), (stored, header.stored)] {
            let value = plain == .max ? large.next() ?? UInt64(plain) : UInt64(plain)
            guard value == expected || isDeferred && value == 0 else {
                throw .localMismatch(file: file, entry: name, field: "size")
            }
        }
        let dataStart = offset + 30 + nameCount + extraCount
        guard case let (dataEnd, overflow) = UInt64(dataStart).addingReportingOverflow(header.stored), !overflow,
            dataEnd <= UInt64(start)
        else { throw .beyondEnd(file: file, entry: name, expected: start, got: UInt64(dataStart) &+ header.stored) }
        guard header.method != 0 || header.stored == header.original else {
            throw .differingSizes(
                file: file, entry: name, stored: Int(header.stored), original: Int(clamping: header.original))
        }
        return dataStart..<Int(dataEnd)
    }

    /// The 64-bit values in the extra field with the number 1.
    private struct LargeValues {
        private var reader: ByteReader?
        private var offset = 0
        private(set) var isMissing = false

        init(_ extra: UnsafeRawBufferPointer) {
            let fields = ByteReader(extra)
            var offset = 0
            while let tag = fields.integer(at: offset, as: UInt16.self),
                let count = fields.int(at: offset + 2, as: UInt16.self)
            {
                if tag == 1 {
                    reader = fields.slice(at: offset + 4, count: count).map(ByteReader.init)
                    return
                }
                offset += 4 + count
            }
        }

        mutating func next() -> UInt64? {
            guard let value = reader?.integer(at: offset, as: UInt64.self) else {
                isMissing = true
                return nil
            }
            offset += 8
            return value
        }
    }
}
