import LathePacking
import LatheTensor
import Testing

@testable import LatheFiles
@testable import LatheModels

/// What transformers 5.24 does: a head that a file has stays as it is stored, and one that it does not have is the word
/// embedding.
@Suite("Heads that are the word embedding, nearly or in other forms")
struct TiedHeadTests {
    struct Family: Sendable, CustomTestStringConvertible {
        let name: String, head: String, table: String
        var testDescription: String { name }
    }

    static let families = [
        Family(
            name: "bert-masked-lm", head: "cls.predictions.decoder.weight",
            table: "bert.embeddings.word_embeddings.weight"),
        Family(
            name: "roberta-masked-lm", head: "lm_head.decoder.weight",
            table: "roberta.embeddings.word_embeddings.weight"),
        Family(
            name: "distilbert-masked-lm", head: "vocab_projector.weight",
            table: "distilbert.embeddings.word_embeddings.weight"),
        Family(name: "gpt2", head: "lm_head.weight", table: "transformer.wte.weight"),
    ]

    private func weights(_ model: PretrainedModel, _ family: Family) throws -> (head: Tensor, table: Tensor) {
        let parameters = Dictionary(
            uniqueKeysWithValues: model.network.namedParameters.map { ($0.path, $0.parameter.detached) })
        return (try #require(parameters[family.head]), try #require(parameters[family.table]))
    }

    /// The model with a head that `change` makes of the table.
    private func changed(
        _ family: Family, fields: KeyValuePairs<String, JSONValue> = [:], _ change: (Tensor) -> Tensor?
    ) throws -> ChangedModel {
        try ChangedModel(family.name, fields: fields) { tensors in
            tensors[family.head] = tensors[family.table].flatMap(change)
        }
    }

    @Test("A head of which one number differs stays a head of its own, also when it is saved", arguments: families)
    func oneNumber(_ family: Family) throws {
        let model = try changed(family) { table in
            var values = table.floatArray
            values[values.count - 1] += 1e-3
            return Tensor(values, shape: table.shape)
        }
        #expect(try model.notes().contains { $0.contains("\(family.head) differs from \(family.table)") })
        for opened in [try model.open(), try model.reopened()] {
            let weights = try weights(opened, family)
            #expect(zip(weights.head.floatArray, weights.table.floatArray).count { $0 != $1 } == 1)
        }
    }

    @Test(
        "A head in 16 bits that were rounded is another one than the table in 32", arguments: families,
        [DType.float16, .bfloat16])
    func rounded(_ family: Family, _ type: DType) throws {
        let model = try changed(family) { $0.cast(to: type) }, weights = try weights(try model.open(), family)
        #expect(
            weights.head.cast(to: .float32).floatArray == weights.table.cast(to: type).cast(to: .float32).floatArray)
        #expect(try model.open().configuration.json["tie_word_embeddings"] == false)
    }

    @Test("A head in 16 bits with the numbers of the table is the table", arguments: families)
    func exact(_ family: Family) throws {
        let model = try ChangedModel(family.name) { tensors in
            tensors[family.head] = tensors[family.table]?.cast(to: .bfloat16)
            tensors[family.table] = tensors[family.head]?.cast(to: .float32)
        }
        #expect(try model.notes() == [])
        #expect(try !model.savedNames().contains(family.head))
    }

    @Test("A head that the configuration calls its own has to be there", arguments: families)
    func missing(_ family: Family) throws {
        let error = #expect(throws: ModuleFileError.self) {
            try changed(family, fields: ["tie_word_embeddings": false]) { _ in nil }.open()
        }
        #expect(error?.description.contains("\(family.head): missing") == true)
    }

    @Test("A head with other rows than the table is an error that names it", arguments: families)
    func rows(_ family: Family) throws {
        let error = #expect(throws: ModuleFileError.self) {
            try changed(family) { .concatenated([$0, $0.sliced(0..<1, axis: 0)], axis: 0) }.open()
        }
        #expect(error?.description.contains(family.head) == true)
    }

    // MARK: Biases

    @Test(
        "A bias is found under either of its names, and saved under the one that transformers reads",
        arguments: [true, false],
        [
            ("bert-masked-lm", "cls.predictions.bias", "cls.predictions.decoder"),
            ("roberta-masked-lm", "lm_head.bias", "lm_head.decoder"),
        ])
    func bias(isTied: Bool, _ names: (model: String, plain: String, decoder: String)) throws {
        let model = try ChangedModel(names.model, fields: ["tie_word_embeddings": .bool(isTied)]) { tensors in
            let bias = tensors.removeValue(forKey: names.plain)
            tensors[names.decoder + ".bias"] = bias.map { .full($0.shape, 2) }
            if !isTied {
                tensors[names.decoder + ".weight"] = tensors.first { $0.key.hasSuffix("word_embeddings.weight") }?.value
            }
        }
        for opened in [try model.open(), try model.reopened()] {
            let bias = try #require(opened.network as? BertForMaskedLM).decoder.bias
            #expect(bias?.detached.floatArray.allSatisfy { $0 == 2 } == true)
        }
        #expect(try model.savedNames().contains(isTied ? names.plain : names.decoder + ".bias"))
    }

    @Test("DistilBERT's head of its own keeps its only bias")
    func distilBert() throws {
        let model = try ChangedModel("distilbert-masked-lm", fields: ["tie_word_embeddings": false]) { tensors in
            tensors["vocab_projector.weight"] =
                (tensors["distilbert.embeddings.word_embeddings.weight"] ?? .zeros([1])) * 2
            tensors["vocab_projector.bias"] = tensors["vocab_projector.bias"].map { .full($0.shape, 2) }
        }
        let bias = try #require(model.reopened().network as? BertForMaskedLM).decoder.bias
        #expect(bias?.detached.floatArray.allSatisfy { $0 == 2 } == true)
    }

    // MARK: Two names of one tensor

    private static let pairs = [
        ("bert-classifier", "bert.encoder.layer.1.output.LayerNorm.bias", "bert.encoder.layer.1.output.LayerNorm.beta"),
        ("roberta-classifier", "roberta.embeddings.LayerNorm.weight", "embeddings.LayerNorm.gamma"),
        ("gpt2", "transformer.h.0.mlp.c_fc.weight", "h.0.mlp.c_fc.weight"),
        ("roberta-masked-lm", "lm_head.bias", "lm_head.decoder.bias"),
    ]

    @Test("Equal numbers in another type are the same tensor", arguments: pairs)
    func otherType(_ name: String, _ first: String, _ second: String) throws {
        let model = try ChangedModel(name) { tensors in
            tensors[second] = tensors[first]?.cast(to: .bfloat16)
            tensors[first] = tensors[second]?.cast(to: .float32)
        }
        #expect(try model.notes() == [])
    }

    @Test("One number that differs, or another shape, makes two names an error with both", arguments: pairs)
    func different(_ name: String, _ first: String, _ second: String) throws {
        let changes: [(Tensor) -> Tensor] = [
            { tensor in
                var values = tensor.floatArray
                values[0] += 1
                return Tensor(values, shape: tensor.shape)
            },
            { .zeros([$0.shape.reduce(1, *) + 1]) },
        ]
        for change in changes {
            let error = #expect(throws: ModuleFileError.self) {
                try ChangedModel(name) { $0[second] = $0[first].map(change) }.open()
            }
            #expect(error?.description.contains(first) == true && error?.description.contains(second) == true)
        }
    }
}
