import Foundation
import LatheTestModels
import Testing

@testable import LatheCommandLine

@Suite("What is said of a saved model's outputs")
struct DifferenceTextTests {
    private let models: TinyModels

    init() throws {
        models = try TinyModels()
        try models.bert("bert")
    }

    private func run(_ options: String) throws -> String {
        let transcript = Transcript()
        #expect(transcript.run("quantize --model \(models.path("bert")) \(options) --out \(models.path("out"))") == 0)
        return try #require(
            transcript.output.split(separator: "\n").first { $0.hasPrefix("saved and fake-quantised model: ") }.map(
                String.init))
    }

    @Test("The line has the largest and the mean difference, why there is one, and how many labels stayed")
    func line() throws {
        let line = try run("--goal int8")
        #expect(line.contains("activations that round to a neighbouring step") || line.contains("outputs are equal"))
        #expect(line.contains("labels equal on ") && line.hasSuffix(" of 16"))
        if !line.contains("outputs are equal") {
            #expect(line.contains("% of the largest (") && line.contains("% rms; "))
        }
    }

    @Test("Weights that were narrowed are named as a cause")
    func narrowed() throws {
        #expect(try run("--goal int8 --no-pack --floats float16").contains("weights stored as float16"))
    }
}
