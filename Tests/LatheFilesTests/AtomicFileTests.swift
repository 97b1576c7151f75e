import Foundation
import LatheFiles
import LatheTestFiles
import Testing

@Suite("Files written all or nothing")
struct AtomicFileTests {
    private struct Interruption: Error {}

    private func fileError(_ body: () throws -> Void) -> FileError? {
        do {
            try body()
            return nil
        } catch {
            return error as? FileError
        }
    }

    @Test("The content is what the body wrote, in pieces of any size")
    func pieces() throws {
        let scratch = try ScratchDirectory()
        defer { scratch.remove() }
        let directory = scratch.path
        let path = directory + "/log"
        let large = [UInt8](repeating: 0x61, count: 700_000)
        try AtomicFile.write(to: path) { file in
            #expect(file.path == path)
            try file.write("é\n")
            for _ in 0..<200_000 { try file.write([0x62, 0x63]) }
            try file.write(large)
            try file.write([])
            try file.write("end")
            #expect(file.byteCount == 3 + 400_000 + 700_000 + 3)
        }
        var expected = Array("é\n".utf8)
        for _ in 0..<200_000 { expected += [0x62, 0x63] }
        expected += large + Array("end".utf8)
        #expect(Array(try Data(contentsOf: URL(fileURLWithPath: path))) == expected)
        #expect(try listing(directory) == ["log"])
    }

    @Test("A body that throws leaves the old file and nothing else")
    func bodyThrows() throws {
        let scratch = try ScratchDirectory()
        defer { scratch.remove() }
        let directory = scratch.path
        let path = directory + "/report.json"
        #expect(throws: Interruption.self) {
            try AtomicFile.write(to: path) { file in
                try file.write("half")
                throw Interruption()
            }
        }
        #expect(try listing(directory) == [])
        try AtomicFile.write("old", to: path)
        #expect(throws: Interruption.self) {
            try AtomicFile.write(to: path) { file in
                try file.write(String(repeating: "new", count: 1_000_000))
                throw Interruption()
            }
        }
        #expect(try listing(directory) == ["report.json"])
        #expect(try String(contentsOfFile: path, encoding: .utf8) == "old")
    }

    @Test("Permissions of an existing file are kept, and a link is replaced without touching its target")
    func permissionsAndLinks() throws {
        let scratch = try ScratchDirectory()
        defer { scratch.remove() }
        let directory = scratch.path
        let path = directory + "/secret"
        try AtomicFile.write("1", to: path)
        #expect(chmod(path, 0o600) == 0)
        try AtomicFile.write("2", to: path)
        let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
        #expect(mode == 0o600)
        let link = directory + "/link"
        #expect(symlink("secret", link) == 0)
        try AtomicFile.write("3", to: link)
        #expect(try String(contentsOfFile: path, encoding: .utf8) == "2")
        #expect(try String(contentsOfFile: link, encoding: .utf8) == "3")
    }

    @Test("What a killed process left is removed, what somebody is writing stays")
    func leftovers() throws {
        let scratch = try ScratchDirectory()
        defer { scratch.remove() }
        try Data("half".utf8).write(to: URL(fileURLWithPath: scratch.path + "/.lathe-0123.tmp"))
        try AtomicFile.write(to: scratch.path + "/report") { file in
            try AtomicFile.removeLeftovers(in: scratch.path)
            #expect(try listing(scratch.path).count == 1, "the leftover, or what is being written")
            try file.write("whole")
        }
        #expect(try listing(scratch.path) == ["report"])
    }

    @Test("Places that cannot be written to give the system's reason")
    func badPlaces() throws {
        let scratch = try ScratchDirectory()
        defer { scratch.remove() }
        let directory = scratch.path
        func code(_ path: String) -> Int32? {
            guard case .system(path, _, let code) = fileError({ try AtomicFile.write("x", to: path) }) else {
                return nil
            }
            return code
        }
        #expect(code("") == ENOENT)
        #expect(code(directory + "/") == EISDIR)
        #expect(code(directory + "/none/file") == ENOENT)
        #expect(code(directory + "/a\u{0}b") == EINVAL)
        try AtomicFile.write("x", to: directory + "/file")
        #expect(code(directory + "/file/below") == ENOTDIR)
        try FileManager.default.createDirectory(atPath: directory + "/folder", withIntermediateDirectories: false)
        #expect(code(directory + "/folder") == EISDIR)
        #expect(try listing(directory) == ["file", "folder"])
    }

    @Test(
        "A read-only directory stays as it is",
        .enabled(if: geteuid() != 0, "the superuser may write into read-only directories"))
    func readOnlyDirectory() throws {
        let scratch = try ScratchDirectory()
        defer { scratch.remove() }
        let directory = scratch.path
        #expect(chmod(directory, 0o500) == 0)
        defer { chmod(directory, 0o700) }
        let path = directory + "/file"
        let error = fileError { try AtomicFile.write("x", to: path) }
        #expect(error == .system(path: path, operation: .create, code: EACCES))
        #expect(try listing(directory) == [])
    }

    #if os(Linux)
        @Test("A file system that takes no files gives an error, also to the superuser")
        func readOnlyFileSystem() {
            let error = fileError { try AtomicFile.write("x", to: "/proc/self/lathe") }
            guard case .system("/proc/self/lathe", .create, _) = error else {
                Issue.record("expected an error at creation, got \(String(describing: error))")
                return
            }
        }
    #endif
}
