import LatheModels
import LatheTensor
import Testing

@Suite("GPT-2")
struct GPT2Tests {
    private static var tiny: GPT2Configuration {
        var configuration = GPT2Configuration(
            vocabularySize: 48, positionCount: 16, hiddenSize: 24, layerCount: 2, headCount: 4)
        (configuration.embeddingDropout, configuration.residualDropout, configuration.attentionDropout) = (0, 0, 0)
        configuration.tiesEmbeddings = false
        return configuration
    }

    @Test("Training steps follow the recorded losses and gradients")
    func recordedTraining() throws {
        let run = try RecordedRun("gpt2"), model = GPT2LMHeadModel(Self.tiny)
        try run.start(model)
        try run.replay(on: model) { batch in
            model(try run.file.tensor(batch + "input_ids"))
        } loss: { logits, batch in
            let ids = try run.file.tensor(batch + "input_ids"), count = ids.shape[1]
            return logits.sliced(0..<count - 1, axis: 1).crossEntropy(ids.sliced(1..<count, axis: 1))
        }
    }

    @Test("The smallest GPT-2 has the published number of parameters, its tied weight counted once")
    func parameters() {
        var configuration = GPT2Configuration()
        configuration.layerCount = 1
        let model = GPT2LMHeadModel(configuration)
        // 12 layers of 7,087,872 make 124,439,808.
        #expect(model.parameterCount == 124_439_808 - 11 * 7_087_872)
        #expect(model.namedParameters.map(\.path).contains("transformer.h.0.attn.c_attn.weight"))
        #expect(model.namedParameters.last?.path == "lm_head.weight")
    }

    @Test("A token's logits do not depend on what follows")
    func causality() {
        let model = withRandomSource(RandomSource(seed: 4)) { GPT2LMHeadModel(Self.tiny) }
        let (short, long) = withInference {
            (
                model(Tensor([1, 2, 3] as [Int32], shape: [1, 3])),
                model(Tensor([1, 2, 3, 40, 41] as [Int32], shape: [1, 5]))
            )
        }
        #expect((long.sliced(0..<3, axis: 1) - short).largestMagnitude() < 1e-5)
    }

    @Test("With the cache, tokens get the logits that they get without, one by one and in pieces")
    func cache() throws {
        let model = withRandomSource(RandomSource(seed: 4)) { GPT2LMHeadModel(Self.tiny) }
        let ids: [Int32] = [7, 1, 40, 2, 2, 13, 30, 5]
        withInference {
            let whole = model(Tensor(ids, shape: [1, ids.count])).reshaped([ids.count, 48])
            for pieces in [[1, 1, 1, 1, 1, 1, 1, 1], [3, 1, 4], [8]] {
                let cache = model.makeCache(capacity: 8)
                var start = 0
                for count in pieces {
                    let logits = model(Array(ids[start..<start + count]), continuing: cache)
                    #expect(
                        (logits - whole.sliced(start..<start + count)).largestMagnitude() < 1e-5,
                        "pieces \(pieces), from \(start)")
                    start += count
                }
            }
        }
    }
}
