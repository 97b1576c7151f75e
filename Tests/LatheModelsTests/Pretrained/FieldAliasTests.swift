import LatheTestModels
import Testing

@testable import LatheFiles
@testable import LatheModels

@Suite("Other names of fields")
struct FieldAliasTests {
    @Test(
        "A model whose file has BERT's names is the same one, and is saved with the family's own",
        arguments: [
            (
                "gpt2",
                [
                    ("n_embd", "hidden_size"), ("n_layer", "num_hidden_layers"), ("n_head", "num_attention_heads"),
                    ("n_positions", "max_position_embeddings"),
                ]
            ),
            (
                "distilbert-classifier",
                [("dim", "hidden_size"), ("n_layers", "num_hidden_layers"), ("n_heads", "num_attention_heads")]
            ),
        ])
    func aliases(_ name: String, _ pairs: [(own: String, alias: String)]) throws {
        let own = try PretrainedFixture(name).model().configuration
        let members = try #require(own.json.object).map { member in
            JSONValue.Member(pairs.first { $0.own == member.key }?.alias ?? member.key, member.value)
        }
        let read = try ModelConfiguration(.object(members), file: "config.json")
        #expect(read.sizes.isEqual(to: own.sizes))
        for pair in pairs { #expect(read.json[pair.own] == own.json[pair.own] && read.json[pair.alias] == nil) }
        let both = try ModelConfiguration(
            .object(members + pairs.map { .init($0.own, own.json[$0.own] ?? nil) }), file: "config.json")
        #expect(both.sizes.isEqual(to: own.sizes))
    }

    @Test("Two names with different values are an error with both")
    func contradiction() throws {
        let error = #expect(throws: ModelConfigurationError.self) {
            try ModelConfiguration(["model_type": "gpt2", "n_layer": 2, "num_hidden_layers": 3], file: "config.json")
        }
        #expect(error?.description.contains("n_layer: 2, and num_hidden_layers, which is the same, is 3") == true)
    }

    @Test(
        "Of two names, one that is null does not count",
        arguments: [
            ["n_layer": nil, "num_hidden_layers": 3], ["n_layer": 3, "num_hidden_layers": nil],
            ["n_layer": 3, "num_hidden_layers": 3],
        ] as [JSONValue])
    func null(_ fields: JSONValue) throws {
        let read = try ModelConfiguration(
            .object([.init("model_type", "gpt2")] + (fields.object ?? [])), file: "config.json")
        #expect(read.json["n_layer"] == 3 && read.json["num_hidden_layers"]?.isNull != false)
        let sizes = try #require(read.sizes as? GPT2Configuration)
        #expect(sizes.layerCount == 3)
    }

    @Test(
        "Files with both names that agree, and with one of BERT's names only, open as the same model",
        arguments: [
            ("gpt2", "n_embd", "hidden_size", true), ("gpt2", "n_head", "num_attention_heads", false),
            ("distilbert-classifier", "n_layers", "num_hidden_layers", false),
            ("distilbert-classifier", "dim", "hidden_size", true),
        ])
    func mixed(_ name: String, _ field: String, _ alias: String, _ keepsField: Bool) throws {
        let own = try PretrainedFixture(name).model().configuration,
            members = try #require(own.json.object).filter { keepsField || $0.key != field }
        let read = try ModelConfiguration(
            .object(members + [.init(alias, try #require(own.json[field]))]), file: "config.json")
        #expect(read.sizes.isEqual(to: own.sizes))
    }

    @Test(
        "Names of one family mean nothing in another",
        arguments: [("bert", "n_embd"), ("roberta", "dim"), ("distilbert", "n_embd"), ("gpt2", "n_layers")])
    func foreign(_ type: String, _ key: String) throws {
        let plain = try ModelConfiguration(["model_type": .string(type)], file: "config.json")
        let other = try ModelConfiguration(
            .object([.init("model_type", .string(type)), .init(key, 36)]), file: "config.json")
        #expect(plain.sizes.isEqual(to: other.sizes) && other.json[key] == 36)
    }
}
