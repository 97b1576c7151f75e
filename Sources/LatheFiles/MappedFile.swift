#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// The bytes of a whole file, mapped into memory and read only where they are touched.
///
/// The mapping lives as long as the object. Where another program shortens the file meanwhile, reading the missing part
/// ends the process (`SIGBUS`; the program says so in a line); so files should be replaced, as `AtomicFile` does, and
/// not rewritten in place.
package final class MappedFile: Sendable {
    /// The path as given, or the name of a file held in memory.
    package let path: String
    /// The size of the file.
    package let byteCount: Int

    private nonisolated(unsafe) let base: UnsafeMutableRawPointer?
    private let isMapping: Bool

    /// Maps the file at `path`.
    /// - Throws: `FileError` when it cannot be opened or is not a regular file.
    package init(path: String) throws(FileError) {
        let descriptor = try Self.openForReading(path)
        defer { _ = close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else {
            throw .system(path: path, operation: .inspect, code: errno)
        }
        guard status.st_mode & S_IFMT == S_IFREG else { throw .notRegularFile(path: path) }
        guard let size = Int(exactly: status.st_size), size >= 0 else {
            throw .system(path: path, operation: .map, code: EFBIG)
        }
        self.path = path
        byteCount = size
        isMapping = true
        if size == 0 {
            base = nil
            return
        }
        let address = mmap(nil, size, PROT_READ, MAP_PRIVATE, descriptor, 0)
        guard let address, address != UnsafeMutableRawPointer(bitPattern: -1) else {
            throw .system(path: path, operation: .map, code: errno)
        }
        base = address
    }

    /// Holds a copy of `bytes` as if it were a file called `name`.
    package init(bytes: [UInt8], name: String) {
        path = name
        byteCount = bytes.count
        isMapping = false
        let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 16)
        copy.copyBytes(from: bytes)
        base = copy.baseAddress
    }

    deinit {
        if isMapping {
            if let base { munmap(base, byteCount) }
        } else {
            base?.deallocate()
        }
    }

    /// Gives `body` the bytes; the pointer is valid until `body` returns.
    package func withUnsafeBytes<Result, Failure: Error>(
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        defer { withExtendedLifetime(self) {} }
        return try body(UnsafeRawBufferPointer(start: base, count: byteCount))
    }

    /// Opens without waiting: a pipe would otherwise block until somebody writes to it.
    private static func openForReading(_ path: String) throws(FileError) -> Int32 {
        guard !path.utf8.contains(0) else { throw .system(path: path, operation: .open, code: EINVAL) }
        while true {
            let descriptor = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
            if descriptor >= 0 { return descriptor }
            let code = errno
            if code != EINTR { throw .system(path: path, operation: .open, code: code) }
        }
    }
}
