#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Writes files all or nothing: readers see the old content or the complete new content, also after a crash.
///
/// The bytes go to a temporary file in the destination's directory (`.lathe-<random>.tmp`), are synchronised to the
/// disk, and then take the destination's name. A destination that is a symbolic link is replaced, its target stays as
/// it is. The permission bits of an existing destination are kept. A process that is killed while writing leaves its
/// temporary behind, for ``removeLeftovers(in:)``.
///
/// ```swift
/// try AtomicFile.write(to: "out/report.json") { file in
///     try file.write("{}\n")
/// }
/// ```
package enum AtomicFile {
    static let temporaryPrefix = ".lathe-", temporarySuffix = ".tmp"

    /// Replaces the file at `path` by what `body` writes.
    ///
    /// - Parameters:
    ///   - path: the destination; its directory must exist.
    ///   - prepare: is called when the content is on the disk, just before it takes the destination's name: for files
    ///     that belong to it.
    ///   - body: writes the content into the handle that it is given.
    /// - Throws: what `body` or `prepare` throws, or `FileError`. The temporary is then removed and the destination
    ///   untouched, with one exception: when only the directory could not be synchronised at the very end, the new
    ///   content is in place.
    package static func write(
        to path: String, beforeReplacing prepare: () throws -> Void = {},
        _ body: (inout AtomicFileHandle) throws -> Void
    ) throws {
        let directory = try Directory(of: path)
        defer { directory.close() }
        let temporary = try directory.createTemporary()
        // The lock tells that somebody is writing, until the temporary has its name.
        let lock = dup(temporary.descriptor)
        defer { if lock >= 0 { closeDescriptor(lock) } }
        do {
            try fill(temporary, for: directory, body)
            try prepare()
            try directory.rename(temporary.name)
        } catch {
            directory.remove(temporary.name)
            throw error
        }
        try synchronize(directory.descriptor, path: path)
    }

    /// Replaces the file at `path` by `text` in UTF-8.
    /// - Throws: `FileError`, as ``write(to:beforeReplacing:_:)``.
    package static func write(_ text: String, to path: String) throws {
        try write(to: path) { file in try file.write(text) }
    }

    /// Runs `body` on the temporary, synchronises and closes it.
    private static func fill(
        _ temporary: Temporary, for directory: Directory, _ body: (inout AtomicFileHandle) throws -> Void
    ) throws {
        do {
            var handle = AtomicFileHandle(path: directory.path, descriptor: temporary.descriptor)
            try body(&handle)
            try handle.flush()
            try directory.copyPermissions(to: temporary.descriptor)
            try synchronize(temporary.descriptor, path: directory.path)
        } catch {
            _ = close(temporary.descriptor)
            throw error
        }
        // A network file system may report a full disk only now. After EINTR the descriptor is closed all the same.
        guard close(temporary.descriptor) == 0 || errno == EINTR else {
            throw FileError.system(path: directory.path, operation: .write, code: errno)
        }
    }

    /// Waits until the disk has everything; file systems that cannot do this are taken as they are.
    static func synchronize(_ descriptor: Int32, path: String) throws(FileError) {
        #if canImport(Darwin)
            if fcntl(descriptor, F_FULLFSYNC) == 0 { return }
        #endif
        while fsync(descriptor) != 0 {
            let code = errno
            if code == EINTR { continue }
            if code == EINVAL || code == ENOTSUP { return }
            throw .system(path: path, operation: .synchronize, code: code)
        }
    }
}

/// A temporary file: its name within the destination's directory, and its descriptor.
private struct Temporary {
    let name: String
    let descriptor: Int32
}

/// The destination's directory, held open so that every step acts on the same one.
private struct Directory {
    let path: String
    let descriptor: Int32
    private let name: String

    init(of path: String) throws(FileError) {
        guard !path.utf8.contains(0) else {
            throw .system(path: path, operation: .create, code: EINVAL)
        }
        let parts = path.split(separator: "/", omittingEmptySubsequences: false)
        let name = parts.last.map(String.init) ?? ""
        guard !name.isEmpty else {
            throw .system(path: path, operation: .create, code: path.isEmpty ? ENOENT : EISDIR)
        }
        let parent = parts.count == 1 ? "." : parts.dropLast().joined(separator: "/") + "/"
        let descriptor = open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .system(path: path, operation: .create, code: errno) }
        self.path = path
        self.name = name
        self.descriptor = descriptor
    }

    func createTemporary() throws(FileError) -> Temporary {
        for _ in 0..<100 {
            let digits = String(UInt64.random(in: 0...UInt64.max), radix: 16)
            let name = AtomicFile.temporaryPrefix + digits + AtomicFile.temporarySuffix
            let flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC
            let file = openat(descriptor, name, flags, 0o666)
            if file >= 0 {
                if Self.lock(file) { return Temporary(name: name, descriptor: file) }
                closeDescriptor(file)
                continue
            }
            guard errno == EEXIST || errno == EINTR else {
                throw .system(path: path, operation: .create, code: errno)
            }
        }
        throw .system(path: path, operation: .create, code: EEXIST)
    }

    /// Locks a new temporary.
    /// - Returns: false if it was taken for a leftover before that; where there are no locks, it cannot be.
    private static func lock(_ file: Int32) -> Bool {
        var status = stat()
        let isTaken = flock(file, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK
        return !isTaken && fstat(file, &status) == 0 && status.st_nlink > 0
    }

    func copyPermissions(to file: Int32) throws(FileError) {
        var status = stat()
        guard fstatat(descriptor, name, &status, AT_SYMLINK_NOFOLLOW) == 0, status.st_mode & S_IFMT == S_IFREG else {
            return
        }
        guard fchmod(file, status.st_mode & 0o777) == 0 else {
            throw .system(path: path, operation: .create, code: errno)
        }
    }

    func rename(_ temporary: String) throws(FileError) {
        guard renameat(descriptor, temporary, descriptor, name) == 0 else {
            throw .system(path: path, operation: .rename, code: errno)
        }
    }

    func remove(_ temporary: String) {
        _ = unlinkat(descriptor, temporary, 0)
    }

    func close() {
        closeDescriptor(descriptor)
    }
}

/// `close(2)`, under a name that the method above does not hide.
private func closeDescriptor(_ descriptor: Int32) {
    _ = close(descriptor)
}
