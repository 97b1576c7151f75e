import LatheModels
import LatheTensor
import LatheTestModels
import Testing

@testable import LatheCompression
@testable import LatheWorkflows

@Suite("The distance of a saved model from the one that was compressed")
struct OutputDifferenceTests {
    private let runs: CompressionRuns

    init() throws { runs = try CompressionRuns() }

    private func difference(_ model: PretrainedModel, from before: (Tensor) -> Tensor, floats: DType = .float32) throws
        -> OutputDifference
    {
        let outputs = try #require(CleaningCheck(model).outputs())
        return OutputDifference(of: model, from: before(outputs), floats: floats, hasBorderDifference: false)
    }

    @Test("Shares are of the largest output and of the root mean square, and labels are compared text by text")
    func shares() throws {
        let model = try runs.open("bert"), same = try difference(model) { $0 }
        #expect(same.largest == 0 && same.rms == 0)
        #expect(same.labels == .init(equal: 16, count: 16, areTokens: false))
        let scaled = try difference(model) { $0 * 1.25 }
        #expect(abs(scaled.largest - 0.2) < 1e-5 && abs(scaled.rms - 0.2) < 1e-5 && scaled.labels?.equal == 16)
        #expect(try difference(model) { $0 * -1 }.labels?.equal == 0)
    }

    @Test("A language model's labels are tokens; an encoder has none")
    func kinds() throws {
        try runs.models.gpt2("gpt2")
        try runs.models.encoder("encoder")
        let tokens = try difference(runs.open("gpt2")) { $0 }.labels
        #expect(tokens?.areTokens == true && tokens?.equal == tokens?.count && tokens?.count ?? 0 > 16)
        #expect(try difference(runs.open("encoder")) { $0 }.labels == nil)
    }

    @Test(
        "The model that is read from the files is compared, with its weights in the type that they have there",
        arguments: [DType.float32, .float16])
    func asStored(floats: DType) throws {
        var request = PostTrainingQuantization(
            model: runs.models.path("bert"), config: try [ConfigSection.weights(8, ["intermediate"])].config(),
            configFile: "c.json", output: runs.models.path("out"))
        request.floats = floats
        let summary = try request.run()
        if floats == .float32 {
            #expect(summary.largestDifference < 1e-6 && summary.difference.causes == [.orderOfSums])
        } else {
            #expect(
                summary.largestDifference > 1e-5 && summary.largestDifference < 1e-2
                    && summary.difference.causes == [.narrowedWeights(.float16)])
        }
        #expect(summary.difference.rms <= summary.largestDifference * 10)
    }

    @Test("A weight that float16 cannot hold ends the compression, and leaves nothing")
    func overflow() throws {
        let model = try runs.open("bert"), name = "classifier.weight"
        let parameter = try #require(model.network.namedParameters.first { $0.path == name }?.parameter)
        parameter.value = parameter.detached + 1e5
        try model.save(to: runs.models.path("large"))
        var request = PostTrainingQuantization(
            model: runs.models.path("large"), config: try [ConfigSection.weights(8, ["intermediate"])].config(),
            configFile: "c.json",
            output: runs.models.path("out"))
        request.floats = .float16
        let error = #expect(throws: NarrowingError.self) { try request.run() }
        #expect(error?.tensor == name && error?.value ?? 0 > 9e4 && !runs.models.exists("out"))
    }
}
