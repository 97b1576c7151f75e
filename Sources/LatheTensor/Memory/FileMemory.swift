import LatheFiles

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Memory in files without names, for weights that outlive the work under way: where memory is short, the system writes
/// them to the disk, so that a model larger than memory can be changed.
///
/// ```swift
/// try FileMemory.using(directory: "out") { … Parameter(weight.inFileMemory()) … }
/// ```
package enum FileMemory {
    /// The directory of the files; `nil` while weights are in ordinary memory.
    private static let directory = Guarded<String?>(nil)
    /// Smaller tensors stay in ordinary memory.
    private static let leastBytes = 1 << 20

    /// Runs `body` while weights go into files in `directory`. They are usable afterwards, and their files go with
    /// them.
    ///
    /// This is a setting of the process. Work within work that has set it keeps the outer directory.
    package static func using<Result>(directory path: String, _ body: () throws -> Result) rethrows -> Result {
        let isOuter = directory.withLock { directory in
            defer { directory = directory ?? path }
            return directory == nil
        }
        defer { if isOuter { directory.withLock { $0 = nil } } }
        return try body()
    }

    /// Memory of a file for `byteCount` bytes; `nil` where ordinary memory serves: for few bytes, or where the disk has
    /// no room.
    static func allocate(_ byteCount: Int) -> FileMapping? {
        guard byteCount >= leastBytes, let path = directory.withLock({ $0 }) else { return nil }
        return FileMapping(byteCount: byteCount, directory: path)
    }
}

/// A file without a name that is mapped into memory.
final class FileMapping {
    let bytes: UnsafeMutableRawBufferPointer

    /// - Returns: `nil` where the directory cannot hold it.
    init?(byteCount: Int, directory: String) {
        guard let descriptor = try? UnnamedFile.make(in: directory) else { return nil }
        defer { _ = close(descriptor) }
        // Writing to a mapped page that the disk has no room for would end the process.
        guard Self.reserve(byteCount, descriptor) else { return nil }
        guard let address = mmap(nil, byteCount, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0),
            address != UnsafeMutableRawPointer(bitPattern: -1)
        else { return nil }
        bytes = UnsafeMutableRawBufferPointer(start: address, count: byteCount)
    }

    deinit { munmap(bytes.baseAddress, bytes.count) }

    private static func reserve(_ byteCount: Int, _ descriptor: Int32) -> Bool {
        #if canImport(Darwin)
            var store = fstore_t(
                fst_flags: UInt32(F_ALLOCATEALL), fst_posmode: F_PEOFPOSMODE, fst_offset: 0,
                fst_length: off_t(byteCount), fst_bytesalloc: 0)
            return fcntl(descriptor, F_PREALLOCATE, &store) != -1 && ftruncate(descriptor, off_t(byteCount)) == 0
        #else
            return posix_fallocate(descriptor, 0, off_t(byteCount)) == 0
        #endif
    }
}

extension Storage {
    /// Memory with unspecified contents for a weight that outlives the work under way: of a file where `FileMemory`
    /// is in use.
    convenience init(forWeightOf byteCount: Int) {
        if let mapping = FileMemory.allocate(byteCount) {
            self.init(borrowing: UnsafeRawBufferPointer(mapping.bytes), owner: mapping)
        } else {
            self.init(byteCount: byteCount)
        }
    }
}

extension Tensor {
    /// The same elements in memory of a file where `FileMemory` is in use; this tensor otherwise.
    package func inFileMemory() -> Tensor {
        if storage.isBorrowed { return self }
        guard let mapping = FileMemory.allocate(byteCount) else { return self }
        withUnsafeBytes { mapping.bytes.copyMemory(from: $0) }
        let storage = Storage(borrowing: UnsafeRawBufferPointer(mapping.bytes), owner: mapping)
        return Tensor(shape: shape, dtype: dtype, storage: storage, origin: origin)
    }
}
