import Foundation
import LatheModels
import LatheTestModels
import LatheTraining
import Testing

@testable import LatheCompression

@Suite("The configs in Examples")
struct ExampleFilesTests {
    private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent(
        "../../../Examples"
    ).standardizedFileURL

    /// Every config in a folder of its own, but for those of the packages whose networks are their own.
    static let files: [String] = {
        let paths = FileManager.default.enumerator(atPath: root.path)?.compactMap { $0 as? String } ?? []
        return paths.filter { $0.hasSuffix(".json") && $0.contains("/") && !$0.hasPrefix("custom-") }.sorted()
    }()

    private func model(for file: String) -> PretrainedModel {
        if file.hasPrefix("cifar") {
            return PretrainedModel(
                ModelPreset.smallResNet(depth: 20, hasBatchNorm: true).configuration(labels: Cifar10Dataset.labelNames))
        }
        if file.hasPrefix("gpt2") {
            return PretrainedModel(
                ModelConfiguration(
                    .init(GPT2Family(), .languageModel),
                    GPT2Configuration(vocabularySize: 20, hiddenSize: 64, layerCount: 12, headCount: 4)))
        }
        let encoder = EncoderConfiguration(hiddenSize: 48, layerCount: 12, headCount: 12, intermediateSize: 96)
        let sizes = BertConfiguration(encoder: encoder, vocabularySize: 20, positionCount: 24, labelCount: 2)
        return PretrainedModel(
            ModelConfiguration(.init(BertFamily.bert, .sequenceClassification), sizes, labels: ["a", "b"]))
    }

    @Test("Each is right, says nothing in vain, and fits the model that its folder names", arguments: files)
    func fits(_ file: String) throws {
        let config = try DeepSpeedConfig(path: Self.root.path + "/" + file), network = model(for: file)
        #expect(config.notes.isEmpty, "\(config.notes.map(\.description))")
        let student =
            try LayerReducer(config.compression.layerReduction)?.student(of: network, like: network) ?? network
        let plan = CompressionPlan(try Compression(config.compression, of: student, file: file), totalSteps: 1000)
        #expect(plan.warnings.isEmpty, "\(plan.warnings)")
        #expect(plan.bytesAfter < 4 * network.network.parameterCount)
    }

    @Test("Each folder has a walk-through whose commands name its configs, and the list names each folder")
    func walkThroughs() throws {
        let list = try String(contentsOf: Self.root.appendingPathComponent("README.md"), encoding: .utf8)
        let folders = Set(Self.files.compactMap { $0.split(separator: "/").first.map(String.init) })
        #expect(folders.count >= 10)
        for folder in folders {
            #expect(list.contains("](\(folder)/README.md)"), "\(folder)")
            let text = try String(contentsOf: Self.root.appendingPathComponent(folder + "/README.md"), encoding: .utf8)
            let commands = text.split(separator: "\n").filter { $0.hasPrefix("$ ") }
            for file in Self.files where file.hasPrefix(folder + "/") {
                #expect(commands.contains { $0.contains("Examples/\(file)") }, "\(file)")
            }
        }
    }
}
