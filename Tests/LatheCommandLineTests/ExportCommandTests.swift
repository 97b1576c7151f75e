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
        #expect(
            run("--model @bert --format onnx --out @bert.onnx").transcript.output.hasPrefix(
                models.path("bert.onnx") + ": "))
    }

    @Test("GPT-2 with its tokenizer becomes GGUF, in 16 bits unless told otherwise")
    func gguf() throws {
        try models.gpt2("gpt2")
        let (code, transcript) = run("--model @gpt2 --format gguf --out @gpt2.gguf --json")
        try #require(code == 0, "\(transcript.errors)")
        #expect(try transcript.json()["type"]?.string == "f16")
        #expect(try models.bytes("gpt2.gguf").prefix(4) == Data("GGUF".utf8))
    }

    @Test(
        "A type of the other format is a usage error",
        arguments: ["onnx --type q8_0", "gguf --type int8", "gguf --type uint8"])
    func wrongType(flags: String) {
        let (code, transcript) = run("--model @none --out @x --format " + flags)
        #expect(code == 2)
        #expect(transcript.errors.contains("does not go with --format"))
    }

    @Test("int8-static measures ranges and says that outputs differ; int8 and uint8 do not")
    func types() throws {
        try models.bert("bert")
        #expect(Transcript().run("quantize --model \(models.path("bert")) --out \(models.path("packed"))") == 0)
        for type in ["int8", "uint8"] {
            let (code, transcript) = run("--model @packed --type \(type) --out @\(type).onnx --json")
            #expect(code == 0 && transcript.errors == "", "\(transcript.errors)")
            #expect(try transcript.json()["type"]?.string == type)
        }
        let (code, transcript) = run(
            "--model @packed --type int8-static --calibration random --samples 3 --max-length 8 --out @static.onnx --json"
        )
        #expect(code == 0, "\(transcript.errors)")
        #expect(
            transcript.errors.contains("measured on 3 samples")
                && transcript.errors.contains("outputs differ from Lathe's"))
        #expect(try transcript.json()["type"]?.string == "int8-static")
        let bytes = try ["int8", "uint8", "static"].map { try models.bytes($0 + ".onnx") }
        #expect(Set(bytes).count == 3)
    }

    @Test(
        "Calibration belongs to int8-static, which needs it",
        arguments: [
            ("int8-static", "--calibration is missing"),
            ("int8 --calibration random", "--calibration goes with --type int8-static"),
            ("f32 --task lm", "--task goes with --type int8-static"),
            ("uint8 --max-length 8", "--max-length goes with --type int8-static"),
        ])
    func calibration(flags: String, message: String) {
        let (code, transcript) = run("--model @none --format onnx --out @x --type " + flags)
        #expect(code == 2 && transcript.errors.contains(message), "\(transcript.errors)")
    }

    @Test("What cannot be exported leaves what was there, and says why")
    func failures() throws {
        try models.bert("bert")
        try models.file("kept", "old")
        let (code, transcript) = run("--model @bert --format onnx --type int8 --out @kept")
        #expect(code == 1)
        #expect(transcript.errors.contains("(lathe quantize, --type f32)"))
        #expect(run("--model @bert --format gguf --out @kept").code == 1)
        #expect(try models.bytes("kept") == Data("old".utf8))
    }
}
