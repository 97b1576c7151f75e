import Foundation
import LatheTestFiles
import Testing

@testable import LatheFiles

@Suite("Files that appear together")
struct StagedFilesTests {
    private struct Failure: Error {}

    @Test("They come when all are complete, in the place of others of their names; nothing else stays")
    func together() throws {
        let scratch = try ScratchDirectory()
        defer { scratch.remove() }
        let out = scratch.path
        for name in ["model", "other"] { try AtomicFile.write("old", to: out + "/" + name) }
        #expect(chmod(out + "/model", 0o600) == 0)
        let answer = try StagedFiles.write(into: out, last: ["record", "model"]) { staging in
            for name in ["config", "model", "record"] { try AtomicFile.write("new " + name, to: staging + "/" + name) }
            #expect(try listing(out) == [".lathe-new", "model", "other"])
            return 7
        }
        #expect(answer == 7)
        #expect(try listing(out) == ["config", "model", "other", "record"])
        for name in ["config", "model", "record"] {
            #expect(try String(contentsOfFile: out + "/" + name, encoding: .utf8) == "new " + name)
        }
        #expect(try String(contentsOfFile: out + "/other", encoding: .utf8) == "old")
        var status = stat()
        #expect(stat(out + "/model", &status) == 0 && status.st_mode & 0o777 == 0o600)
    }

    @Test("Files in directories move along, into directories that are there or not")
    func nested() throws {
        let scratch = try ScratchDirectory()
        defer { scratch.remove() }
        let out = scratch.path, files = FileManager.default
        try files.createDirectory(atPath: out + "/a", withIntermediateDirectories: false)
        for name in ["a/old", "a/x"] { try AtomicFile.write("old", to: out + "/" + name) }
        try StagedFiles.write(into: out, last: ["model"]) { staging in
            for name in ["a/b", "empty"] {
                try files.createDirectory(atPath: staging + "/" + name, withIntermediateDirectories: true)
            }
            for name in ["model", "a/x", "a/b/y"] { try AtomicFile.write("new", to: staging + "/" + name) }
        }
        #expect(
            try listing(out) == ["a", "empty", "model"] && listing(out + "/a") == ["b", "old", "x"]
                && listing(out + "/a/b") == ["y"])
        #expect(
            try String(contentsOfFile: out + "/a/x", encoding: .utf8) == "new"
                && String(contentsOfFile: out + "/a/old", encoding: .utf8) == "old")
    }

    @Test("Directories that a killed process has left are removed with what is in them")
    func nestedLeftovers() throws {
        let scratch = try ScratchDirectory()
        defer { scratch.remove() }
        let out = scratch.path
        try FileManager.default.createDirectory(atPath: out + "/.lathe-new/a/b", withIntermediateDirectories: true)
        try AtomicFile.write("half", to: out + "/.lathe-new/a/b/x")
        try StagedFiles.removeLeftovers(in: out)
        #expect(try listing(out) == [])
    }

    @Test("When one of them fails, what was there stays as it was")
    func failure() throws {
        let scratch = try ScratchDirectory()
        defer { scratch.remove() }
        let out = scratch.path
        try AtomicFile.write("old", to: out + "/model")
        #expect(throws: Failure.self) {
            try StagedFiles.write(into: out, last: ["model"]) { staging in
                try AtomicFile.write("new", to: staging + "/model")
                throw Failure()
            }
        }
        #expect(try listing(out) == ["model"])
        #expect(try String(contentsOfFile: out + "/model", encoding: .utf8) == "old")
    }

    @Test("A directory in the place of a file is refused before any of them moves")
    func directoryInTheWay() throws {
        let scratch = try ScratchDirectory()
        defer { scratch.remove() }
        let out = scratch.path
        try FileManager.default.createDirectory(atPath: out + "/model", withIntermediateDirectories: false)
        let expected = FileError.system(path: out + "/model", operation: .rename, code: EISDIR)
        #expect(throws: expected) {
            try StagedFiles.write(into: out, last: ["model"]) { staging in
                for name in ["config", "model"] { try AtomicFile.write("new", to: staging + "/" + name) }
            }
        }
        #expect(try listing(out) == ["model"])
    }

    @Test("What a killed process has left goes with the next one")
    func leftovers() throws {
        let scratch = try ScratchDirectory()
        defer { scratch.remove() }
        let out = scratch.path, staging = out + "/" + StagedFiles.directoryName
        try FileManager.default.createDirectory(atPath: staging, withIntermediateDirectories: false)
        try AtomicFile.write("half", to: staging + "/model")
        try StagedFiles.write(into: out, last: []) { try AtomicFile.write("new", to: $0 + "/config") }
        #expect(try listing(out) == ["config"])
        try FileManager.default.createDirectory(atPath: staging, withIntermediateDirectories: false)
        try StagedFiles.removeLeftovers(in: out)
        #expect(try listing(out) == ["config"])
    }

    @Test("A link in the place of the directory goes, and what it leads to stays")
    func link() throws {
        let scratch = try ScratchDirectory()
        defer { scratch.remove() }
        let out = scratch.path + "/out", other = scratch.path + "/other"
        for path in [out, other] {
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
        }
        try AtomicFile.write("kept", to: other + "/file")
        try FileManager.default.createSymbolicLink(
            atPath: out + "/" + StagedFiles.directoryName, withDestinationPath: other)
        try StagedFiles.write(into: out, last: []) { try AtomicFile.write("new", to: $0 + "/config") }
        #expect(try listing(out) == ["config"])
        #expect(try listing(other) == ["file"])
    }
}
