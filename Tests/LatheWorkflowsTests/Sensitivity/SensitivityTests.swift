import Foundation
import LatheCheckpoints
import LatheModels
import LatheTestModels
import LatheTraining
import Testing

@testable import LatheCompression
@testable import LatheWorkflows

@Suite("How sensitive layers are")
struct SensitivityTests {
    private let runs: CompressionRuns

    init() throws { runs = try CompressionRuns() }

    private func analysis(_ bits: [Int] = [8, 2], samples: Int = 12) -> SensitivityAnalysis {
        var data = CalibrationData(.text(runs.models.path("train.tsv"), task: .glue(.sst2)))
        data.sampleCount = samples
        var analysis = SensitivityAnalysis(data)
        analysis.choices = bits.map { WeightChoice(bits: $0) }
        return analysis
    }

    private func bits(_ model: PretrainedModel) -> [[UInt32]] {
        model.network.namedParameters.map { $0.parameter.detached.floatArray.map(\.bitPattern) }
    }

    @Test("Weights are restored bit for bit, and are the same parameters as before")
    func restored() throws {
        let model = try runs.open("bert"), before = bits(model),
            owners = model.network.namedParameters.map { ObjectIdentifier($0.parameter) }
        let outputs = CompressionRuns.outputs(model).floatArray
        var analysis = analysis([8, 4, 2, 1])
        analysis.choices.append(WeightChoice(bits: 4, density: 0.5))
        let table = try analysis.run(on: model)
        #expect(bits(model) == before)
        #expect(model.network.namedParameters.map { ObjectIdentifier($0.parameter) } == owners)
        #expect(CompressionRuns.outputs(model).floatArray == outputs)
        #expect(table.units.count == model.network.compressibleModules.count)
    }

    @Test("Fewer bits do more damage, and a layer is ranked by its own")
    func ranked() throws {
        let table = try analysis([8, 4, 1]).run(on: runs.open("bert"))
        for unit in table.units where unit.trials.count == 3 {
            #expect(unit.trials[0].damage.divergence <= unit.trials[2].damage.divergence)
            #expect(unit.trials[0].byteCount > unit.trials[2].byteCount)
        }
        #expect(table.rankingChoice == WeightChoice(bits: 4))
        let qualityLosses = table.ranked.compactMap { $0.trials.first { $0.choice.bits == 4 }?.damage.divergence }
        #expect(qualityLosses == qualityLosses.sorted(by: >))
        #expect(qualityLosses.count > 10)
    }

