import Foundation
import LatheFiles
import LatheTokenizers
import Testing

/// Encodings equal those that `Scripts/record-tokenizers.py` recorded from the Python package `tokenizers`.
@Suite struct RecordedTokenizerTests {
    struct Recording: Sendable, CustomTestStringConvertible {
        /// The directory of the tokenizer, and of the encodings it must give.
        var tokenizer: String
        var encodings: String
        var requests: String

        var testDescription: String { tokenizer }
    }

    static let recordings =
        ["bert-uncased", "roberta", "added"].map { Recording(tokenizer: $0, encodings: $0, requests: "requests") }
        + ["bert-cased", "gpt2", "characters", "nfc", "nfd", "nfkc"].map {
            Recording(tokenizer: $0, encodings: $0, requests: "requests-few")
        } + [
            Recording(tokenizer: "vocab-txt", encodings: "bert-uncased", requests: "requests"),
            Recording(tokenizer: "vocab-json", encodings: "roberta", requests: "requests"),
        ]

    @Test(arguments: recordings)
    func equal(_ recording: Recording) throws {
        let tokenizer = try Tokenizer(directory: TokenizerFixture.path(recording.tokenizer))
        let requests = try TokenizerFixture.list("\(recording.requests).json")
        let expected = try TokenizerFixture.list("\(recording.encodings)/encodings.json")
        #expect(requests.count == expected.count)
        for (request, row) in zip(requests, expected) {
            let result = TokenizerRequest(request).result(of: tokenizer)
            let what = Comment(rawValue: "\(recording.tokenizer): \(request.text())")
            #expect(result["error"] == row["error"], what)
            if row["error"] != nil { continue }
            #expect(result["ids"] == row["ids"], what)
            #expect(result["offsets"] == row["offsets"], what)
            #expect(result["decoded"] == row["decoded"], what)
            let count = row["ids"]?.array?.count ?? 0
            let zeros = JSONValue.array(Array(repeating: 0, count: count))
            #expect(result["types"] == row["types"] ?? zeros, what)
            #expect(result["special"] == row["special"] ?? zeros, what)
            #expect(result["attention"] == .array(Array(repeating: 1, count: count)), what)
            let names = (row["ids"]?.array ?? []).map { id in
                JSONValue.string(tokenizer.token(for: Int32(id.integer ?? -1)) ?? "none")
            }
            #expect(result["tokens"] == row["tokens"] ?? .array(names), what)
        }
    }
}

/// The recorded files.
enum TokenizerFixture {
    static func path(_ name: String) throws -> String {
        let manifest = try #require(
            Bundle.module.url(forResource: "manifest", withExtension: "json", subdirectory: "Resources/tokenizers"))
        return manifest.deletingLastPathComponent().appendingPathComponent(name).path
    }

    static func bytes(_ name: String) throws -> [UInt8] {
        try MappedFile(path: path(name)).withUnsafeBytes { Array($0) }
    }

    static func list(_ name: String) throws -> [JSONValue] {
        try #require(try StrictJSON.parse(bytes(name)).array)
    }

    /// A directory with files of these names and contents, which `body` may use.
    @discardableResult
    static func withDirectory<Result>(_ files: [String: String], _ body: (String) throws -> Result) throws -> Result {
        let directory = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }
        for (name, content) in files { try Data(content.utf8).write(to: directory.appendingPathComponent(name)) }
        return try body(directory.path)
    }
}
