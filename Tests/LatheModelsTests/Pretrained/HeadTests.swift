import LathePacking
import LatheTensor
import LatheTestModels
import Testing

@testable import LatheFiles
@testable import LatheModels

@Suite("Heads of models")
struct HeadTests {
    @Test(
        "A class with a head that Lathe does not have is refused by name, and its body serves other purposes",
        arguments: [
            ("bert-base", "BertForTokenClassification"), ("bert-base", "BertForNextSentencePrediction"),
            ("bert-base", "BertForPreTraining"),
            ("distilbert-classifier", "DistilBertForQuestionAnswering"),
            ("roberta-classifier", "RobertaForMultipleChoice"), ("gpt2", "GPT2DoubleHeadsModel"),
            ("gpt2", "GPT2ForSequenceClassification"), ("bert-base", "SomeoneElse"),
            ("bert-base", "BertForMultipleChoice"), ("gpt2", "GPT2ForTokenClassification"),
            ("distilbert-classifier", "DistilBertForTokenClassification"),
            ("distilbert-masked-lm", "DistilBertForMultipleChoice"),
            ("roberta-masked-lm", "RobertaForQuestionAnswering"), ("bert-classifier", "BertLMHeadModel"),
        ])
    func unsupported(_ name: String, _ className: String) throws {
        let model = try ChangedModel(name, fields: ["architectures": [.string(className)]])
        let error = #expect(throws: ModelFileError.self) { try model.open() }
        #expect(error == .unsupportedClass(directory: model.directory, className: className))
        #expect(error?.description.contains("architectures: \(className) is not a class that Lathe has") == true)
        if name == "gpt2" { return }
        #expect(try model.open(for: .embeddingTexts).network is BertModel)
        #expect(try model.open(for: .classifyingTexts(labels: ["a", "b"])).network is BertForSequenceClassification)
    }

