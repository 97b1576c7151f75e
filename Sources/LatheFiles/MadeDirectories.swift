#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Directories that were made for output, to be taken back where none came.
struct MadeDirectories {
    /// Outer ones first.
    private var paths: [String] = []

    /// Makes the directory at `path` and those above it, as far as they are missing.
    /// - Throws: `FileError`, which names `path` whichever of them it is about.
    mutating func make(_ path: String) throws(FileError) {
        if path.utf8.contains(0) { throw .system(path: path, operation: .createDirectory, code: EINVAL) }
        try make(path, for: path)
    }

    private mutating func make(_ path: String, for whole: String) throws(FileError) {
        if Self.isDirectory(path) { return }
        let parent = path.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
        if !parent.isEmpty { try make(parent, for: whole) }
        if mkdir(path, 0o777) == 0 {
            if !paths.contains(path) { paths.append(path) }
        } else {
            let code = errno
            guard code == EEXIST, Self.isDirectory(path) else {
                throw .system(path: whole, operation: .createDirectory, code: code)
            }
        }
    }

    /// Removes those that are empty.
    func removeEmpty() {
        for path in paths.reversed() where rmdir(path) != 0 { return }
    }

    private static func isDirectory(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }
}
