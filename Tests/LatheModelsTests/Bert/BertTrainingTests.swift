import LatheModels
import LatheTensor
import Testing

@Suite("BERT")
struct BertTrainingTests {
    private static var tiny: BertConfiguration {
        var encoder = EncoderConfiguration(hiddenSize: 24, layerCount: 2, headCount: 4, intermediateSize: 48)
        (encoder.hiddenDropout, encoder.attentionDropout) = (0, 0)
        return BertConfiguration(encoder: encoder, vocabularySize: 48, positionCount: 16, labelCount: 3)
    }

    @Test("Six training steps follow the recorded losses, logits and gradients")
    func recordedTraining() throws {
        let run = try RecordedRun("bert"), model = BertForSequenceClassification(Self.tiny)
        try run.start(model)
        try run.replay(on: model) { batch in
            let visible = try run.file.tensor(batch + "attention_mask").cast(to: .float32)
            return model(
                try run.file.tensor(batch + "input_ids"), tokenTypes: try run.file.tensor(batch + "token_type_ids"),
                keyMask: (visible - 1) * Float.greatestFiniteMagnitude)
        }
    }

    @Test("BERT-base has the published number of parameters, under Hugging Face's names")
    func parameters() {
        var configuration = BertConfiguration(labelCount: 2)
        configuration.encoder.layerCount = 1
        let model = BertForSequenceClassification(configuration)
        // 12 layers of 7,087,872 make 109,483,778.
        #expect(model.parameterCount == 109_483_778 - 11 * 7_087_872)
        let paths = model.namedParameters.map(\.path)
        #expect(paths.contains("bert.embeddings.token_type_embeddings.weight"))
        #expect(paths.contains("bert.encoder.layer.0.attention.output.LayerNorm.bias"))
        #expect(paths.last == "classifier.bias")
    }

    @Test(
        "8-bit inference, which takes a large batch through the layers in parts, computes what it computes for each example"
    )
    func parts() {
        var configuration = Self.tiny
        configuration.positionCount = 100
        let model = withRandomSource(RandomSource(seed: 6)) { BertModel(configuration) }
        model.packWeights(.w8a8)
        let ids = Tensor((0..<700).map { Int32($0 * 31 % 48) }, shape: [7, 100])
        let mask = Tensor((0..<700).map { $0 % 100 < 60 + $0 / 100 ? 0 : -.infinity } as [Float], shape: [7, 100])
        let (batch, single) = withInference {
            (
                model(ids, keyMask: mask).hidden,
                (0..<7).map { model(ids.sliced($0..<$0 + 1), keyMask: mask.sliced($0..<$0 + 1)).hidden }
            )
        }
        #expect((batch - .concatenated(single)).largestMagnitude() < 1e-5)
    }

    @Test("Hidden tokens do not change what the visible ones compute")
    func padding() {
        let model = withRandomSource(RandomSource(seed: 3)) { BertModel(Self.tiny) }
        withInference {
            let short = model(Tensor([5, 6, 7] as [Int32], shape: [1, 3])).hidden
            let mask = Tensor([0, 0, 0, -.infinity, -.infinity] as [Float], shape: [1, 5])
            let long = model(Tensor([5, 6, 7, 0, 0] as [Int32], shape: [1, 5]), keyMask: mask).hidden.sliced(
                0..<3, axis: 1)
            #expect((short - long).largestMagnitude() < 1e-5)
        }
    }
}
