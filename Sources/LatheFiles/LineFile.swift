#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// A text file that grows line by line, such as a log. Every line reaches the system before the call returns, so a
/// killed process leaves whole lines, and at most one that is cut short.
///
/// ```swift
/// let log = try LineFile(creating: "out/training.jsonl")
/// try log.write(#"{"step":1}"#)
/// ```
package final class LineFile {
    /// The path as given.
    package let path: String
    /// The size of the file.
    package private(set) var byteCount: Int

    private let descriptor: Int32
    private var handle: AtomicFileHandle

    /// Begins an empty file in the place of what is there.
    /// - Throws: `FileError.system`, when the directory is missing for example.
    package convenience init(creating path: String) throws(FileError) {
        try self.init(path: path, flags: O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, byteCount: 0)
    }

    /// Goes on behind the first `byteCount` bytes of the file that is there, and cuts off the rest.
    /// - Throws: `FileError.system`, when there is no such file for example.
    package convenience init(continuing path: String, after byteCount: Int) throws(FileError) {
        try self.init(path: path, flags: O_WRONLY | O_APPEND | O_CLOEXEC, byteCount: byteCount)
        guard ftruncate(descriptor, off_t(byteCount)) == 0 else {
            throw .system(path: path, operation: .truncate, code: errno)
        }
    }

    private init(path: String, flags: Int32, byteCount: Int) throws(FileError) {
        let descriptor = path.utf8.contains(0) ? -1 : open(path, flags, 0o666)
        guard descriptor >= 0 else {
            throw .system(path: path, operation: .open, code: path.utf8.contains(0) ? EINVAL : errno)
        }
        self.path = path
        self.byteCount = byteCount
        self.descriptor = descriptor
        handle = AtomicFileHandle(path: path, descriptor: descriptor)
    }

    deinit {
        _ = close(descriptor)
    }

    /// Appends `line` and a line break.
    /// - Throws: `FileError.system` when the disk is full or fails.
    package func write(_ line: String) throws(FileError) {
        try handle.write(line + "\n")
        try handle.flush()
        byteCount += line.utf8.count + 1
    }

    /// Waits until the disk has everything.
    /// - Throws: `FileError.system` when the disk fails.
    package func synchronize() throws(FileError) {
        try AtomicFile.synchronize(descriptor, path: path)
    }
}
