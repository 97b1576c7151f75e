import LathePacking
import LatheTensor
import LatheTestModels
import Testing

@testable import LatheFiles
@testable import LatheModels

/// Every field that transformers' configuration of a family has, and some that older files have, is changed by itself.
@Suite("Fields of config.json, one at a time")
struct ConfigurationFieldTests {
    /// What a changed model has to be.
    private enum Outcome: Equatable {
        /// An error names the field.
        case named
        /// Sizes that the weights do not have: an error names the tensors.
        case misfit
        /// The saved model has the field as it was.
        case kept
    }

    private static let wrong: [JSONValue] = ["nonsense", [7], ["a": 1]]
    /// Fields that Lathe reads: values that open and that mean something else, or do not.
    private static let read: [String: [JSONValue]] = [
        "num_attention_heads": [1, 4], "n_heads": [1, 4], "n_head": [1, 4],
        "hidden_act": ["relu", "gelu_new", "gelu_fast", "swish"], "activation": ["relu", "silu"],
        "activation_function": ["gelu", "gelu_pytorch_tanh"], "hidden_dropout_prob": [0, 0.25],
        "attention_probs_dropout_prob": [0.5], "dropout": [0.5],
        "attention_dropout": [0.5], "resid_pdrop": [0.5], "embd_pdrop": [0.5], "attn_pdrop": [0.5],
        "classifier_dropout": [0.5], "seq_classif_dropout": [0.5],
        "layer_norm_eps": [0.5, 1e-7], "layer_norm_epsilon": [0.5], "initializer_range": [0.5], "is_decoder": [false],
        "add_cross_attention": [false],
        "scale_attn_weights": [true], "scale_attn_by_inverse_layer_idx": [false], "tie_word_embeddings": [true],
        "position_embedding_type": ["absolute"],
    ]
    /// Fields that Lathe reads and whose other values it refuses.
    private static let refused: [String: [JSONValue]] = [
        "hidden_act": ["mish", "laplace"], "is_decoder": [true], "add_cross_attention": [true],
        "scale_attn_weights": [false], "scale_attn_by_inverse_layer_idx": [true],
        "position_embedding_type": ["relative_key"], "num_attention_heads": [3, 0], "n_head": [3], "vocab_size": [0],
        "pad_token_id": [-1], "model_type": [3, "albert"],
        "architectures": [["BertForQuestionAnswering"]], "hidden_dropout_prob": [1.5, -0.5],
    ]
    /// Sizes that the weights decide.
    private static let sizes: [String: [JSONValue]] = [
        "hidden_size": [32], "dim": [32], "n_embd": [32], "intermediate_size": [8], "hidden_dim": [8], "n_inner": [8],
        "num_hidden_layers": [3], "n_layers": [3], "n_layer": [3],
        "vocab_size": [70], "max_position_embeddings": [60], "n_positions": [60], "type_vocab_size": [5],
    ]
    /// Fields without an effect on what Lathe computes.
    private static let ignored = [
        "use_cache", "bos_token_id", "eos_token_id", "output_hidden_states", "output_attentions", "return_dict",
        "chunk_size_feed_forward", "transformers_version", "qa_dropout",
        "sinusoidal_pos_embds", "summary_type", "summary_use_proj", "summary_activation", "summary_proj_to_labels",
        "summary_first_dropout", "reorder_and_upcast_attn",
        "finetuning_task", "task_specific_params", "gradient_checkpointing", "tokenizer_class", "torchscript", "custom",
    ]
    private static let values: [JSONValue] = [0, 1, 0.5, true, "text", [1, 2], ["a": ["b": 1]]]

    private func outcome(_ name: String, _ key: String, _ value: JSONValue) throws -> Outcome? {
        let changed = try ChangedModel(name, fields: [key: value])
        do {
            let again = try changed.reopened()
            return again.configuration.json[key] == value ? .kept : nil
        } catch let error as ModelConfigurationError {
            return error.description.contains(key) ? .named : nil
        } catch is ModuleFileError {
            return .misfit
        } catch let error as ModelFileError {
            return error.description.contains(key) ? .named : .misfit
        }
    }