    @Test(
        "Bytes are those of the file that lathe quantize writes", arguments: ["bert", "gpt2", "images"], [8, 4, 2, 1])
    func bytes(kind: String, bits: Int) throws {
        if kind == "gpt2" { try runs.models.gpt2("gpt2") }
        if kind == "images" { try runs.models.digits("images", hasBatchNorm: true) }
        let model = try runs.open(kind), rounding = WeightRounding(groupCount: 4)
        let units = WeightUnit.all(in: model.network, by: .layer).filter { $0.layers.count == 1 }
        let unit = try #require(
            units.first { $0.name.hasSuffix("query") || $0.name.hasSuffix("c_fc") || $0.name == "layer2.0.conv1" })
        let config = try ProposedConfig(
            [(unit.name, WeightChoice(bits: bits))], rounding: rounding, readers: [unit.name]
        ).json()
        var request = PostTrainingQuantization(
            model: runs.models.path(kind), config: try DeepSpeedConfig(json: config, file: "c.json"),
            configFile: "c.json", output: runs.models.path("out"))
        request.floats = .float32
        _ = try request.run()
        let packed = try SafetensorsFile(path: runs.models.path("out") + "/model.safetensors")
        let stored = packed.entries.filter { $0.name.contains(unit.name + ".weight") }.reduce(0) {
            $0 + $1.byteRange.count
        }
        #expect(stored > 0)
        #expect(unit.byteCount(as: WeightChoice(bits: bits), rounding, floats: .float32) == stored)
    }

    @Test("Blocks are tried as one, and layers that share a weight too")
    func grouping() throws {
        try runs.models.gpt2("gpt2")
        var analysis = SensitivityAnalysis(CalibrationData(.randomTokens))
        (analysis.grouping, analysis.choices, analysis.calibration.sampleCount, analysis.calibration.maxLength) = (
            .block, [WeightChoice(bits: 4)], 4, 12
        )
        let table = try analysis.run(on: runs.open("gpt2"))
        #expect(
            table.units.map(\.name) == ["transformer.wte", "transformer.wpe", "transformer.h.0", "transformer.h.1"])
        #expect(table.units[0].layers == ["transformer.wte", "lm_head"])
        #expect(table.units[2].layers.count == 4)
        #expect(table.units.reduce(0) { $0 + $1.parameterCount } < (try runs.open("gpt2").network.parameterCount))
    }

    @Test("Encoders without head and residual networks are measured too")
    func otherModels() throws {
        try runs.models.encoder("encoder")
        var numbers = analysis([2])
        numbers.calibration.source = .randomTokens
        let table = try numbers.run(on: runs.open("encoder"))
        #expect(table.units.flatMap(\.trials).allSatisfy { $0.damage.changed == nil })
        // Hidden states do not go through the pooler.
        #expect(table.units.filter { $0.trials[0].damage.divergence == 0 }.map(\.name) == ["pooler.dense"])
        try runs.models.digits("images", hasBatchNorm: true)
        var images = SensitivityAnalysis(CalibrationData(.digits))
        (images.choices, images.calibration.sampleCount) = ([WeightChoice(bits: nil, density: 0.5)], 16)
        let pruned = try images.run(on: runs.open("images"))
        #expect(pruned.units.flatMap(\.trials).count == pruned.units.count)
        #expect(pruned.units.flatMap(\.trials).contains { $0.damage.divergence > 0 })
    }

    @Test("A table that was written is read as it was")
    func table() throws {
        let table = try analysis().run(on: runs.open("bert"))
        let path = try runs.models.file("table.json", table.json.text(.pretty))
        #expect(try SensitivityTable(path: path) == table)
    }

    @Test(
        "Damaged tables are refused with what is wrong in them",
        arguments: [
            ("[]", "expected an object"), ("{", "not valid JSON"),
            (#"{"group_by": "row"}"#, "group_by: expected one of layer, block"),
            (
                #"{"group_by": "layer", "quantize_groups": 1, "scales": "original", "calibration": "", "units": [{"name": "a"}]}"#,
                "units[0].layers: missing"
            ),
            (
                #"{"group_by": "layer", "quantize_groups": 1, "scales": "original", "calibration": "", "units": [{"name": "a", "layers": ["a"], "parameters": 4, "trials": [{"bits": 99, "density": 1, "bytes": 2}]}]}"#,
                "units[0].trials: expected a list of trials"
            ),
        ])
    func damaged(text: String, message: String) throws {
        let path = try runs.models.file("table.json", text)
        let error = #expect(throws: SearchError.self) { try SensitivityTable(path: path) }
        #expect(error.map { "\($0)" }?.contains(message) == true, "\(String(describing: error))")
    }

    @Test("Packed weights, and data of another kind, are refused")
    func refusals() throws {
        let config = try [ConfigSection.weights(8, ["intermediate"])].config()
        _ = try PostTrainingQuantization(
            model: runs.models.path("bert"), config: config, configFile: "c.json", output: runs.models.path("packed")
        ).run()
        let error = #expect(throws: SearchError.self) { try analysis().run(on: runs.open("packed")) }
        #expect(error.map { "\($0)" }?.contains("holds packed weights") == true)
        #expect(throws: TaskError.self) { try SensitivityAnalysis(CalibrationData(.digits)).run(on: runs.open("bert")) }
    }
}
