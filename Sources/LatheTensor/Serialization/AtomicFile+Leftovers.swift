#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

extension AtomicFile {
    /// Removes from `directory` the temporaries of processes that were killed while they wrote: they may be large. No other process may be writing there.
    /// - Throws: `FileError` for a directory that cannot be read, or a temporary that cannot be removed.
    public static func removeLeftovers(in directory: String) throws(FileError) {
        guard let stream = opendir(directory) else { throw .system(path: directory, operation: .open, code: errno) }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: MemoryLayout.size(ofValue: entry.pointee.d_name)) { String(cString: $0) }
            }
            if name.hasPrefix(temporaryPrefix), name.hasSuffix(temporarySuffix) { names.append(name) }
        }
        for name in names where unlinkat(dirfd(stream), name, 0) != 0 && errno != ENOENT {
            throw .system(path: directory + "/" + name, operation: .remove, code: errno)
        }
    }
}
