import Foundation
import LatheFiles
import LatheTestFiles
import LatheTestModels
import Testing

@testable import LatheCommandLine

@Suite("lathe sensitivity and lathe search")
struct SearchCommandTests {
    private let models: TinyModels

    init() throws {
        models = try TinyModels.sentiment()
    }

    private func run(_ command: String) -> (code: Int32, transcript: Transcript) {
        let transcript = Transcript()
        return (transcript.run(command.replacingOccurrences(of: "@", with: models.path + "/")), transcript)
    }

    private let data = "--model @bert --calibration @train.tsv --task sst2 --samples 12"

    @Test(
        "The table is printed with every layer, has the promised keys, and is kept in a file that a search uses",
        .tags(.slow), .unlessQuick)
    func table() throws {
        let (code, transcript) = run("sensitivity \(data) --bits 8,4,1 --out @table.json --json")
        try #require(code == 0, "\(transcript.errors)")
        let json = try transcript.json(), units = try #require(json["units"]?.array)
        #expect(json.object?.map(\.key) == ["group_by", "quantize_groups", "scales", "calibration", "units"])
        #expect(units.first?.object?.map(\.key) == ["name", "layers", "parameters", "bytes", "trials"])
        #expect(
            units.first?["trials"]?.array?.first?.object?.map(\.key) == [
                "bits", "density", "bytes", "saved", "divergence", "changed",
            ])
        for unit in units { #expect(transcript.output.contains(unit["name"]?.string ?? "?")) }
        #expect(try StrictJSON.parse(String(decoding: models.bytes("table.json"), as: UTF8.self)) == json)
        let search = run("search \(data) --sensitivity @table.json --size 0.8x --rounds 1 --out @c.json")
        try #require(search.code == 0, "\(search.transcript.errors)")
        #expect(
            search.transcript.output.contains(
                "lathe quantize --model \(models.path("bert")) --config \(models.path("c.json")) --out DIR"))
        #expect(!search.transcript.errors.contains("measuring"))
    }

    @Test("What a search promises is what lathe quantize writes and lathe eval measures", .tags(.slow), .unlessQuick)
    func promise() throws {
        let (code, transcript) = run(
            "search \(data) --size 0.7x --floats float16 --scales search --dev @dev.tsv --out @c.json --json")
        try #require(code == 0, "\(transcript.errors)")
        let json = try transcript.json()
        #expect(
            json.object?.map(\.key) == [
                "out", "bytes", "bytes_before", "divergence", "changed", "before", "after", "layers",
            ])
        let quantized = run(
            "quantize --model @bert --config @c.json --floats float16 --scales search --out @out --json")
        #expect(try quantized.transcript.json()["bytes"] == json["bytes"])
        #expect(
            try run("eval --model @out --task sst2 --data @dev.tsv --json").transcript.json()["metrics"]
                == json["after"])
        #expect(run("plan --model @bert --config @c.json").code == 0)
    }

    /// Trains the model, so that its record names the task.
    private func train() {
        #expect(
            run("train --model @bert --task sst2 --train @train.tsv --dev @dev.tsv --steps 1 --out @trained").code == 0)
    }

    @Test(
        "A table of calibration data has the columns of the task that the model learned",
        .tags(.slow), .unlessQuick,
        arguments: [
            "sensitivity --model @trained --calibration @train.tsv --samples 12 --bits 8 --json",
            "search --model @trained --calibration @train.tsv --samples 12 --size 0.8x --rounds 0 --out @c.json --json",
            "quantize --model @trained --lkd --calibration @train.tsv --lkd-steps 1 --lkd-batch 4 --out @out --json",
        ])
    func learned(command: String) throws {
        train()
        let (code, transcript) = run(command)
        try #require(code == 0, "\(transcript.errors)")
        let words = command.split(separator: " ").filter { $0 != "--json" }.joined(separator: " ").replacing(
            "@c.json", with: "@d.json"
        ).replacing("@out", with: "@named")
        let named = run(words + " --task sst2 --json")
        // But for where they went and for how long they took, they are the same.
        func values(_ json: JSONValue) -> JSONValue {
            .object((json.object ?? []).filter { !["out", "seconds"].contains($0.key) })
        }
        #expect(try values(transcript.json()) == values(named.transcript.json()))
    }

    @Test("Text is read as text, whatever the model learned")
    func text() throws {
        train()
        try models.file("t.txt", "the film is nice .\nthe movie is bad .\n")
        let (code, transcript) = run("sensitivity --model @trained --calibration @t.txt --bits 8 --json")
        #expect(code == 0, "\(transcript.errors)")
        #expect(try transcript.json()["calibration"]?.string?.contains("2 sequences") == true)
    }

    @Test(
        "A table of which nothing names the columns is refused before any work",
        arguments: [
            "sensitivity --model @bert --calibration @train.tsv --out @t.json",
            "search --model @bert --calibration @train.tsv --size 0.8x --out @t.json",
            "quantize --model @bert --lkd --calibration @train.tsv --out @t.json",
        ])
    func unnamed(command: String) {
        let (code, transcript) = run(command)
        #expect(code == 2)
        let reason =
            "--task is missing: \(models.path("train.tsv")) is a table, and \(models.path("bert")) does not say what it learned"
        #expect(transcript.errors.contains(reason), "\(transcript.errors)")
        #expect(!models.exists("t.json"))
    }

    @Test("A language model reads a table as plain text, and says so")
    func tableOfALanguageModel() throws {
        try models.gpt2("gpt2")
        let (code, transcript) = run("sensitivity --model @gpt2 --calibration @train.tsv --samples 4 --bits 8")
        #expect(code == 0, "\(transcript.errors)")
        #expect(transcript.errors.contains("note: \(models.path("train.tsv")): read as plain text"))
    }

    @Test("Labelled files have the task that the model learned", .tags(.slow), .unlessQuick)
    func labelled() throws {
        train()
        let (code, transcript) = run("quantize --model @trained --dev @dev.tsv --out @out --json")
        #expect(code == 0, "\(transcript.errors)")
        #expect(try transcript.json()["metrics"]?["accuracy"] != nil)
    }

    @Test("The built-in digits need no files, and prune without bits")
    func digits() throws {
        try models.digits("digits", hasBatchNorm: true)
        let (code, transcript) = run(
            "sensitivity --model @digits --task digits --samples 8 --prune 0.5 --group-by block --json")
        try #require(code == 0, "\(transcript.errors)")
        let units = try transcript.json()["units"]?.array ?? []
        #expect(units.contains { $0["name"] == "layer1.0" })
        #expect(units.allSatisfy { $0["trials"]?[0]?["density"] == 0.5 && $0["trials"]?[0]?["bits"]?.isNull == true })
    }

    @Test(
        "Arguments that make no sense are refused with what would",
        arguments: [
            ("search --model m --calibration t --out c.json", "Give one goal"),
            ("search --model m --calibration t --size 1MB --max-drop 1 --out c.json", "Give one goal"),
            (
                "search --model m --calibration t --size lots --out c.json",
                "'lots' is no size; write it like 30MB, 500kB or 0.3x."
            ),
            (
                "search --model m --calibration t --size 1MB --sensitivity s.json --bits 4 --out c.json",
                "--bits is what a table is measured with"
            ),
            ("search --model m --calibration t --size 1MB --dev d.tsv --out c.json", "--dev has files of a task"),
            ("sensitivity --model m", "--calibration is missing"),
            ("sensitivity --model m --calibration t --bits 9", "--bits takes numbers from 1 to 8"),
            ("sensitivity --model m --calibration t --prune 1.5", "--prune takes shares above 0 and below 1"),
            ("sensitivity --model m --task digits --calibration t", "--task digits brings its own images"),
            ("sensitivity --model m --calibration t --samples 0", "--samples takes a number from 1"),
        ])
    func usage(command: String, message: String) {
        let (code, transcript) = run(command)
        #expect(code == 2)
        #expect(transcript.errors.contains(message), "\(transcript.errors)")
    }

    @Test("A size out of reach leaves no config")
    func outOfReach() {
        let (code, transcript) = run("search \(data) --size 1kB --out @c.json")
        #expect(code == 1)
        #expect(transcript.errors.contains("out of reach"))
        #expect(!models.exists("c.json"))
    }
}
