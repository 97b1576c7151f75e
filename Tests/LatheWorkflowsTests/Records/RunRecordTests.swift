import Foundation
import LatheTensor
import LatheTestModels
import Testing

@testable import LatheTraining
@testable import LatheWorkflows

@Suite("Records of runs in files")
struct RunRecordTests {
    private let models: TinyModels

    init() throws { models = try TinyModels() }

    private static let record: RunRecord = {
        let environment = RunEnvironment(
            version: "0.1", system: "Linux 6.1 x86_64", isa: "avx2", cpuFeatures: ["avx2"], threads: 2,
            command: ["lathe", "train"])
        var record = RunRecord(
            kind: .compress, date: Date(timeIntervalSince1970: 1_800_000_000.7), seconds: 2.5, environment: environment,
            model: "m")
        record.stages = [
            .init(
                name: "before",
                evaluation: Evaluation([.init("perplexity", .infinity)], primary: "perplexity", isHigherBetter: false))
        ]
        record.stages[0].spread = Spread(low: 1, high: 2)
        record.stages[0].timeRatio = .init([2, 3, 4])
        record.scoredOn = ScoredData(files: [.init(path: "a/dev.tsv", digest: "00ff")], note: "windows of 8 tokens")
        record.moments = [.init(step: 3, names: ["row_pruning"])]
        record.config = "{ // \"as\" it is\n}"
        var layer = LayerRecord(
            path: "a.b", kind: "Linear", shapeAfter: [2, 3], bytesAfter: 9, bits: 1.6, sparsity: 0.5)
        layer.weightsAfter = Histogram(low: -1, high: 1, counts: [1, 0, 5])
        record.layers = [layer]
        return record
    }()

    private func message(_ text: String) throws -> String {
        let path = try models.file("lathe.json", text)
        do { _ = try RunRecord(path: path) } catch { return "\(error)" }
        return ""
    }

    @Test("What is written is read again")
    func roundTrip() throws {
        try Self.record.write(into: models.path)
        #expect(try RunRecord(path: models.path("lathe.json")) == Self.record)
        let text = try String(decoding: models.bytes("lathe.json"), as: UTF8.self)
        for part in [#""cpu_features""#, #""date" : "2027-01-15T08:00:00Z""#, #""value" : "inf""#, #""shape_after""#] {
            #expect(text.contains(part), "\(part) in \(text)")
        }
    }

    @Test("What is wrong is told with the file and the key")
    func problems() throws {
        try Self.record.write(into: models.path)
        let text = try String(decoding: models.bytes("lathe.json"), as: UTF8.self)
        func changed(_ old: String, _ new: String) -> String { text.replacingOccurrences(of: old, with: new) }
        #expect(try message("").contains("lathe.json: not valid JSON: line 1, column 1"))
        #expect(try message(String(repeating: "[", count: 100_000)).contains("nested deeper than 64"))
        #expect(try message(changed(#""bits" : 1.6"#, #""bits" : "many""#)).contains("lathe.json: layers[0].bits: "))
        #expect(try message(changed(#""kind" : "compress""#, #""kind" : "paint""#)).contains("lathe.json: kind: "))
        #expect(try message(changed(#""shape_after""#, #""shape""#)).contains("layers[0].shape_after: missing"))
        #expect(try message(changed(#""step" : 3"#, #""step" : -3"#)).contains("moments: a number below 0"))
        #expect(
            try message(changed(#""bytes_after" : 9"#, #""bytes_after" : 9000000000000000000"#)).contains(
                "layers: a number below 0 or beyond"))
        #expect(try message(changed(#""high" : 1"#, #""high" : -7"#)).contains("a histogram without order"))
        #expect(try message("[]").contains("lathe.json: "))
        #expect(throws: RunRecordError.self) { try RunRecord(path: models.path("none.json")) }
    }

    @Test("The environment says what was found on this machine")
    func environment() {
        let environment = RunEnvironment.current
        #expect(
            environment.version == LatheVersion.current && environment.isa == Kernels.isa
                && environment.threads == Kernels.threadCount)
        #expect(environment.system.split(separator: " ").count == 3, "\(environment.system)")
        #expect(!environment.command.isEmpty && environment.command[0].contains("/") == false)
        #expect(environment.processor?.isEmpty != true && environment.machine.contains("\(environment.isa) kernels"))
    }

    @Test("The processor's name is the first one of /proc/cpuinfo; on many machines there is none")
    func processor() {
        let text =
            "processor\t: 0\nmodel\t\t: 1\nmodel name\t: AMD EPYC 9B45\nflags\t: a\n\nprocessor\t: 1\nmodel name\t: Other\n"
        #expect(Processor.name(inCPUInfo: text) == "AMD EPYC 9B45")
        #expect(Processor.name(inCPUInfo: "processor\t: 0\nBogoMIPS\t: 50.00\nCPU part\t: 0xd40\n") == nil)
    }

    @Test("A record of an earlier version opens, without what it does not have")
    func earlier() throws {
        let text = """
            {"kind": "quantize", "date": "2026-11-25T10:00:00Z", "seconds": 2, "model": "m", "options": [], "moments": [], "layers": [], "notes": [],
             "environment": {"version": "0.1", "system": "Linux", "isa": "avx2", "cpu_features": [], "threads": 2, "command": ["lathe"]},
             "stages": [{"name": "before", "milliseconds": 3.5, "evaluation": {"metrics": [{"name": "accuracy", "value": 0.5}], "primary_name": "accuracy",
             "is_higher_better": true}}]}
            """
        let record = try RunRecord(path: models.file("lathe.json", text)), stage = try #require(record.stages.first)
        #expect(
            record.scoredOn == nil && record.environment.processor == nil
                && record.environment.machine == "avx2 kernels, 2 threads, Linux")
        #expect(
            stage.milliseconds == 3.5 && stage.spread == nil && stage.timeRatio == nil
                && stage.evaluation?.exampleCount == nil)
    }
}
