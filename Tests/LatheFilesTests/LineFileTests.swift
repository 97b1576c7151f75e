import Foundation
import LatheFiles
import LatheTestFiles
import Testing

@Suite("Files that grow line by line")
struct LineFileTests {
    @Test("Lines are there at once, and replace what was there")
    func lines() throws {
        let scratch = try ScratchDirectory()
        defer { scratch.remove() }
        let path = scratch.path + "/log"
        try AtomicFile.write("old content", to: path)
        let file = try LineFile(creating: path)
        try file.write("é")
        try file.write("two")
        #expect(try String(contentsOfFile: path, encoding: .utf8) == "é\ntwo\n")
        #expect(file.byteCount == 7)
        try file.synchronize()
    }

    @Test("A file goes on behind the bytes that count")
    func continuing() throws {
        let scratch = try ScratchDirectory()
        defer { scratch.remove() }
        let path = scratch.path + "/log"
        try AtomicFile.write("one\ntwo\nthr", to: path)
        let file = try LineFile(continuing: path, after: 4)
        try file.write("three")
        #expect(try String(contentsOfFile: path, encoding: .utf8) == "one\nthree\n")
        #expect(file.byteCount == 10)
    }

    @Test("Places that cannot be written to are named")
    func badPlaces() throws {
        let scratch = try ScratchDirectory()
        defer { scratch.remove() }
        let path = scratch.path + "/none/log"
        #expect(throws: FileError.system(path: path, operation: .open, code: ENOENT)) { try LineFile(creating: path) }
        #expect(throws: FileError.system(path: scratch.path, operation: .open, code: EISDIR)) {
            try LineFile(creating: scratch.path)
        }
        #expect(throws: FileError.system(path: "a\0b", operation: .open, code: EINVAL)) {
            try LineFile(creating: "a\0b")
        }
        #expect(throws: FileError.system(path: scratch.path + "/log", operation: .open, code: ENOENT)) {
            try LineFile(continuing: scratch.path + "/log", after: 0)
        }
    }
}
