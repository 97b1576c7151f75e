#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Keeps two runs from writing into one place at the same time.
///
/// A lock belongs to its process and ends with it, however it ends. While it is held, a file tells the process's
/// number: `.lathe-lock` in a directory, `.lathe-NAME.lock` beside a file `NAME`. The file goes with the lock; one that
/// a killed process has left is taken over. Where the file system has no locks, work goes on without.
///
/// ```swift
/// try OutputLock.holding(directory: "out") { … }
/// ```
package enum OutputLock {
    /// Locks held by what runs here, by their files: work within work on the same place goes on.
    @TaskLocal private static var held: Set<LockFile.Identity> = []

    private static let directoryLock = ".lathe-lock"

    /// Runs `body` while no other run that asks may write into `directory`. The directory, and what leads to it, is
    /// made if needed, and removed again if nothing has come into it.
    /// - Throws: `OutputLockError` when another run is writing there, `FileError`, and what `body` throws.
    public static func holding<Result>(directory: String, _ body: () throws -> Result) throws -> Result {
        var made = MadeDirectories()
        defer { made.removeEmpty() }
        return try holding(
            directoryLock, in: directory, output: .directory(directory),
            making: { () throws(FileError) in try made.make(directory) }, body)
    }

    /// Runs `body` while no other run that asks may write the file at `path`, whose directory must exist. Temporaries
    /// that killed processes have left there are removed, as far as they can be.
    /// - Throws: `OutputLockError` when another run is writing it, `FileError`, and what `body` throws.
    public static func holding<Result>(file path: String, _ body: () throws -> Result) throws -> Result {
        let parts = path.split(separator: "/", omittingEmptySubsequences: false),
            name = parts.last.map(String.init) ?? ""
        // What is no name of a file is refused where it is written.
        guard !name.isEmpty else { return try body() }
        let parent = parts.count == 1 ? "." : parts.dropLast().joined(separator: "/")
        return try holding(".lathe-\(name).lock", in: parent, output: .file(path), making: {}, body)
    }

    private static func holding<Result>(
        _ name: String, in directory: String, output: OutputLockError.Output,
        making makeDirectory: () throws(FileError) -> Void, _ body: () throws -> Result
    ) throws -> Result {
        let path = directory + "/" + name
        if let identity = LockFile.identity(at: path), held.contains(identity) { return try body() }
        guard let file = try LockFile(locking: path, for: output, making: makeDirectory) else { return try body() }
        defer { file.unlock() }
        if case .file = output { try? AtomicFile.removeLeftovers(in: directory) }
        return try $held.withValue(held.union([file.identity]), operation: body)
    }
}

/// Somebody else is writing where this run would.
public struct OutputLockError: DescribedError, Equatable, Sendable {
    /// What both would write.
    package enum Output: Equatable, Sendable {
        case directory(String)
        case file(String)

        var path: String {
            switch self {
            case .directory(let path), .file(let path): path
            }
        }
    }

    package let output: Output
    /// The number of the other's process; nil where it is not known.
    public let process: Int?

    public var description: String {
        let who = process.map { " (process \($0))" } ?? ""
        return switch output {
        case .directory(let path): "\(path): another run is writing here\(who); wait for it, or name another directory"
        case .file(let path): "\(path): another run is writing this file\(who); wait for it, or name another file"
        }
    }
}
