import LatheInference
import LatheModels
import LatheTensor
import LatheTestModels
import LatheTokenizers
import LatheTraining
import Testing

@Suite("Sentence embeddings")
struct SentenceEmbeddingTests {
    @Test("A vector is the mean of the text's hidden states, of length 1, whatever else is embedded with it")
    func mean() throws {
        let models = try TinyModels(), directory = try models.encoder("e")
        let network = try #require(try PretrainedModel(directory: directory).network as? BertModel)
        let examples = (0..<40).map {
            TextExample(text: TinyModels.words[5...].prefix($0 % 9 + 1).joined(separator: " "))
        }
        let texts = try TokenizedTexts(examples, tokenizer: Tokenizer(directory: directory), maxLength: 24)
        var reported: [Int] = []
        let vectors = try SentenceEmbedding(network).vectors(for: texts) { reported.append($0) }
        #expect(reported == [32, 40])
        for (ids, vector) in zip(texts.ids, vectors) {
            let hidden = withInference { network(TokenBatch(Tensor(ids, shape: [1, ids.count]))).hidden }.floatArray
            var mean = [Float](repeating: 0, count: 16)
            for (place, value) in hidden.enumerated() { mean[place % 16] += value }
            let length = Self.length(mean)
            let isMean = zip(mean, vector).allSatisfy { abs($0 / length - $1) < 1e-5 }
            #expect(isMean)
            #expect(abs(Self.length(vector) - 1) < 1e-5)
        }
    }

    @Test("Every way of pooling gives what it says, one after the other, scaled only if asked for")
    func pooling() throws {
        let models = try TinyModels(), directory = try models.encoder("e"), width = 16
        let network = try #require(try PretrainedModel(directory: directory).network as? BertModel)
        let texts = try TokenizedTexts(
            [TextExample(text: "the film was good")], tokenizer: Tokenizer(directory: directory), maxLength: 24)
        let ids = texts.ids[0], count = ids.count
        let hidden = withInference { network(TokenBatch(Tensor(ids, shape: [1, count]))).hidden }.floatArray
        func column(_ index: Int) -> [Float] { (0..<count).map { hidden[$0 * width + index] } }
        let expected: [SentenceModules.Pooling: ([Float]) -> Float] = [
            .first: { $0[0] }, .last: { $0[count - 1] }, .max: { $0.max() ?? 0 },
            .mean: { $0.reduce(0, +) / Float(count) },
            .meanOfSquareRoot: { $0.reduce(0, +) / Float(count).squareRoot() },
            .weightedMean: { values in
                values.enumerated().reduce(0) { $0 + Float($1.offset + 1) * $1.element }
                    / Float(count * (count + 1) / 2)
            },
        ]
        for (mode, value) in expected {
            let plain = try SentenceEmbedding(network, pooling: [mode], normalizes: false).vectors(for: texts)[0]
            let scaled = try SentenceEmbedding(network, pooling: [mode]).vectors(for: texts)[0],
                length = Self.length(plain)
            for index in 0..<width {
                #expect(abs(plain[index] - value(column(index))) < 1e-5, "\(mode)")
                #expect(abs(scaled[index] - plain[index] / length) < 1e-5, "\(mode)")
            }
        }
        let both = try SentenceEmbedding(network, pooling: [.first, .mean], normalizes: false).vectors(for: texts)[0]
        let parts = try [SentenceModules.Pooling.first, .mean].flatMap {
            try SentenceEmbedding(network, pooling: [$0], normalizes: false).vectors(for: texts)[0]
        }
        #expect(both == parts)
    }

    private static func length(_ vector: [Float]) -> Float {
        let squares: [Float] = vector.map { $0 * $0 }
        return squares.reduce(0, +).squareRoot()
    }
}
