#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// The open temporary file that the body of `AtomicFile.write(to:beforeReplacing:_:)` writes into.
///
/// Small pieces are collected before they go to the system, large ones go straight through.
package struct AtomicFileHandle: ~Copyable {
    /// The destination, for messages; the bytes reach it only when the body has returned.
    package let path: String
    /// The bytes written so far.
    package private(set) var byteCount = 0

    private let descriptor: Int32
    private var pending: [UInt8] = []
    private static let pendingLimit = 1 << 18
    /// The most bytes given to one system call; some systems refuse 2 GiB and more.
    private static let callLimit = 1 << 30

    init(path: String, descriptor: Int32) {
        self.path = path
        self.descriptor = descriptor
    }

    /// Appends `bytes`.
    /// - Throws: `FileError.system` when the disk is full or fails.
    package mutating func write(_ bytes: UnsafeRawBufferPointer) throws(FileError) {
        if bytes.count > Self.pendingLimit - pending.count { try flush() }
        if bytes.count > Self.pendingLimit {
            try send(bytes)
        } else {
            pending.append(contentsOf: bytes)
        }
        byteCount += bytes.count
    }

    /// Appends `bytes`.
    /// - Throws: `FileError.system` when the disk is full or fails.
    package mutating func write(_ bytes: [UInt8]) throws(FileError) {
        // The standard library's closure methods of `Array` rethrow untyped, so the result carries the error out.
        let result: Result<Void, FileError> = bytes.withUnsafeBytes { buffer in
            do throws(FileError) {
                return .success(try write(buffer))
            } catch {
                return .failure(error)
            }
        }
        try result.get()
    }

    /// Appends `text` as UTF-8.
    /// - Throws: `FileError.system` when the disk is full or fails.
    package mutating func write(_ text: String) throws(FileError) {
        try write(Array(text.utf8))
    }

    /// Hands everything collected to the system.
    mutating func flush() throws(FileError) {
        let bytes = pending
        pending.removeAll(keepingCapacity: true)
        let result: Result<Void, FileError> = bytes.withUnsafeBytes { buffer in
            do throws(FileError) {
                return .success(try send(buffer))
            } catch {
                return .failure(error)
            }
        }
        try result.get()
    }

    /// The write loop: goes on after interrupts and short writes.
    private func send(_ bytes: UnsafeRawBufferPointer) throws(FileError) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let slice = UnsafeRawBufferPointer(rebasing: rest.prefix(Self.callLimit))
            let written = systemWrite(descriptor, slice.baseAddress, slice.count)
            if written < 0 {
                let code = errno
                if code == EINTR { continue }
                throw .system(path: path, operation: .write, code: code)
            }
            if written == 0 { throw .system(path: path, operation: .write, code: EIO) }
            rest = rest.dropFirst(written)
        }
    }
}

/// `write(2)`, under a name that the methods above do not hide.
private func systemWrite(_ descriptor: Int32, _ bytes: UnsafeRawPointer?, _ count: Int) -> Int {
    write(descriptor, bytes, count)
}
