#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// What is in a directory.
package enum DirectoryListing {
    /// The names of what is in the directory at `path`, in no order, without `.` and `..`.
    /// - Throws: `FileError`.
    package static func names(in path: String) throws(FileError) -> [String] {
        guard let stream = opendir(path) else { throw .system(path: path, operation: .open, code: errno) }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: MemoryLayout.size(ofValue: entry.pointee.d_name)) {
                    String(cString: $0)
                }
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names
    }
}
