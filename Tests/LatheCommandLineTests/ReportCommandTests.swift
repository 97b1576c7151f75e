import Foundation
import LatheTensor
import LatheTestFiles
import LatheTestModels
import LatheWorkflows
import Testing

@testable import LatheCommandLine

@Suite("lathe report")
struct ReportCommandTests {
    private let models: TinyModels

    init() throws {
        models = try TinyModels.sentiment()
        try models.file(
            "w8.json",
            #"{"compression_training": {"weight_quantization": {"shared_parameters": {"enabled": true, "schedule_offset": 0, "quantize_weight_in_forward": true}, "different_groups": {"wq": {"params": {"start_bits": 8, "target_bits": 8}, "modules": ["intermediate"]}}}}}"#
        )
    }

    private func run(_ command: String) -> (code: Int32, transcript: Transcript) {
        let transcript = Transcript()
        return (transcript.run(command.replacingOccurrences(of: "@", with: models.path + "/")), transcript)
    }

    private let data = "--task sst2 --train @train.tsv --dev @dev.tsv --steps 3"

    @Test(
        "The report of a training and of what was made of it has each model once, curves, layers, and the config as its file has it",
        .tags(.slow), .unlessQuick)
    func runs() throws {
        #expect(run("train --model @bert \(data) --out @runs/teacher").code == 0)
        #expect(run("compress --model @runs/teacher --config @w8.json \(data) --out @runs/small").code == 0)
        #expect(
            run("quantize --model @runs/teacher --config @w8.json --task sst2 --dev @dev.tsv --out @runs/rounded").code
                == 0)
        #expect(
            run("sensitivity --model @runs/teacher --calibration @train.tsv --task sst2 --bits 4 --out @table.json")
                .code == 0)
        let (code, transcript) = run("report @runs --sensitivity @table.json --title Reviews --json")
        try #require(code == 0, "\(transcript.errors)")
        let json = try transcript.json()
        #expect(json.object?.map(\.key) == ["date", "models", "runs", "sensitivities", "title", "version"])
        #expect(json["title"] == "Reviews" && json["version"] == .string(LatheVersion.current))
        #expect(Set(json["runs"]?.array?.compactMap { $0["name"]?.string } ?? []) == ["teacher", "small", "rounded"])
        let small = try #require(json["runs"]?.array?.first { $0["name"] == "small" })
        #expect(small["record"]?["config"]?.string == (try String(decoding: models.bytes("w8.json"), as: UTF8.self)))
        #expect(
            small["curves"]?.array?.compactMap { $0["name"]?.string }.prefix(3) == [
                "loss", "learning_rate", "gradient_norm",
            ])
        #expect(
            small["record"]?["layers"]?.array?.contains {
                $0["path"] == "bert.encoder.layer.0.intermediate.dense" && $0["bits"] == 8
            } == true)
        #expect(Set(json["models"]?.array?.compactMap { $0["name"]?.string } ?? []) == ["teacher", "small", "rounded"])
        #expect(json["sensitivities"]?[0]?["choice"] == "4 bits")
        let page = try String(decoding: models.bytes("runs/report.html"), as: UTF8.self)
        for text in ["<title>Reviews</title>", "bert.encoder.layer.0.intermediate.dense", "weight_quantization"] {
            #expect(page.contains(text), "\(text)")
        }
        let text = run("report @runs").transcript.output
        #expect(text.contains("\n\(models.path("runs/report.html"))\n"))
        #expect(
            text.contains("* no other model is as small, or as fast, and better; a batch is 8 texts of 24 tokens"),
            "\(text)")
        #expect(text.contains("sst2: accuracy on dev.tsv\n") && text.contains("± is the standard error"))
        #expect(text.contains("times of different runs are not comparable; --measure times all models in turn"))
        #expect(text.contains(RunEnvironment.current.machine))
        let list = try #require(json["models"]?.array)
        #expect(
            list.allSatisfy {
                $0["examples"] == 20 && $0["standard_error"]?.double != nil
                    && $0["scored_on"]?["files"]?[0]?["digest"] != nil
            })
    }

    @Test(
        "Measuring puts times that were taken in turn into the JSON, and names what cannot be opened", .tags(.slow),
        .unlessQuick)
    func measuring() throws {
        #expect(run("quantize --model @bert --config @w8.json --task sst2 --dev @dev.tsv --out @runs/w8").code == 0)
        #expect(run("quantize --model @bert --config @w8.json --task sst2 --dev @dev.tsv --out @runs/gone").code == 0)
        try FileManager.default.removeItem(atPath: models.path("runs/gone/model.safetensors"))
        let (code, transcript) = run("report @runs --measure --json")
        try #require(code == 0, "\(transcript.errors)")
        let json = try transcript.json(), list = try #require(json["models"]?.array)
        #expect(
            json["measurement"]?["environment"]?["isa"]?.string == Kernels.isa
                && (json["measurement"]?["rounds"]?.integer ?? 0) >= 15)
        let small = try #require(list.first { $0["name"] == "w8" })
        #expect(
            small["speed_up"]?["than"] == "bert" && (small["speed_up"]?["ratio"]?.double ?? 0) > 0
                && small["timed_in"] == "report")
        #expect((small["spread"]?["low"]?.double ?? 0) <= (small["spread"]?["high"]?.double ?? 0))
        #expect(list.first { $0["name"] == "gone" }?["milliseconds"] == nil)
        #expect(transcript.errors.contains("note: gone was not timed: "), "\(transcript.errors)")
        #expect(run("report @runs --measure").transcript.output.contains("all models were timed in turn, "))
    }

    @Test(
        "Work that fails exits with 1 and names the directory or the file",
        arguments: [
            ("report @none", "none: no such directory"), ("report @bert", "bert: holds no run"),
            ("report @broken", "lathe.json: not valid JSON"),
        ])
    func failures(command: String, reason: String) throws {
        try models.file("broken/lathe.json", "{")
        let (code, transcript) = run(command)
        #expect(code == 1)
        #expect(transcript.errors.contains(reason), "got: \(transcript.errors)")
        #expect(transcript.output.isEmpty)
    }

    @Test("A page replaces an earlier one, and another file only when told to")
    func occupied() throws {
        #expect(run("quantize --model @bert --config @w8.json --out @small").code == 0)
        #expect(run("report @small").code == 0)
        #expect(run("report @small").code == 0)
        try models.file("notes.html", "mine")
        let (code, transcript) = run("report @small --out @notes.html")
        #expect(
            code == 1
                && transcript.errors.contains("notes.html: is there already, and no report; replace it (--overwrite)"),
            "\(transcript.errors)")
        #expect(try models.bytes("notes.html") == Data("mine".utf8))
        #expect(run("report @small --out @notes.html --overwrite").code == 0)
    }

    @Test func somethingMustBeNamed() { #expect(run("report").code == 2) }
}
