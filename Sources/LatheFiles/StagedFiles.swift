#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Files that belong together and appear together: they are made in a directory of their own, `.lathe-new` within the
/// one where they go, and move when all of them are complete. A disk that is full, or whatever else goes wrong before,
/// leaves what was there as it was.
///
/// ```swift
/// try StagedFiles.write(into: "out", last: ["config.json", "model.safetensors"]) { staging in … }
/// ```
package enum StagedFiles {
    static let directoryName = ".lathe-new"

    /// Runs `body`, and moves what it has written into `directory`, where files of the same names are replaced.
    /// - Parameters:
    ///   - directory: is there, and nobody else writes into it: see `OutputLock`.
    ///   - last: names of files that move after all others, in this order: those by which one tells that the rest is
    ///     there.
    ///   - body: writes plain files, each to its end, into the directory whose path it is given, and into directories
    ///     that it makes there.
    /// - Throws: what `body` throws, and `FileError`. Nothing has changed then, unless it was a move itself that
    ///   failed.
    package static func write<Result>(
        into directory: String, last: [String], _ body: (_ staging: String) throws -> Result
    ) throws -> Result {
        try removeLeftovers(in: directory)
        let staging = directory + "/" + directoryName
        guard mkdir(staging, 0o777) == 0 else {
            throw FileError.system(path: staging, operation: .createDirectory, code: errno)
        }
        do {
            let result = try body(staging)
            try move(from: staging, to: directory, last: last)
            try removeLeftovers(in: directory)
            return result
        } catch {
            try? removeLeftovers(in: directory)
            throw error
        }
    }

    /// Removes what a process has left in `directory` that was killed in the midst of ``write(into:last:_:)``.
    /// - Throws: `FileError`.
    package static func removeLeftovers(in directory: String) throws(FileError) {
        let staging = directory + "/" + directoryName
        var status = stat()
        guard lstat(staging, &status) == 0 else { return }
        // A link is not followed: what it leads to is not ours.
        guard status.st_mode & S_IFMT == S_IFDIR else {
            guard unlink(staging) == 0 || errno == ENOENT else {
                throw .system(path: staging, operation: .remove, code: errno)
            }
            return
        }
        let tree = try StagedTree(staging)
        for name in tree.files where unlink(staging + "/" + name) != 0 && errno != ENOENT {
            throw .system(path: staging + "/" + name, operation: .remove, code: errno)
        }
        for name in tree.directories.reversed() + [""] where rmdir(staging + "/" + name) != 0 && errno != ENOENT {
            throw .system(path: staging + "/" + name, operation: .remove, code: errno)
        }
    }

    private static func move(from staging: String, to directory: String, last: [String]) throws(FileError) {
        let tree = try StagedTree(staging), names = tree.files.sorted()
        let target = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard target >= 0 else { throw .system(path: directory, operation: .open, code: errno) }
        defer { _ = close(target) }
        for name in names { try prepare(staging + "/" + name, toReplace: name, in: target, directory) }
        for name in tree.directories { try makeDirectory(name, in: target, directory) }
        for name in names.filter({ !last.contains($0) }) + last.filter(names.contains) {
            guard renameat(AT_FDCWD, staging + "/" + name, target, name) == 0 else {
                throw .system(path: directory + "/" + name, operation: .rename, code: errno)
            }
        }
        try AtomicFile.synchronize(target, path: directory)
    }

    /// Makes a directory, unless there is one.
    private static func makeDirectory(_ name: String, in target: Int32, _ directory: String) throws(FileError) {
        if mkdirat(target, name, 0o777) == 0 { return }
        let code = errno
        var status = stat()
        guard code == EEXIST, fstatat(target, name, &status, 0) == 0, status.st_mode & S_IFMT == S_IFDIR else {
            throw .system(path: directory + "/" + name, operation: .createDirectory, code: code)
        }
    }

    /// Gives `file` the permission bits of the one that it replaces, if it can replace what is there.
    private static func prepare(_ file: String, toReplace name: String, in target: Int32, _ directory: String)
        throws(FileError)
    {
        var status = stat()
        guard fstatat(target, name, &status, AT_SYMLINK_NOFOLLOW) == 0 else { return }
        switch status.st_mode & S_IFMT {
        case S_IFREG:
            guard chmod(file, status.st_mode & 0o777) == 0 else {
                throw .system(path: file, operation: .create, code: errno)
            }
        case S_IFDIR: throw .system(path: directory + "/" + name, operation: .rename, code: EISDIR)
        default: break
        }
    }
}

/// What is in a staging directory, by paths in it. Links are not followed.
private struct StagedTree {
    private(set) var files: [String] = []
    /// Each after the one that it is in.
    private(set) var directories: [String] = []

    init(_ root: String) throws(FileError) { try find(root, "") }

    private mutating func find(_ root: String, _ directory: String) throws(FileError) {
        for name in try DirectoryListing.names(in: root + "/" + directory).sorted() {
            let path = directory.isEmpty ? name : directory + "/" + name
            var status = stat()
            guard lstat(root + "/" + path, &status) == 0 else { continue }
            if status.st_mode & S_IFMT == S_IFDIR {
                directories.append(path)
                try find(root, path)
            } else {
                files.append(path)
            }
        }
    }
}
