import Foundation
import LatheTasks
import LatheTensor
import LatheTestModels
import Testing

@Suite("Records of runs in files")
struct RunRecordTests {
    private let models: TinyModels

    init() throws { models = try TinyModels() }

    private static let record: RunRecord = {
        let environment = RunEnvironment(version: "0.1", system: "Linux 6.1 x86_64", isa: "avx2", cpuFeatures: ["avx2"], threads: 2, command: ["lathe", "train"])
        var record = RunRecord(kind: .compress, date: Date(timeIntervalSince1970: 1_800_000_000.7), seconds: 2.5, environment: environment, model: "m")
        record.stages = [.init(name: "before", evaluation: Evaluation([.init("perplexity", .infinity)], primary: "perplexity", isHigherBetter: false))]
        record.moments = [.init(step: 3, names: ["row_pruning"])]
        record.config = "{ // \"as\" it is\n}"
        var layer = LayerRecord(path: "a.b", kind: "Linear", shapeAfter: [2, 3], bytesAfter: 9, bits: 1.6, sparsity: 0.5)
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
        for part in [#""cpu_features""#, #""date" : "2027-01-15T08:00:00Z""#, #""value" : "inf""#, #""shape_after""#] { #expect(text.contains(part), "\(part) in \(text)") }
    }

    @Test("What is wrong is told with the file and the key")
    func problems() throws {
        try Self.record.write(into: models.path)
        let text = try String(decoding: models.bytes("lathe.json"), as: UTF8.self)
        func changed(_ old: String, _ new: String) -> String { text.replacingOccurrences(of: old, with: new) }
        #expect(try message("") .contains("lathe.json: not valid JSON: line 1, column 1"))
        #expect(try message(String(repeating: "[", count: 100_000)).contains("nested deeper than 64"))
        #expect(try message(changed(#""bits" : 1.6"#, #""bits" : "many""#)).contains("lathe.json: layers[0].bits: "))
        #expect(try message(changed(#""kind" : "compress""#, #""kind" : "paint""#)).contains("lathe.json: kind: "))
        #expect(try message(changed(#""shape_after""#, #""shape""#)).contains("layers[0].shape_after: missing"))
        #expect(try message(changed(#""step" : 3"#, #""step" : -3"#)).contains("moments: a number below 0"))
        #expect(try message(changed(#""bytes_after" : 9"#, #""bytes_after" : 9000000000000000000"#)).contains("layers: a number below 0 or beyond"))
        #expect(try message(changed(#""high" : 1"#, #""high" : -7"#)).contains("a histogram without order"))
        #expect(try message("[]").contains("lathe.json: "))
        #expect(throws: RunRecordError.self) { try RunRecord(path: models.path("none.json")) }
    }

    @Test("The environment says what was found on this machine")
    func environment() {
        let environment = RunEnvironment.current
        #expect(environment.version == LatheVersion.current && environment.isa == Kernels.isa && environment.threads == Kernels.threadCount)
        #expect(environment.system.split(separator: " ").count == 3, "\(environment.system)")
        #expect(!environment.command.isEmpty && environment.command[0].contains("/") == false)
    }
}
