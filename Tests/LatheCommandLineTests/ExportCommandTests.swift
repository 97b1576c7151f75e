import Foundation
import LatheTestModels
import Testing

@testable import LatheCommandLine

@Suite("lathe export")
struct ExportCommandTests {
    private let models: TinyModels

    init() throws { models = try TinyModels() }

    private func run(_ command: String) -> (code: Int32, transcript: Transcript) {
        let transcript = Transcript()
        return (transcript.run("export " + command.replacingOccurrences(of: "@", with: models.path + "/")), transcript)
    }

    @Test("The files are named with their sizes; with --json there is one object with the promised keys")
    func onnx() throws {
        try models.bert("bert")
        let (code, transcript) = run("--model @bert --format onnx --out @bert.onnx --json")
        try #require(code == 0, "\(transcript.errors)")
        let json = try transcript.json()
        #expect(json.object?.map(\.key) == ["out", "format", "type", "bytes", "files"])
        #expect(json["type"]?.string == "f32" && json["files"]?.array?.count == 1)
        #expect(try json["bytes"]?.integer == models.bytes("bert.onnx").count)
        #expect(run("--model @bert --format onnx --out @bert.onnx").transcript.output.hasPrefix(models.path("bert.onnx") + ": "))
    }

    @Test("GPT-2 with its tokenizer becomes GGUF, in 16 bits unless told otherwise")
    func gguf() throws {
        try models.gpt2("gpt2")
        let (code, transcript) = run("--model @gpt2 --format gguf --out @gpt2.gguf --json")
        try #require(code == 0, "\(transcript.errors)")
        #expect(try transcript.json()["type"]?.string == "f16")
        #expect(try models.bytes("gpt2.gguf").prefix(4) == Data("GGUF".utf8))
    }

    @Test("A type of the other format is a usage error", arguments: ["onnx --type q8_0", "gguf --type int8"])
    func wrongType(flags: String) {
        let (code, transcript) = run("--model @none --out @x --format " + flags)
        #expect(code == 2)
        #expect(transcript.errors.contains("does not go with --format"))
    }

    @Test("What cannot be exported leaves what was there, and says why")
    func failures() throws {
        try models.bert("bert")
        try models.file("kept", "old")
        let (code, transcript) = run("--model @bert --format onnx --type int8 --out @kept")
        #expect(code == 1)
        #expect(transcript.errors.contains("run lathe quantize first"))
        #expect(run("--model @bert --format gguf --out @kept").code == 1)
        #expect(try models.bytes("kept") == Data("old".utf8))
    }
}
