#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Files without names, which go with their last use, however a process ends.
package enum UnnamedFile {
    /// Makes an empty file in `directory`, open for reading and writing.
    /// - Returns: its descriptor, which the caller closes.
    /// - Throws: `FileError.system` if no file can be made there.
    package static func make(in directory: String) throws(FileError) -> Int32 {
        let name = "\(directory)/.lathe-\(String(UInt64.random(in: 0...UInt64.max), radix: 16)).tmp"
        let descriptor = open(name, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw .system(path: directory, operation: .create, code: errno) }
        _ = unlink(name)
        return descriptor
    }
}
