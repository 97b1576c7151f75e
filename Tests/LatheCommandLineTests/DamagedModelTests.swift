import Foundation
import LatheCheckpoints
import LatheTestFiles
import LatheTestModels
import Testing

@testable import LatheCommandLine

@Suite("Models whose numbers or files no command can use")
struct DamagedModelTests {
    private let models: TinyModels

    init() throws { models = try TinyModels.sentiment() }

    private func run(_ command: String) -> (code: Int32, transcript: Transcript) {
        let transcript = Transcript()
        return (transcript.run(command.replacing("@", with: models.path + "/")), transcript)
    }

    /// Changes one number of a model's file.
    private func put(_ value: Float, into name: String, of model: String) throws {
        let path = models.path(model + "/model.safetensors"), file = try SafetensorsFile(path: path)
        let start = try #require(file[name]?.byteRange.lowerBound),
            offset =
                try models.bytes(model + "/model.safetensors").count
                - file.entries.map(\.byteRange.upperBound).reduce(0, max)
        var data = try models.bytes(model + "/model.safetensors")
        withUnsafeBytes(of: value.bitPattern.littleEndian) {
            data.replaceSubrange(offset + start..<offset + start + 4, with: $0)
        }
        try data.write(to: URL(fileURLWithPath: path))
    }

    private static let query = "bert.encoder.layer.0.attention.self.query.weight"

    @Test(
        "Every command that reads weights refuses NaN and infinity, and names the tensor",
        arguments: [
            "eval --model @bert --task sst2 --data @dev.tsv", "predict --model @bert --texts @lines.txt",
            "quantize --model @bert --out @out",
            "quantize --model @bert --goal int4 --out @out", "convert --model @bert --out @out",
            "export --model @bert --format onnx --out @out.onnx",
            "embed --model @bert --texts @lines.txt",
            "train --model @bert --task sst2 --train @train.tsv --steps 1 --out @out",
            "compress --model @bert --goal int8 --task sst2 --train @train.tsv --steps 1 --out @out",
            "bench forward --model @bert --repeat 1",
            "sensitivity --model @bert --calibration @train.tsv --task sst2 --bits 8", "plan --model @bert --goal int8",
        ], [Float.nan, -.infinity])
    func commands(_ command: String, _ value: Float) throws {
        try models.file("lines.txt", "the film\n")
        try put(value, into: Self.query, of: "bert")
        let (code, transcript) = run(command)
        #expect(
            code == 1 && transcript.errors.contains("\(Self.query): \(value.isNaN ? "NaN" : "-infinity") at [0, 0]"),
            "\(command): \(transcript.errors)")
        #expect(!models.exists("out") && !models.exists("out.onnx"))
    }

    @Test(
        "So do the commands for language models",
        arguments: [
            "generate --model @gpt2 --prompt in", "export --model @gpt2 --format gguf --out @out.gguf",
            "eval --model @gpt2 --task lm --data @lines.txt",
        ])
    func language(_ command: String) throws {
        try models.gpt2("gpt2")
        try models.file("lines.txt", "in the film it is dark\n")
        try put(.nan, into: "transformer.h.1.mlp.c_fc.weight", of: "gpt2")
        let (code, transcript) = run(command)
        #expect(
            code == 1 && transcript.errors.contains("transformer.h.1.mlp.c_fc.weight: NaN at [0, 0]"),
            "\(transcript.errors)")
    }

    @Test(
        "A weight beyond float16 stops what would write it so, with its name, and nothing is written",
        .tags(.slow), .unlessQuick,
        arguments: [
            "quantize --model @bert --out @out --floats float16", "convert --model @bert --out @out --floats float16",
            "compress --model @bert --goal int8 --task sst2 --train @train.tsv --steps 1 --out @out --floats float16",
        ])
    func overflow(_ command: String) throws {
        try put(1e5, into: "classifier.weight", of: "bert")
        let (code, transcript) = run(command)
        #expect(
            code == 1 && transcript.errors.contains("classifier.weight") && transcript.errors.contains("float16"),
            "\(transcript.errors)")
        #expect(!models.exists("out/model.safetensors"))
        if command.hasPrefix("compress") { return }
        #expect(run(command.replacing("float16", with: "bfloat16")).code == 0)
    }

    // MARK: inspect

    /// A file with tensors of these names, empty.
    private func file(_ names: [String]) throws -> String {
        var writer = SafetensorsWriter()
        for name in names { writer.add(name, type: .f32, shape: [0]) { _ in } }
        try writer.write(to: models.path("names.safetensors"))
        return models.path("names.safetensors")
    }

    @Test(
        "Names without end are cut, so that a table is not larger than its file",
        arguments: [
            [String(repeating: "n", count: 1_000_000)], [String(repeating: "n", count: 100_000) + ".weight"],
            ["layer." + String(repeating: "é", count: 100_000) + ".bias"],
            [
                "x." + String(repeating: "1", count: 100_000) + ".a",
                "x." + String(repeating: "2", count: 100_000) + ".a",
            ],
        ])
    func longNames(_ names: [String]) throws {
        let path = try file(names + (0..<50).map { "a.b\($0)" })
        for flags in ["", " --all", " --depth 1"] {
            let (code, transcript) = run("inspect \(path)\(flags)")
            #expect(code == 0 && transcript.output.utf8.count < 30_000, "\(transcript.output.utf8.count)")
            #expect(transcript.output.split(separator: "\n").allSatisfy { $0.count < 300 })
        }
    }

    @Test("Names of a hundred characters are whole")
    func ordinaryNames() throws {
        let name = String(repeating: "n", count: 100)
        #expect(run("inspect \(try file([name]))").transcript.output.contains(name))
    }

    @Test(
        "Element types that Lathe does not compute with are listed",
        arguments: ["F8_E8M0", "F4", "C64", "F8_E4M3FNUZ", "F6_E2M3", "F8_E5M2", "U64"])
    func types(_ name: String) throws {
        let type = try #require(SafetensorsType(rawValue: name))
        var writer = SafetensorsWriter()
        writer.add("block.weight", type: type, shape: [2, 4]) { emit in
            try [UInt8](repeating: 1, count: type.bitWidth).withUnsafeBytes { try emit($0) }
        }
        try writer.write(to: models.path("types.safetensors"))
        let (code, transcript) = run("inspect @types.safetensors --json")
        let tensor = try #require(try transcript.json()["tensors"]?.array?.first)
        #expect(
            code == 0 && tensor["dtype"]?.string == name && tensor["shape"] == [2, 4]
                && tensor["bytes"] == .integer(type.bitWidth))
        #expect(run("inspect @types.safetensors").transcript.output.contains(name))
    }
}
