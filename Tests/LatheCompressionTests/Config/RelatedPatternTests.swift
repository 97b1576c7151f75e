import LatheModels
import LatheNN
import LatheTestModels
import Testing

@testable import LatheCompression

@Suite("Related patterns that a model has nothing for")
struct RelatedPatternTests {
    private static func convolutions(hasBatchNorm: Bool) -> any Module {
        ResNet(
            ResNetConfiguration(
                depth: 20, baseChannels: 4, imageChannels: 1, labelCount: 10, hasBatchNorm: hasBatchNorm))
    }

    @Test("The tutorial's channel config prunes a ResNet without batch normalization, with a note for the norms")
    func tutorial() throws {
        let config = try [ConfigSection.channels(0.5, ["layer....conv1"], ["layer....conv2", "layer....bn1"])].config()
        let network = Self.convolutions(hasBatchNorm: false)
        let compression = try Compression(config.compression, of: network, file: "c.json")
        let families = try #require(compression.selection.match(.channelPruning, at: "layer1.0.conv1")).families
        #expect(families.map(\.module) == (1...3).flatMap { stage in (0..<3).map { "layer\(stage).\($0).conv1" } })
        #expect(families.map(\.related) == (1...3).flatMap { stage in (0..<3).map { ["layer\(stage).\($0).conv2"] } })
        #expect(
            compression.selection.notes.map(\.description) == [
                #"compression_training.channel_pruning.different_groups.g1.related_modules[0][1]: "layer....bn1" matches no module and is passed over; "#
                    + #""layer....conv2" does match"#
            ])
        compression.attach()
        let cleaned = compression.clean()
        #expect(cleaned.pruned.shapes["layer1.0.conv1"]?.prefix(2) == [2, 4])
        #expect(cleaned.pruned.shapes["layer1.0.conv2"]?.prefix(2) == [4, 2])
    }

    @Test("With batch normalization the same config has no note")
    func withNorms() throws {
        let config = try [ConfigSection.channels(0.5, ["layer....conv1"], ["layer....conv2", "layer....bn1"])].config()
        let compression = try Compression(config.compression, of: Self.convolutions(hasBatchNorm: true), file: "c.json")
        #expect(compression.selection.notes.isEmpty)
        #expect(
            compression.selection.match(.channelPruning, at: "layer1.0.conv1")?.families[0].related == [
                "layer1.0.conv2", "layer1.0.bn1",
            ])
    }

    static let relatedLists: [([String], Int, Int)] = [
        (["conv2", "norm1"], 0, 1), (["norm1", "conv2", "norm2"], 0, 2), (["norm1", "norm2"], 2, 0), (["norm1"], 1, 0),
        (["conv2", "bn1"], 0, 0),
    ]

    @Test(
        "A pattern without a match is a note where another of its list has one, and a problem otherwise",
        arguments: relatedLists)
    func lists(_ related: [String], _ problemCount: Int, _ noteCount: Int) throws {
        let config = try [ConfigSection.channels(0.5, ["conv1"], related)].config().compression
        let selection = ModuleSelection(config, modules: ExampleConfig.modules)
        #expect(selection.problems.count == problemCount, "\(selection.problems)")
        #expect(selection.notes.count == noteCount, "\(selection.notes)")
    }

    @Test("A misspelt pattern beside one that matches is still an error where the model has what must shrink along")
    func misspelt() throws {
        let config = try [ConfigSection.channels(0.5, ["layer....conv1"], ["layer....conv2", "layer....norm1"])]
            .config()
        #expect(throws: CompressionConfigError.self) {
            try Compression(config.compression, of: Self.convolutions(hasBatchNorm: true), file: "c.json")
        }
    }
}
