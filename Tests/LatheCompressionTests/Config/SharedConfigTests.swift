import Foundation
import LatheFiles
import Testing

@testable import LatheCompression

@Suite("Configs that people have")
struct SharedConfigTests {
    static let files: [String] = {
        let directory = Bundle.module.bundleURL.appendingPathComponent("Resources/configs")
        return ((try? FileManager.default.contentsOfDirectory(atPath: directory.path)) ?? []).sorted().map {
            directory.appendingPathComponent($0).path
        }
    }()

    @Test("There are some")
    func some() { #expect(Self.files.count >= 13) }

    @Test("A config of the original is read without problems, and written again as the same", arguments: files)
    func roundTrip(_ file: String) throws {
        let config = try DeepSpeedConfig(path: file)
        #expect(config.batch == BatchSizes(micro: 32, accumulation: 1))
        #expect(config.gradientClip == 1)
        #expect(config.stepsPerPrint == 200)
        #expect(!config.compression.enabledTechniques.isEmpty || config.compression.layerReduction.isEnabled)
        #expect(
            config.notes.map(\.description).contains(
                "zero_optimization, prescale_gradients, wall_clock_breakdown: ignored; Lathe has no use for it"))
        let text = JSONValue.object([.init("compression_training", config.compression.json)]).text(.pretty)
        #expect(try DeepSpeedConfig(json: StrictJSON.parse(text), file: file).compression == config.compression)
    }

    @Test("Its patterns fit the encoder that it was written for", arguments: files)
    func fits(_ file: String) throws {
        let selection = ModuleSelection(try DeepSpeedConfig(path: file).compression, modules: ExampleConfig.modules)
        #expect(selection.problems.isEmpty)
        #expect(selection.notes.isEmpty)
    }
}
