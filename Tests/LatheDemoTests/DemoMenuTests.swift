import LatheDigits
import LatheModels
import Testing

@testable import LatheCompression
@testable import LatheDemo

@Suite("What the demo makes of its networks")
struct DemoMenuTests {
    @Test(
        "Every config is one that DeepSpeed could read, and takes layers of its network",
        arguments: DemoMenu.entries.indices)
    func configs(_ index: Int) throws {
        let entry = DemoMenu.entries[index]
        let config = try DeepSpeedConfig(json: entry.config(steps: 100), file: entry.folder)
        #expect(config.notes.isEmpty)
        let configuration = entry.network.preset.configuration(
            labels: DigitsDataset.labelNames, imageChannels: DigitsDataset.channelCount, imageSize: DigitsDataset.side)
        let network = PretrainedModel(configuration)
        let model = try LayerReducer(config.compression.layerReduction)?.student(of: network, like: network) ?? network
        let plan = CompressionPlan(try Compression(config.compression, of: model, file: entry.folder), totalSteps: 100)
        #expect(plan.warnings.allSatisfy { $0.contains("stays dense as well") }, "\(plan.warnings)")
        #expect(plan.bytesAfter < 4 * network.network.parameterCount)
    }

    @Test("Names and folders are unique, and an entry begins with a model that is made before")
    func order() {
        var folders = Set(DemoNetwork.allCases.map(\.rawValue))
        for entry in DemoMenu.entries {
            if let start = entry.start { #expect(folders.contains(start)) }
            #expect(folders.insert(entry.folder).inserted)
        }
        let names = DemoMenu.entries.map { "\($0.network) \($0.form)" }
        #expect(Set(names).count == names.count)
    }

    @Test("The menu is what issue and README promise: bits, layers, heads, rows, blocks, channels, and compositions")
    func menu() {
        let sections = DemoMenu.entries.map { Set($0.sections(100).map(\.key)) }
        for key in Technique.allCases.map(\.key) + ["layer_reduction"] {
            #expect(sections.contains { $0.contains(key) }, "\(key)")
        }
        #expect(sections.count { $0.count > 2 } >= 2)
    }

    @Test("A directory that cannot be made is an error before anything is trained")
    func directory() {
        var options = DemoOptions(), events = 0
        options.outputDirectory = "/dev/null/models"
        #expect(throws: (any Error).self) { try Demo.run(options) { _ in events += 1 } }
        #expect(events == 0)
    }
}
