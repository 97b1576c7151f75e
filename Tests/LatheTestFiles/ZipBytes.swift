/// A zip archive that may lie, for tests.
package struct ZipBytes {
    /// One file; the optional fields replace what would be true.
    package struct Entry {
        package var name: String
        package var data: [UInt8]
        package var method: UInt16 = 0
        package var flags: UInt16 = 0
        package var localName: String?
        package var localMethod: UInt16?
        package var localStored: UInt32?
        package var stored: UInt32?
        package var original: UInt32?
        package var offset: UInt32?
        /// Sizes and offset as 64-bit numbers in the extra field.
        package var large: (original: UInt64, stored: UInt64, offset: UInt64)?
    }

    package var entries: [Entry]
    /// Whether a zip64 end record stands before the plain one.
    package var isLarge = false
    package var entryCount: Int?
    package var directoryOffset: Int?
    package var comment: [UInt8] = []

    package init(_ files: [(String, [UInt8])]) {
        entries = files.map { Entry(name: $0.0, data: $0.1) }
    }

    /// A model as `torch.save` packs it.
    package static func model(pickle: [UInt8], storages: [[UInt8]] = []) -> ZipBytes {
        ZipBytes([("m/data.pkl", pickle)] + storages.enumerated().map { ("m/data/\($0.offset)", $0.element) })
    }

    package var bytes: [UInt8] {
        var file: [UInt8] = [], directory: [UInt8] = []
        for entry in entries {
            let start = UInt32(file.count), size = UInt32(entry.data.count)
            let localName = Array((entry.localName ?? entry.name).utf8), name = Array(entry.name.utf8)
            file += UInt32(0x0403_4b50).littleEndianBytes + UInt16(20).littleEndianBytes
            file += entry.flags.littleEndianBytes + (entry.localMethod ?? entry.method).littleEndianBytes
            file += [UInt8](repeating: 0, count: 8) + (entry.localStored ?? entry.stored ?? size).littleEndianBytes
            file += (entry.original ?? size).littleEndianBytes + UInt16(localName.count).littleEndianBytes
            let large = entry.large.map { large in
                UInt16(1).littleEndianBytes + UInt16(24).littleEndianBytes + large.original.littleEndianBytes
                    + large.stored.littleEndianBytes + large.offset.littleEndianBytes
            }
            let extra = large ?? []
            file += UInt16(extra.count).littleEndianBytes + localName + extra + entry.data
            directory += UInt32(0x0201_4b50).littleEndianBytes + UInt32(0).littleEndianBytes
            directory +=
                entry.flags.littleEndianBytes + entry.method.littleEndianBytes + [UInt8](repeating: 0, count: 8)
            directory += (entry.stored ?? size).littleEndianBytes + (entry.original ?? size).littleEndianBytes
            directory += UInt16(name.count).littleEndianBytes + UInt16(extra.count).littleEndianBytes
            directory += [UInt8](repeating: 0, count: 10) + (entry.offset ?? start).littleEndianBytes + name + extra
        }
        let count = entryCount ?? entries.count, offset = directoryOffset ?? file.count
        file += directory
        if isLarge {
            let record = file.count
            file +=
                UInt32(0x0606_4b50).littleEndianBytes + UInt64(44).littleEndianBytes + [UInt8](repeating: 0, count: 12)
            file += UInt64(count).littleEndianBytes + UInt64(count).littleEndianBytes
            file += UInt64(directory.count).littleEndianBytes + UInt64(offset).littleEndianBytes
            file += UInt32(0x0706_4b50).littleEndianBytes + UInt32(0).littleEndianBytes
            file += UInt64(record).littleEndianBytes + UInt32(1).littleEndianBytes
        }
        file += UInt32(0x0605_4b50).littleEndianBytes + UInt32(0).littleEndianBytes
        let plainCount = isLarge ? UInt16.max : UInt16(count)
        file += plainCount.littleEndianBytes + plainCount.littleEndianBytes
        file += (isLarge ? UInt32.max : UInt32(directory.count)).littleEndianBytes
        file += (isLarge ? UInt32.max : UInt32(offset)).littleEndianBytes
        return file + UInt16(comment.count).littleEndianBytes + comment
    }
}