    @Test("A class and a model_type that disagree are an error that names both")
    func disagreement() throws {
        let model = try ChangedModel("bert-base", fields: ["architectures": ["RobertaModel"]])
        let error = #expect(throws: ModelConfigurationError.self) { try model.open() }
        #expect(
            error?.description.contains(
                "architectures: RobertaModel is a class of roberta models, and model_type is bert") == true)
    }

    @Test(
        "So do classes and types of other families",
        arguments: [
            ("bert-classifier", "roberta", "BertForSequenceClassification"),
            ("distilbert-masked-lm", "bert", "DistilBertForMaskedLM"),
            ("gpt2", "bert", "GPT2LMHeadModel"), ("gpt2", "gpt2", "BertModel"),
            ("roberta-classifier", "distilbert", "RobertaForSequenceClassification"),
        ])
    func disagreements(_ name: String, _ type: String, _ className: String) throws {
        let model = try ChangedModel(
            name, fields: ["architectures": [.string(className)], "model_type": .string(type)])
        let error = #expect(throws: ModelConfigurationError.self) { try model.open() }
        #expect(
            error?.description.contains("\(className) is a class of ") == true
                && error?.description.contains("model_type is \(type)") == true)
        #expect(throws: ModelConfigurationError.self) { try model.open(for: .embeddingTexts) }
    }

    @Test(
        "A class alone says which family a model is of",
        arguments: ["bert-classifier", "roberta-classifier", "distilbert-masked-lm", "gpt2"])
    func classAlone(_ name: String) throws {
        let named = try ChangedModel(name).open().configuration,
            unnamed = try ChangedModel(name, fields: ["model_type": nil]).open().configuration
        #expect(named.architecture == unnamed.architecture && named.sizes.isEqual(to: unnamed.sizes))
    }

    @Test("A head beside a config.json without a class is an error that names it; a body without one opens")
    func unnamed() throws {
        let model = try ChangedModel("bert-classifier", fields: ["architectures": nil])
        let error = #expect(throws: ModelFileError.self) { try model.open() }
        #expect(error?.description.contains("the weights have a head (classifier.") == true)
        #expect(try ChangedModel("bert-base", fields: ["architectures": nil]).open().network is BertModel)
    }

    @Test("A model without head has a pooler if the file has one")
    func pooler() throws {
        let model = try ChangedModel("bert-base") { tensors in
            for name in tensors.keys where name.contains("pooler") { tensors[name] = nil }
        }
        #expect((try model.open().network as? BertModel)?.pooler == nil)
        #expect((try model.reopened().network as? BertModel)?.pooler == nil)
        #expect((try ChangedModel("bert-base").open().network as? BertModel)?.pooler != nil)
    }

    @Test("RoBERTa's body without pooler opens, and is saved without one")
    func robertaPooler() throws {
        let model = try ChangedModel("roberta-classifier", fields: ["architectures": ["RobertaModel"]]) { tensors in
            for name in tensors.keys where name.hasPrefix("classifier.") { tensors[name] = nil }
        }
        for opened in [try model.open(), try model.reopened()] {
            #expect((opened.network as? BertModel)?.pooler == nil)
        }
    }

    @Test("A pooler of which a part is missing is an error that names the part", arguments: ["weight", "bias"])
    func partOfPooler(_ part: String) throws {
        let model = try ChangedModel("bert-base") { tensors in
            for name in tensors.keys where name.hasSuffix("pooler.dense." + part) { tensors[name] = nil }
        }
        let error = #expect(throws: ModuleFileError.self) { try model.open() }
        #expect(error?.description.contains("pooler.dense.\(part): missing") == true)
        #expect(throws: Never.self) { try model.open(for: .embeddingTexts) }
    }

    @Test("A classifier needs its pooler; a new one of a body without pooler begins with a fresh one")
    func classifierPooler() throws {
        func withoutPooler(_ name: String) throws -> ChangedModel {
            try ChangedModel(name) { tensors in
                for name in tensors.keys where name.contains("pooler") { tensors[name] = nil }
            }
        }
        let error = #expect(throws: ModuleFileError.self) { try withoutPooler("bert-classifier").open() }
        #expect(error?.description.contains("bert.pooler.dense.weight: missing") == true)
        let fresh = try withoutPooler("bert-base").open(for: .classifyingTexts(labels: ["a", "b"])).freshParameters
        #expect(
            Set(fresh) == [
                "bert.pooler.dense.weight", "bert.pooler.dense.bias", "classifier.weight", "classifier.bias",
            ])
    }

    @Test(
        "A body under the class name of a head is refused with the head's tensors, and serves for hidden states and for a new head",
        arguments: [
            ("bert-base", "BertForSequenceClassification", "classifier.weight"),
            ("bert-base", "BertForMaskedLM", "cls.predictions.transform.dense.weight"),
            ("roberta-classifier", "RobertaForSequenceClassification", "classifier.dense.weight"),
            ("distilbert-masked-lm", "DistilBertForMaskedLM", "vocab_transform.weight"),
        ])
    func bodyAlone(_ name: String, _ className: String, _ missing: String) throws {
        let model = try ChangedModel(name, fields: ["architectures": [.string(className)]]) { tensors in
            for name in tensors.keys where ["classifier.", "vocab_"].contains(where: name.hasPrefix) {
                tensors[name] = nil
            }
        }
        let error = #expect(throws: ModuleFileError.self) { try model.open() }
        #expect(error?.description.contains("\(missing): missing") == true, "\(String(describing: error))")
        #expect(try model.open(for: .embeddingTexts).network is BertModel)
        #expect(
            try model.open(for: .classifyingTexts(labels: ["a", "b"])).freshParameters.contains {
                $0.hasPrefix("classifier.")
            })
        #expect(try model.open(for: .predictingMaskedWords).freshParameters.count > 1)
    }

    @Test(
        "Hidden states are those of the body, whatever head it has",
        arguments: [
            "bert-classifier", "bert-masked-lm", "bert-pretraining", "roberta-classifier", "roberta-masked-lm",
            "distilbert-masked-lm",
        ])
    func body(_ name: String) throws {
        let fixture = try PretrainedFixture(name), batch = TokenBatch(joining: [[2, 5, 7, 3]])
        let body = try #require(
            try PretrainedModel(directory: fixture.directory, for: .embeddingTexts).network as? BertModel)
        let whole = try fixture.model().network
        let expected: BertModel?
        switch whole {
        case let model as BertForSequenceClassification: expected = model.bert
        case let model as BertForMaskedLM: expected = model.bert
        default: expected = nil
        }
        let hidden = try #require(expected)
        #expect(withInference { body(batch).hidden }.floatArray == withInference { hidden(batch).hidden }.floatArray)
    }

    // MARK: Tied heads

    private static let tied = [
        ("bert-masked-lm", "cls.predictions.decoder.weight", "bert.embeddings.word_embeddings.weight"),
        ("roberta-masked-lm", "lm_head.decoder.weight", "roberta.embeddings.word_embeddings.weight"),
        ("distilbert-masked-lm", "vocab_projector.weight", "distilbert.embeddings.word_embeddings.weight"),
        ("gpt2", "lm_head.weight", "transformer.wte.weight"),
    ]

    /// The weight of the head and the table of a model.
    private func weights(_ model: PretrainedModel, _ head: String, _ table: String) throws -> (
        head: Tensor, table: Tensor
    ) {
        let parameters = Dictionary(
            uniqueKeysWithValues: model.network.namedParameters.map { ($0.path, $0.parameter.detached) })
        return (try #require(parameters[head]), try #require(parameters[table]))
    }

    @Test("A head that is stored and differs from the word embedding stays as it is", arguments: tied)
    func differing(_ name: String, _ head: String, _ table: String) throws {
        for said in [true, nil] as [JSONValue] {
            let model = try ChangedModel(name, fields: ["tie_word_embeddings": said]) {
                $0[head] = ($0[table] ?? .zeros([1])) * 0.5 + 0.1
            }
            #expect(try model.notes().contains { $0.contains("\(head) differs from \(table)") })
            for opened in [try model.open(), try model.reopened()] {
                let weights = try weights(opened, head, table)
                #expect(weights.head.floatArray == (weights.table * 0.5 + 0.1).floatArray)
                #expect(opened.configuration.json["tie_word_embeddings"] == false)
            }
        }
    }

    @Test("Of a tied pair a file may have either, or both", arguments: tied)
    func either(_ name: String, _ head: String, _ table: String) throws {
        let reference = try weights(try ChangedModel(name).open(), head, table)
        let models = [
            try ChangedModel(name) { $0[head] = $0.removeValue(forKey: table) },
            try ChangedModel(name) { $0[head] = $0[table] },
        ]
        for model in models {
            let weights = try weights(try model.open(), head, table)
            #expect(
                weights.head.floatArray == reference.table.floatArray
                    && weights.table.floatArray == reference.table.floatArray)
            #expect(try model.notes() == [])
        }
    }

    @Test(
        "A head of its own computes with the bias that transformers takes, and saves it under that name",
        arguments: [
            ("bert-masked-lm", "cls.predictions.bias", "cls.predictions.decoder"),
            ("roberta-masked-lm", "lm_head.bias", "lm_head.decoder"),
        ])
    func ownBias(_ name: String, _ unused: String, _ decoder: String) throws {
        func changed(_ addsOther: Bool) throws -> ChangedModel {
            try ChangedModel(name, fields: ["tie_word_embeddings": false]) { tensors in
                let table = tensors.first { $0.key.hasSuffix("word_embeddings.weight") }?.value ?? .zeros([1])
                tensors[decoder + ".weight"] = table * 2
                if addsOther { tensors[decoder + ".bias"] = .full([table.shape[0]], 3) }
            }
        }
        let both = try changed(true), bias = try #require(try both.reopened().network as? BertForMaskedLM).decoder.bias
        #expect(bias?.detached.floatArray.allSatisfy { $0 == 3 } == true)
        #expect(try both.savedNames().contains(decoder + ".bias"))
        let one = try #require(try changed(false).open().network as? BertForMaskedLM).decoder.bias
        #expect(one?.detached.floatArray != bias?.detached.floatArray)
    }

    // MARK: Two names of one tensor

    @Test(
        "Two names of one tensor are one if they are equal, and an error that names both if not",
        arguments: [
            ("bert-classifier", "bert.embeddings.LayerNorm.weight", "bert.embeddings.LayerNorm.gamma"),
            ("bert-masked-lm", "cls.predictions.bias", "cls.predictions.decoder.bias"),
            ("bert-classifier", "bert.pooler.dense.bias", "pooler.dense.bias"),
        ])
    func twoNames(_ name: String, _ first: String, _ second: String) throws {
        #expect(try ChangedModel(name) { $0[second] = $0[first] }.open().unusedTensors == [])
        let model = try ChangedModel(name) { $0[second] = ($0[first] ?? .zeros([1])) + 1 }
        let error = #expect(throws: ModuleFileError.self) { try model.open() }
        #expect(error?.description.contains(first) == true && error?.description.contains(second) == true)
    }

    @Test("Tensors that are no part of the model stay unread, and a note names them")
    func extra() throws {
        let model = try ChangedModel("bert-classifier") { $0["loss.weight"] = .zeros([3]) }
        #expect(try model.open().unusedTensors == ["loss.weight"])
        #expect(
            try model.notes().map { $0.hasSuffix("1 tensor is no part of the model and not read: loss.weight") } == [
                true
            ])
    }
}
