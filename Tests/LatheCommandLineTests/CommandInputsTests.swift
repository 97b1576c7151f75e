import Foundation
import LatheTestModels
import Testing

@testable import LatheCommandLine

@Suite("Outputs that are inputs")
struct CommandInputsTests {
    private let models: TinyModels

    init() throws {
        models = try TinyModels.sentiment()
        try models.gpt2("gpt2")
        try models.file("text.txt", "a great film\n")
        try models.file("c.json", "{}")
        try models.file("glue/SST-2/dev.tsv", String(decoding: models.bytes("dev.tsv"), as: UTF8.self))
    }

    private func run(_ command: String) -> (code: Int32, errors: String) {
        let transcript = Transcript()
        return (transcript.run(command.replacingOccurrences(of: "@", with: models.path + "/")), transcript.errors)
    }

    /// Runs a command that would replace the file called `name`, and makes sure that it does not.
    private func expectRefusal(_ command: String, keeping name: String) throws {
        let before = try models.bytes(name), (code, errors) = run(command)
        #expect(code == 1, "\(command): \(errors)")
        #expect(errors.contains("name another file for the output"), "\(errors)")
        #expect(try models.bytes(name) == before, "\(command)")
    }

    @Test(
        "A command refuses to replace what it reads, and says which file that is",
        arguments: [
            ("eval --model @bert --task sst2 --data @dev.tsv --predictions @dev.tsv", "dev.tsv"),
            ("eval --model @bert --task sst2 --data @dev.tsv --predictions @bert/../dev.tsv", "dev.tsv"),
            ("eval --model @bert --task sst2 --data @dev.tsv --predictions @bert/vocab.txt", "bert/vocab.txt"),
            ("eval --model @bert --task sst2 --data @glue --predictions @glue/SST-2/dev.tsv", "glue/SST-2/dev.tsv"),
            ("export --model @bert --format onnx --out @bert/model.safetensors", "bert/model.safetensors"),
            ("export --model @gpt2 --format gguf --out @gpt2/config.json", "gpt2/config.json"),
            ("tokenize --model @gpt2 --data @text.txt --out @text.txt", "text.txt"),
            ("augment --model @bert --task sst2 --data @train.tsv --out @train.tsv", "train.tsv"),
            ("sensitivity --model @bert --calibration @train.tsv --task sst2 --out @train.tsv", "train.tsv"),
            (
                "search --model @bert --calibration @train.tsv --task sst2 --size 0.5x --out @bert/config.json",
                "bert/config.json"
            ),
            ("search --model @bert --calibration random --size 0.5x --sensitivity @c.json --out @c.json", "c.json"),
            ("report @bert --sensitivity @c.json --overwrite --out @c.json", "c.json"),
            ("config init --goal int8 --model @bert --overwrite --out @bert/config.json", "bert/config.json"),
        ])
    func files(command: String, name: String) throws { try expectRefusal(command, keeping: name) }

    @Test("Symbolic links and hard links to an input are seen through")
    func links() throws {
        try FileManager.default.createSymbolicLink(atPath: models.path("soft.tsv"), withDestinationPath: "dev.tsv")
        try FileManager.default.linkItem(atPath: models.path("dev.tsv"), toPath: models.path("hard.tsv"))
        try FileManager.default.createSymbolicLink(atPath: models.path("place"), withDestinationPath: ".")
        for output in ["soft.tsv", "hard.tsv", "place/dev.tsv"] {
            try expectRefusal(
                "eval --model @bert --task sst2 --data @dev.tsv --predictions @\(output)", keeping: "dev.tsv")
        }
    }

    @Test(
        "A run refuses a directory in which it would replace its config or its data",
        arguments: [
            ("quantize --model @bert --config @out/config.json --out @out --overwrite", "out/config.json"),
            (
                "compress --model @bert --config @out/lathe.json --task sst2 --train @train.tsv --steps 1 --out @out",
                "out/lathe.json"
            ),
            (
                "train --model @bert --task sst2 --train @out/training.jsonl --steps 1 --out @out --overwrite",
                "out/training.jsonl"
            ),
        ])
    func directories(command: String, name: String) throws {
        try models.file(name, "{}")
        try expectRefusal(command, keeping: name)
    }

    @Test("Other files beside the inputs are written")
    func others() throws {
        for _ in 0..<2 {
            #expect(
                run("eval --model @bert --task sst2 --data @glue --predictions @glue/SST-2/predictions.jsonl").code == 0
            )
            #expect(run("export --model @bert --format onnx --out @bert/model.onnx").code == 0)
        }
    }
}
