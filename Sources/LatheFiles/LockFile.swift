#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// An open file with a lock on it (`flock`), which the system takes back when the process ends.
struct LockFile {
    /// What tells a file from all others.
    struct Identity: Hashable {
        let device: UInt64
        let number: UInt64

        init(_ status: stat) {
            device = UInt64(truncatingIfNeeded: status.st_dev)
            number = UInt64(truncatingIfNeeded: status.st_ino)
        }
    }

    let identity: Identity
    private let path: String
    private let descriptor: Int32

    /// How often a file may vanish while it is opened: another run removes it when it ends.
    private static let attempts = 100

    /// Makes or takes over the file at `path` and locks it; nil where the file system has no locks.
    /// - Parameter makeDirectory: makes the file's directory; it may have to do so again when another run has removed
    ///   it.
    /// - Throws: `OutputLockError` when another run has the lock, `FileError`.
    init?(locking path: String, for output: OutputLockError.Output, making makeDirectory: () throws(FileError) -> Void)
        throws
    {
        for _ in 0..<Self.attempts {
            try makeDirectory()
            let descriptor = Self.open(path)
            if descriptor < 0 {
                let code = errno
                if code == ENOENT || code == EINTR { continue }
                throw FileError.system(path: output.path, operation: .lock, code: code)
            }
            if flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
                let code = errno
                defer { _ = close(descriptor) }
                if code == EINTR { continue }
                if code == EWOULDBLOCK { throw OutputLockError(output: output, process: Self.process(in: descriptor)) }
                _ = unlink(path)
                return nil
            }
            // Between the two calls another run may have ended, and its file with it.
            var status = stat()
            guard fstat(descriptor, &status) == 0, Self.identity(at: path) == Identity(status) else {
                _ = close(descriptor)
                continue
            }
            (identity, self.path, self.descriptor) = (Identity(status), path, descriptor)
            writeProcess()
            return
        }
        throw FileError.system(path: output.path, operation: .lock, code: ENOENT)
    }

    /// Removes the file and ends the lock.
    func unlock() {
        _ = unlink(path)
        _ = close(descriptor)
    }

    /// The file at `path`; nil if there is none.
    static func identity(at path: String) -> Identity? {
        var status = stat()
        return lstat(path, &status) == 0 ? Identity(status) : nil
    }

    /// A file that another user has left can be locked without writing into it.
    private static func open(_ path: String) -> Int32 {
        let descriptor = openFile(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC)
        guard descriptor < 0, errno == EACCES else { return descriptor }
        let readable = openFile(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC)
        if readable < 0 { errno = EACCES }
        return readable
    }

    /// The file only helps others to say whom they met, so a full disk is no reason to stop.
    private func writeProcess() {
        guard ftruncate(descriptor, 0) == 0 else { return }
        let text = Array("\(getpid())\n".utf8)
        _ = text.withUnsafeBytes { pwrite(descriptor, $0.baseAddress, $0.count, 0) }
    }

    private static func process(in descriptor: Int32) -> Int? {
        var text = [UInt8](repeating: 0, count: 24)
        let count = text.withUnsafeMutableBytes { pread(descriptor, $0.baseAddress, $0.count, 0) }
        return Int(String(decoding: text.prefix(max(count, 0)), as: UTF8.self).prefix { $0.isNumber })
    }
}

/// `open(2)`, under a name that the method above does not hide.
private func openFile(_ path: String, _ flags: Int32) -> Int32 { open(path, flags, 0o666) }
