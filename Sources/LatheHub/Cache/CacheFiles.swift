#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif
import LatheFiles

/// The file system's calls that the cache needs, their failures thrown.
package enum CacheFiles {
    /// The size of the regular file at `path`, symbolic links followed; nil if there is none.
    package static func size(of path: String) -> Int? {
        var status = stat()
        guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
        return Int(status.st_size)
    }

    /// Whether `path` is a directory, symbolic links followed.
    package static func isDirectory(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    /// Makes the directory at `path` and those above it, as far as they are missing.
    static func makeDirectory(_ path: String) throws(HubError) {
        if isDirectory(path) { return }
        if let slash = path.lastIndex(of: "/"), slash != path.startIndex { try makeDirectory(String(path[..<slash])) }
        guard mkdir(path, 0o777) == 0 || (errno == EEXIST && isDirectory(path)) else {
            throw .io(.system(path: path, operation: .makeDirectory, code: errno))
        }
    }

    /// The text of a small file; nil if it does not exist.
    static func text(at path: String, limit: Int) throws(HubError) -> String? {
        do throws(FileError) {
            let file = try MappedFile(path: path)
            return file.withUnsafeBytes { String(decoding: $0.prefix(limit), as: UTF8.self) }
        } catch .system(_, .open, ENOENT) {
            return nil
        } catch {
            throw .io(error)
        }
    }

    /// Puts a symbolic link to `target` at `path`, in place of what is there.
    static func link(_ path: String, to target: String) throws(HubError) {
        _ = unlink(path)
        guard symlink(target, path) == 0 else { throw .io(.system(path: path, operation: .link, code: errno)) }
    }

    /// The bytes that an ordinary user can still write below `directory`; nil if the system does not say.
    static func availableByteCount(in directory: String) -> Int? {
        var status = statvfs()
        guard statvfs(directory, &status) == 0 else { return nil }
        return Int(
            clamping: UInt64(status.f_bavail).multipliedReportingOverflow(by: UInt64(status.f_frsize)).partialValue)
    }
}
