import Testing

@testable import LatheFiles
@testable import LatheModels

@Suite("Names of labels")
struct LabelNameTests {
    /// The configuration of a classifier with these fields.
    private func configuration(_ fields: KeyValuePairs<String, JSONValue>) throws -> ModelConfiguration {
        let members: [JSONValue.Member] = [
            .init("model_type", "bert"), .init("architectures", ["BertForSequenceClassification"]),
        ]
        return try ModelConfiguration(.object(members + fields.map { .init($0, $1) }), file: "config.json")
    }

    @Test(
        "Names that stay are written as they were found",
        arguments: [
            (["0": "X", "1": "X"], ["X": 0], ["X", "X"]), (["0": 3, "1": 4], ["3": 0, "4": 1], ["3", "4"]),
            (["0": nil, "1": "b"], ["b": 1], ["LABEL_0", "b"]),
            (["1": "b", "0": "a"], nil, ["a", "b"]), (["0": "X", "1": "X", "2": "X"], ["X": 2], ["X", "X", "X"]),
            (["0": 3, "1": "3"], ["3": 1], ["3", "3"]),
            (["0": 1.5, "1": -1], nil, ["1.5", "-1"]), (["0": nil, "1": nil], [:], ["LABEL_0", "LABEL_1"]),
            (["0": "", "1": "b"], ["": 0, "b": 1], ["", "b"]),
            (["0": "a", "1": "b"], ["b": 0, "a": 1], ["a", "b"]),
        ] as [(JSONValue, JSONValue?, [String])])
    func found(_ names: JSONValue, _ numbers: JSONValue?, _ labels: [String]) throws {
        let configuration = try configuration(["id2label": names, "label2id": numbers ?? nil]),
            written = configuration.json
        #expect(configuration.labels == labels && configuration.labelCount == labels.count)
        #expect(written["id2label"] == names)
        #expect(written["label2id"] == (numbers ?? .null))
        #expect(try ModelConfiguration(StrictJSON.parse(written.text()), file: "config.json").labels == labels)
    }

    @Test("New names of which two are equal are written as strict JSON")
    func duplicates() throws {
        let written = try configuration([:]).with(.sequenceClassification, labels: ["a", "b", "a"]).json
        #expect(written["id2label"] == ["0": "a", "1": "b", "2": "a"])
        #expect(written["label2id"] == ["b": 1, "a": 2])
        #expect(try StrictJSON.parse(written.text()) == written)
    }

    @Test(
        "The number of labels follows their names; a field that transformers does not read follows new names only",
        arguments: [("num_labels", 2), ("_num_labels", 5)])
    func count(_ key: String, _ kept: Int) throws {
        let saved = try configuration([:]).json,
            configuration = try configuration([key: 5, "id2label": ["0": "a", "1": "b"]])
        #expect(configuration.json[key] == .integer(kept))
        #expect(configuration.with(.sequenceClassification, labels: ["x", "y", "z"]).json[key] == 3)
        #expect(saved[key] == nil)
    }

    @Test(
        "A model with such names opens again as it was saved",
        arguments: [
            ["0": "X", "1": "X", "2": "X"], ["0": 1, "1": 2, "2": 3], ["0": nil, "1": "b", "2": nil],
            ["0": "a", "1": "a", "2": "LABEL_0"],
        ] as [JSONValue])
    func reopened(_ names: JSONValue) throws {
        let model = try ChangedModel("bert-classifier", fields: ["id2label": names, "label2id": nil])
        let labels = try model.open().configuration.labels, again = try model.reopened().configuration
        #expect(labels.count == 3 && again.labels == labels && again.json["id2label"] == names)
    }

    @Test("A number of labels that contradicts their names is noted when the model is opened")
    func contradiction() throws {
        let notes = try ChangedModel("bert-classifier", fields: ["num_labels": 7]).notes()
        #expect(
            notes.contains { $0.contains("config.json: num_labels is 7, and id2label has 3 names; the names count") },
            "\(notes)")
        #expect(try ChangedModel("bert-classifier", fields: ["num_labels": 3]).notes().isEmpty)
        #expect(throws: ModelConfigurationError.self) {
            try ChangedModel("bert-classifier", fields: ["num_labels": "three"]).open()
        }
    }

    @Test("Names that are objects or truth values are refused", arguments: [["0": true], ["0": []]] as [JSONValue])
    func refused(_ names: JSONValue) {
        #expect(throws: ModelConfigurationError.self) { try configuration(["id2label": names]) }
    }
}
