import Foundation
import LatheTestFiles
import Testing

@testable import LatheFiles

@Suite("Locks on what a run writes")
struct OutputLockTests {
    private struct Failure: Error {}

    /// What comes of asking for the lock on `directory`.
    private static func errorHere(_ directory: String) -> OutputLockError? {
        do {
            try OutputLock.holding(directory: directory) {}
            return nil
        } catch {
            return error as? OutputLockError
        }
    }

    /// The same on a thread of its own, where locks held here do not count.
    private static func errorElsewhere(_ directory: String) -> OutputLockError? {
        let result = Guarded<OutputLockError?>(nil), end = DispatchSemaphore(value: 0)
        Thread {
            let error = errorHere(directory)
            result.withLock { $0 = error }
            end.signal()
        }.start()
        end.wait()
        return result.withLock { $0 }
    }

    @Test("A second run in a directory is told which process is there, until the first has ended; nothing stays")
    func twoRuns() throws {
        let scratch = try ScratchDirectory()
        defer { scratch.remove() }
        let out = scratch.path + "/a/b"
        try OutputLock.holding(directory: out) {
            try AtomicFile.write("1", to: out + "/model")
            let error = Self.errorElsewhere(out)
            #expect(error == OutputLockError(output: .directory(out), process: Int(getpid())))
            #expect(
                error?.description
                    == "\(out): another run is writing here (process \(getpid())); wait for it, or name another directory"
            )
            #expect(try listing(out) == [".lathe-lock", "model"])
        }
        #expect(Self.errorElsewhere(out) == nil)
        #expect(try listing(out) == ["model"])
    }

    @Test("Another process meets the lock as well")
    func twoProcesses() async throws {
        let scratch = try ScratchDirectory(), out = scratch.path
        defer { scratch.remove() }
        let lock = try #require(try LockFile(locking: out + "/.lathe-lock", for: .directory(out), making: {}))
        await #expect(processExitsWith: .exitCode(7)) { [out = out as String, owner = Int(getpid()) as Int] in
            if OutputLockTests.errorHere(out)?.process == owner { exit(7) }
        }
        lock.unlock()
        await #expect(processExitsWith: .exitCode(7)) { [out = out as String] in
            if OutputLockTests.errorHere(out) == nil { exit(7) }
        }
    }

    @Test("The lock of a killed process is taken over, and its file removed")
    func killedProcess() async throws {
        let scratch = try ScratchDirectory(), out = scratch.path
        defer { scratch.remove() }
        await #expect(processExitsWith: .signal(SIGKILL)) { [out = out as String] in
            try OutputLock.holding(directory: out) { _ = kill(getpid(), SIGKILL) }
        }
        #expect(try listing(out) == [".lathe-lock"])
        try OutputLock.holding(directory: out) {}
        #expect(try listing(out) == [])
    }

    @Test("Directories that nothing came into are removed again")
    func emptyDirectories() throws {
        let scratch = try ScratchDirectory()
        defer { scratch.remove() }
        #expect(throws: Failure.self) { try OutputLock.holding(directory: scratch.path + "/a/b/") { throw Failure() } }
        #expect(try listing(scratch.path) == [])
    }

    @Test("Work within work on the same directory goes on")
    func nested() throws {
        let scratch = try ScratchDirectory()
        defer { scratch.remove() }
        try OutputLock.holding(directory: scratch.path) {
            try OutputLock.holding(directory: scratch.path + "/.") {}
            #expect(Self.errorElsewhere(scratch.path) != nil, "the inner end has ended the outer lock")
        }
    }

    @Test("A lock on a file stands beside it and leaves other files alone")
    func files() throws {
        let scratch = try ScratchDirectory()
        defer { scratch.remove() }
        let path = scratch.path + "/text.tokens"
        let lock = try #require(
            try LockFile(locking: scratch.path + "/.lathe-text.tokens.lock", for: .file(path), making: {}))
        defer { lock.unlock() }
        #expect(throws: OutputLockError(output: .file(path), process: Int(getpid()))) {
            try OutputLock.holding(file: path) {}
        }
        try OutputLock.holding(file: scratch.path + "/other") {}
        #expect(try listing(scratch.path) == [".lathe-text.tokens.lock"])
    }

    @Test("A directory that cannot be made is an error that names it")
    func noDirectory() throws {
        let scratch = try ScratchDirectory()
        defer { scratch.remove() }
        try AtomicFile.write("", to: scratch.path + "/file")
        #expect(throws: FileError.self) { try OutputLock.holding(directory: scratch.path + "/file/out") {} }
        #expect(throws: FileError.self) { try OutputLock.holding(file: scratch.path + "/none/file") {} }
    }
}
