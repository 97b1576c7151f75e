import LatheFiles

/// The parts of a file that `torch.save` writes: the pickle, and where each storage's data lies.
struct TorchArchive {
    let pickle: Pickle
    /// The place of each storage of the pickle in the file, in bytes.
    let storages: [Range<Int>]

    /// Reads an archive with `…/data.pkl` and the storages in `…/data/`.
    init(zip file: MappedFile) throws(CheckpointError) {
        let archive: ZipArchive
        do throws(ZipError) {
            archive = try ZipArchive(file)
        } catch {
            throw .zip(error)
        }
        let pickles = archive.entries.map(\.name).filter {
            $0.hasSuffix("/data.pkl") && $0.utf8.count { $0 == 0x2F } == 1
        }
        guard pickles.count == 1, let name = pickles.first else {
            throw .wrongPickleCount(file: file.path, got: pickles)
        }
        let root = name.dropLast("data.pkl".count)
        if archive["\(root)byteorder"] != nil {
            let order = try Self.range("\(root)byteorder", archive)
            let isLittle = file.withUnsafeBytes { $0[order].elementsEqual("little".utf8) }
            guard isLittle else { throw .bigEndian(file: file.path) }
        }
        let range = try Self.range(name, archive)
        do throws(PickleError) {
            pickle = try file.withUnsafeBytes { (bytes) throws(PickleError) in
                try PickleReader.read(UnsafeRawBufferPointer(rebasing: bytes[range]), file: "\(file.path): data.pkl")
            }
        } catch {
            throw .pickle(error)
        }
        var storages: [Range<Int>] = []
        for storage in pickle.storages {
            let name = "\(root)data/\(storage.key)"
            guard archive[name] != nil else { throw .missingStorage(file: file.path, storage: storage.key) }
            let range = try Self.range(name, archive)
            let (expected, overflow) = storage.elementCount.multipliedReportingOverflow(by: storage.type.byteWidth)
            guard !overflow, expected == range.count else {
                throw .wrongStorageSize(
                    file: file.path, storage: storage.key, expected: overflow ? nil : expected, got: range.count)
            }
            storages.append(range)
        }
        self.storages = storages
    }

    init(pickle: Pickle, storages: [Range<Int>]) {
        self.pickle = pickle
        self.storages = storages
    }

    private static func range(_ name: String, _ archive: ZipArchive) throws(CheckpointError) -> Range<Int> {
        do throws(ZipError) {
            return try archive.byteRange(of: name)
        } catch {
            throw .zip(error)
        }
    }
}
