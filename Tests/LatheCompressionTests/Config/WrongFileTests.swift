import Foundation
import Testing

@testable import LatheCompression

@Suite("Files that are no config")
struct WrongFileTests {
    /// What reading a file with `text` says, with the path left out.
    private func message(_ text: String) throws -> String {
        let url = FileManager.default.temporaryDirectory.appendingPathComponent("lathe-\(UUID().uuidString).json")
        try Data(text.utf8).write(to: url)
        defer { try? FileManager.default.removeItem(at: url) }
        do throws(CompressionConfigError) {
            _ = try DeepSpeedConfig(path: url.path)
            return ""
        } catch {
            return error.description.replacingOccurrences(of: url.path, with: "c.json")
        }
    }

    @Test(
        "A file that is no JSON object, or has a key twice, is told where",
        arguments: [
            ("", "c.json: not valid JSON: line 1, column 1 (byte 0): the text ends too early"),
            ("[]", "c.json: the file: expected an object, got an array"),
            (#"{"a": 1,}"#, "c.json: not valid JSON: line 1, column 9 (byte 8): expected a key in quotes, got '}'"),
            (
                "{\"compression_training\": {\n \"row_pruning\": {},\n \"row_pruning\": {}}}",
                "c.json: not valid JSON: line 3, column 2 (byte 48): duplicate key \"row_pruning\"; keep one of them"
            ),
            (
                #"{"train_batch_size": 1, "train_batch_size": 1}"#,
                "c.json: not valid JSON: line 1, column 25 (byte 24): duplicate key \"train_batch_size\"; keep one of them"
            ),
            (
                "// a\n{\"a\": /* b\n 1}",
                "c.json: not valid JSON: line 2, column 7 (byte 11): a comment begins here and does not end; close it with */"
            ),
        ])
    func malformed(_ text: String, _ expected: String) throws {
        #expect(try message(text) == expected)
    }

    @Test("Comments are read over in a file, and in nothing else")
    func comments() throws {
        #expect(try message("// first\n{ /* second */ \"train_batch_size\": 8 // third\n}") == "")
    }

    @Test("A file that is not there is named")
    func absent() {
        #expect {
            try DeepSpeedConfig(path: "/nonexistent/c.json")
        } throws: { error in
            "\(error)".hasPrefix("/nonexistent/c.json: ")
        }
    }
}