    /// The keys of a table that are in a family's file.
    private func present(_ table: [String: [JSONValue]], in name: String) throws -> [(String, [JSONValue])] {
        let keys = Set((try PretrainedFixture(name).model().configuration.json.object ?? []).map(\.key))
        return table.filter { keys.contains($0.key) }.sorted { $0.key < $1.key }
    }

    static let models = [
        "bert-base", "bert-classifier", "bert-masked-lm", "roberta-classifier", "distilbert-classifier", "gpt2",
        "resnet-basic",
    ]

    @Test(
        "A field that Lathe reads is kept as it is written, also where it changes what is computed", arguments: models)
    func read(_ name: String) throws {
        for (key, values) in try present(Self.read, in: name) {
            for value in values { #expect(try outcome(name, key, value) == .kept, "\(key) = \(value.text())") }
        }
    }

    @Test("A value that Lathe cannot honour is refused with its field", arguments: models)
    func refused(_ name: String) throws {
        for (key, values) in try present(Self.refused, in: name) {
            // GPT-2 has no use for these two.
            for value in values where !(name == "gpt2" && ["is_decoder", "pad_token_id"].contains(key)) {
                #expect(try outcome(name, key, value) == .named, "\(key) = \(value.text())")
            }
        }
        for (key, _) in try present(Self.read, in: name) {
            for value in Self.wrong { #expect(try outcome(name, key, value) == .named, "\(key) = \(value.text())") }
        }
    }

    @Test("Sizes that the weights do not have are refused", arguments: models)
    func sizes(_ name: String) throws {
        for (key, values) in try present(Self.sizes, in: name) {
            for value in values {
                #expect([.misfit, .named].contains(try outcome(name, key, value)), "\(key) = \(value.text())")
            }
            for value in Self.wrong { #expect(try outcome(name, key, value) == .named, "\(key) = \(value.text())") }
        }
    }

    @Test("A field that Lathe has no use for is kept, whatever it is", arguments: models)
    func ignored(_ name: String) throws {
        for key in Self.ignored {
            for value in Self.values { #expect(try outcome(name, key, value) == .kept, "\(key) = \(value.text())") }
        }
    }

    @Test(
        "Fields that decide what is computed change it",
        arguments: [
            ("bert-classifier", "hidden_act", "relu"), ("roberta-classifier", "layer_norm_eps", 0.5),
            ("roberta-classifier", "num_attention_heads", 1),
            ("distilbert-classifier", "activation", "relu"), ("gpt2", "layer_norm_epsilon", 0.5), ("gpt2", "n_head", 1),
            ("bert-classifier", "layer_norm_eps", 0.5),
        ] as [(String, String, JSONValue)])
    func effects(_ name: String, _ key: String, _ value: JSONValue) throws {
        #expect(try outputs(name, [:]) != outputs(name, [key: value]))
    }

    @Test("DistilBERT's normalisation has its own epsilon, whatever a file says")
    func fixedEpsilon() throws {
        #expect(try outputs("distilbert-classifier", [:]) == outputs("distilbert-classifier", ["layer_norm_eps": 0.5]))
        #expect(try outcome("distilbert-classifier", "layer_norm_eps", 0.5) == .kept)
    }

    @Test("RoBERTa's padding token has its own position in a text too, and moves no other")
    func paddingInText() throws {
        let network = try #require(
            try PretrainedFixture("roberta-classifier").model().network as? BertForSequenceClassification)
        let padded = withInference { network(Tensor([0, 5, 1, 1, 7, 2, 0, 9, 8, 1, 7, 2] as [Int32], shape: [2, 6])) }
        let joined = withInference { network(TokenBatch(joining: [[0, 5, 1, 1, 7, 2], [0, 9, 8, 1, 7, 2]])) }
        #expect(relativeError(joined, padded) <= 1e-5)
    }

    private func outputs(_ name: String, _ fields: KeyValuePairs<String, JSONValue>) throws -> [Float] {
        let model = try ChangedModel(name, fields: fields).open(),
            batch = TokenBatch(joining: [[0, 5, 7, 9, 2], [0, 3, 2]])
        let text = TextModel(network: model.network, expected: try PretrainedFixture(name).expected())
        return try withInference { try text(batch).result.floatArray }
    }
}
