import LatheModels
import LatheNN
import LatheTestModels
import LatheWorkflows
import Testing

@Suite("Ranges of layers' inputs")
struct ActivationRangesTests {
    @Test("Every layer that runs has a range, packed or not, and the model stays as it is", arguments: [false, true])
    func measured(isPacked: Bool) throws {
        let models = try TinyModels(), model = try PretrainedModel(directory: models.bert("bert"))
        if isPacked { model.network.packWeights(.w8a8) }
        var data = CalibrationData(.randomTokens)
        (data.sampleCount, data.maxLength) = (5, 8)
        let measured = try data.inputRanges(of: model)
        #expect(measured.sampleCount == 5 && measured.ranges.count == 14)
        #expect(measured.ranges.values.allSatisfy { $0.lowerBound < $0.upperBound })
        let layers = model.network.namedModules.compactMap { ($0.module as? Linear)?.activationTransforms.list.count }
        #expect(layers.allSatisfy { $0 == 0 })
    }
}
