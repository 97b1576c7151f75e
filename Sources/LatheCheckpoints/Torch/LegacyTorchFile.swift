import LatheFiles

/// The file that `torch.save` wrote before version 1.6: pickles of a magic number, a version, the machine, the saved
/// value and the storages' keys, and behind them each storage as its element count and its elements.
struct LegacyTorchFile {
    /// 0x1950a86a20f9469cfc6c, little-endian.
    private static let magic: [UInt8] = [0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19]

    private let bytes: UnsafeRawBufferPointer
    private let file: String
    private var position = 0

    /// Reads the file with the content `bytes`.
    static func archive(_ bytes: UnsafeRawBufferPointer, file: String) throws(CheckpointError) -> TorchArchive {
        var reader = LegacyTorchFile(bytes: bytes, file: file)
        return try reader.read()
    }

    private init(bytes: UnsafeRawBufferPointer, file: String) {
        self.bytes = bytes
        self.file = file
    }

    private mutating func read() throws(CheckpointError) -> TorchArchive {
        guard try nextPickle("magic number").root == .longInteger(Self.magic) else { throw .unknownFormat(file: file) }
        guard try nextPickle("version").root == .integer(1001) else {
            throw .malformedLegacyFile(file: file, expected: "the version 1001")
        }
        let machine = try nextPickle("machine")
        let order = machine.container(machine.root)?.members.first { $0.key == .string("little_endian") }?.value
        guard case .bool(let isLittle) = order else {
            throw .malformedLegacyFile(file: file, expected: "the machine's byte order")
        }
        guard isLittle else { throw .bigEndian(file: file) }
        let pickle = try nextPickle("saved value")
        let list = try nextPickle("list of storages")
        guard let keys = list.container(list.root), keys.kind == .list else {
            throw .malformedLegacyFile(file: file, expected: "a list of storages")
        }
        let places = try readStorages(keys.elements, of: pickle)
        var storages: [Range<Int>] = []
        for storage in pickle.storages {
            guard let place = places[ExactKey(storage.key)] else {
                throw .missingStorage(file: file, storage: storage.key)
            }
            storages.append(place)
        }
        return TorchArchive(pickle: pickle, storages: storages)
    }

    private mutating func nextPickle(_ part: String) throws(CheckpointError) -> Pickle {
        do throws(PickleError) {
            let pickle = try PickleReader.read(bytes, from: position, file: "\(file): the pickle of the \(part)")
            position = pickle.end
            return pickle
        } catch {
            throw .pickle(error)
        }
    }

    /// Walks over the storages in the order of their keys; their sizes are known from the pickle only.
    private mutating func readStorages(
        _ keys: [PickleValue], of pickle: Pickle
    ) throws(CheckpointError) -> [ExactKey: Range<Int>] {
        var known: [ExactKey: PickleStorage] = [:]
        for storage in pickle.storages {
            guard known.updateValue(storage, forKey: ExactKey(storage.key)) == nil else {
                throw .malformedLegacyFile(
                    file: file, expected: "one type and size for storage \(MessageText.quoted(storage.key))")
            }
        }
        let reader = ByteReader(bytes)
        var places: [ExactKey: Range<Int>] = [:]
        for value in keys {
            guard let key = value.string, let storage = known[ExactKey(key)], places[ExactKey(key)] == nil else {
                throw .malformedLegacyFile(file: file, expected: "each storage once in the list of storages")
            }
            guard let count = reader.int(at: position, as: Int64.self) else {
                throw .missingStorage(file: file, storage: key)
            }
            position += 8
            guard count >= 0 else {
                throw .malformedLegacyFile(
                    file: file, expected: "a non-negative element count of storage \(MessageText.quoted(key))")
            }
            let (byteCount, overflow) = count.multipliedReportingOverflow(by: storage.type.byteWidth)
            let rest = bytes.count - position
            guard !overflow, byteCount <= rest else {
                throw .wrongStorageSize(file: file, storage: key, expected: overflow ? nil : byteCount, got: rest)
            }
            guard count == storage.elementCount else {
                throw .wrongStorageSize(
                    file: file, storage: key, expected: Self.byteCount(storage), got: byteCount)
            }
            places[ExactKey(key)] = position..<position + byteCount
            position += byteCount
        }
        return places
    }

    private static func byteCount(_ storage: PickleStorage) -> Int? {
        let (byteCount, overflow) = storage.elementCount.multipliedReportingOverflow(by: storage.type.byteWidth)
        return overflow ? nil : byteCount
    }
}
