import Foundation
import LatheTestFiles
import LatheTestModels
import Testing

@testable import LatheCommandLine

@Suite("Where a new model may go")
struct OutputDirectoryTests {
    private let models: TinyModels

    init() throws {
        models = try TinyModels()
        try models.bert("bert")
        try models.reviews("t.tsv", count: 8, seed: 1)
        try models.file(
            "c.json",
            #"{"compression_training": {"weight_quantization": {"shared_parameters": {"enabled": true, "schedule_offset": 0, "quantize_weight_in_forward": true}, "different_groups": {"wq": {"params": {"start_bits": 8, "target_bits": 8}, "modules": ["intermediate"]}}}}}"#
        )
        for name in ["a.txt", "b.txt", "c.txt", "config.json", "d.txt"] { try models.file("mine/\(name)", name) }
    }

    private func run(_ command: String) -> (code: Int32, transcript: Transcript) {
        let transcript = Transcript()
        return (transcript.run(command.replacingOccurrences(of: "@", with: models.path + "/")), transcript)
    }

    private static let commands = [
        "train --model @bert --task sst2 --train @t.tsv --steps 1",
        "compress --model @bert --config @c.json --task sst2 --train @t.tsv --steps 1",
        "quantize --model @bert",
    ]

    @Test(
        "Files that have nothing to do with a model are in the way, unless --overwrite adds to them",
        .tags(.slow), .unlessQuick,
        arguments: commands)
    func files(command: String) throws {
        let (code, transcript) = run(command + " --out @mine")
        #expect(code == 1)
        #expect(
            transcript.errors.contains(
                "mine: the directory holds a.txt, b.txt, c.txt and 2 more, but no model; name a new or an empty directory"
            ))
        #expect(try models.bytes("mine/config.json") == Data("config.json".utf8))
        #expect(run(command + " --out @mine --overwrite").code == 0)
        #expect(try models.bytes("mine/a.txt") == Data("a.txt".utf8))
    }

    @Test("A model is not written over the one that is read", arguments: commands)
    func own(command: String) throws {
        let before = try models.bytes("bert/model.safetensors")
        for flags in ["", " --overwrite"] {
            let (code, transcript) = run(command + " --out @mine/../bert/" + flags)
            #expect(code == 1)
            #expect(
                transcript.errors.contains(
                    "bert/: the directory of the model that is read; name a new or an empty directory"),
                "\(transcript.errors)")
        }
        #expect(try models.bytes("bert/model.safetensors") == before)
    }

    @Test("What a killed process has left half of is not in the way")
    func half() throws {
        try models.file("out/config.json", "{}")
        try models.makeDirectory("out/.lathe-new")
        #expect(run("quantize --model @bert --out @out").code == 0)
    }

    @Test("An empty directory, and one with hidden files only, is taken", arguments: [[], [".DS_Store"]])
    func empty(files: [String]) throws {
        try models.makeDirectory("out")
        for file in files { try models.file("out/" + file, "") }
        #expect(run("quantize --model @bert --out @out").code == 0)
    }
}
