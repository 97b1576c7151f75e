import LatheModels
import LatheTasks
import LatheTensor
import LatheTestModels
import Testing

@Suite("Sentence embeddings")
struct SentenceEmbeddingTests {
    @Test("A vector is the mean of the text's hidden states, of length 1, whatever else is embedded with it")
    func mean() throws {
        let models = try TinyModels(), directory = try models.encoder("e")
        let network = try #require(try PretrainedModel(directory: directory).network as? BertModel)
        let examples = (0..<40).map { TextExample(text: TinyModels.words[5...].prefix($0 % 9 + 1).joined(separator: " ")) }
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
    private static func length(_ vector: [Float]) -> Float {
        let squares: [Float] = vector.map { $0 * $0 }
        return squares.reduce(0, +).squareRoot()
    }
}
