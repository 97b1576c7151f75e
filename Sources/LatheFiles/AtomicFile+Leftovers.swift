#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

extension AtomicFile {
    /// Removes from `directory` the temporaries of processes that were killed while they wrote: they may be large. What
    /// another process is writing stays, where the file system has locks.
    /// - Throws: `FileError` for a directory that cannot be read, or a temporary that cannot be removed.
    package static func removeLeftovers(in directory: String) throws(FileError) {
        let descriptor = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .system(path: directory, operation: .open, code: errno) }
        defer { _ = close(descriptor) }
        for name in try DirectoryListing.names(in: directory)
        where name.hasPrefix(temporaryPrefix) && name.hasSuffix(temporarySuffix)
            && !isBeingWritten(name, in: descriptor)
        {
            guard unlinkat(descriptor, name, 0) == 0 || errno == ENOENT else {
                throw .system(path: directory + "/" + name, operation: .remove, code: errno)
            }
        }
    }

    private static func isBeingWritten(_ name: String, in directory: Int32) -> Bool {
        let file = openat(directory, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
        guard file >= 0 else { return false }
        defer { _ = close(file) }
        return flock(file, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK
    }
}
