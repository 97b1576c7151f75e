#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// What went wrong between the package and the file system.
public enum FileError: DescribedError, Equatable, Sendable {
    /// The step that failed; the raw value completes "cannot …".
    public enum Operation: String, Sendable {
        case open
        case inspect
        case map = "map it into memory"
        case create = "create a temporary file beside it"
        case write
        case read
        case lock
        case makeDirectory = "make the directory"
        case link = "put a symbolic link there"
        case synchronize
        case rename = "put the finished file in place"
        case truncate = "cut off its end"
        case remove
        case createDirectory = "create the directory"
    }

    /// A system call failed with the error number `code`.
    case system(path: String, operation: Operation, code: Int32)
    /// The path names a directory, a pipe or a device where a plain file is needed.
    case notRegularFile(path: String)

    /// The file concerned.
    public var path: String {
        switch self {
        case .system(let path, _, _), .notRegularFile(let path): path
        }
    }

    /// The message: path, operation, the system's text, and what to do about it.
    public var description: String {
        switch self {
        case .notRegularFile(let path):
            return "\(path): not a regular file; name the file itself"
        case .system(let path, let operation, let code):
            let text = "\(path): cannot \(operation.rawValue): \(String(cString: strerror(code))) (errno \(code))"
            return Self.cure(for: code).map { "\(text); \($0)" } ?? text
        }
    }

    private static func cure(for code: Int32) -> String? {
        switch code {
        case ENOENT, ENOTDIR: "check that the path and its directory exist"
        case EACCES, EPERM: "check the permissions of the file and its directory"
        case EROFS: "choose a directory on a writable file system"
        case ENOSPC, EDQUOT: "free some space and try again"
        case EISDIR: "name a file, not a directory"
        case ENOMEM: "close other programs to free memory"
        default: nil
        }
    }
}
