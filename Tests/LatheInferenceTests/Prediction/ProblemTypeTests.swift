import Foundation
import LatheFiles
import LatheInference
import LatheModels
import LatheTensor
import LatheTestModels
import LatheTokenizers
import LatheTraining
import Testing

/// What the text-classification pipeline of transformers 5.24 makes of a model's outputs: `problem_type` decides, and
/// the number of labels where it is absent.
@Suite("Kinds of answers, as config.json names them")
struct ProblemTypeTests {
    enum Function: Sendable { case softmax, sigmoid, none }

    static let cases: [(String?, Int, Function)] = [
        ("multi_label_classification", 3, .sigmoid), ("multi_label_classification", 1, .sigmoid),
        ("single_label_classification", 3, .softmax),
        ("single_label_classification", 1, .sigmoid), ("regression", 1, .none), ("regression", 3, .none),
        (nil, 1, .sigmoid), (nil, 3, .softmax),
    ]

    private let models: TinyModels

    init() throws { models = try TinyModels() }

    /// A classifier with this field.
    private func classifier(_ kind: String?, _ count: Int) throws -> String {
        let directory = try models.bert("bert", labels: (0..<count).map { "L\($0)" })
        var members =
            try StrictJSON.parse(String(decoding: models.bytes("bert/config.json"), as: UTF8.self)).object ?? []
        members.removeAll { $0.key == "problem_type" }
        if let kind { members.append(.init("problem_type", .string(kind))) }
        try models.file("bert/config.json", JSONValue.object(members).text())
        return directory
    }

    private func scores(_ directory: String) throws -> [Float] {
        switch try TextPredictor(directory: directory).predictions(for: [TextExample(text: "the film is good")])[0] {
        case .score(let score): [score]
        case .labels(let labels): labels.sorted { $0.label < $1.label }.map(\.score)
        }
    }

    private func expected(_ directory: String, _ function: Function) throws -> [Float] {
        let network = try #require(PretrainedModel(directory: directory).network as? BertForSequenceClassification)
        let texts = try TokenizedTexts(
            [TextExample(text: "the film is good")], tokenizer: Tokenizer(directory: directory), maxLength: 24)
        let logits = withInference { network(texts.batch([0])) }.floatArray, sum = logits.reduce(0) { $0 + exp($1) }
        return switch function {
        case .softmax: logits.map { exp($0) / sum }
        case .sigmoid: logits.map { 1 / (1 + exp(-$0)) }
        case .none: logits
        }
    }

    @Test("The field decides between softmax, sigmoids and the outputs themselves", arguments: cases)
    func functions(_ kind: String?, _ count: Int, _ function: Function) throws {
        let directory = try classifier(kind, count)
        #expect(try zip(scores(directory), expected(directory, function)).allSatisfy { abs($0 - $1) < 1e-5 })
        #expect(try scores(directory).count == count)
    }

    @Test("A saved model gives the same answers, here and in transformers", arguments: cases)
    func saved(_ kind: String?, _ count: Int, _ function: Function) throws {
        let directory = try classifier(kind, count), before = try scores(directory)
        try PretrainedModel(directory: directory).save(to: models.path("again"), floats: .float32)
        #expect(try scores(models.path("again")) == before)
        let field = try ModelConfiguration(directory: models.path("again")).json["problem_type"]?.string
        // Transformers, too, decides by the field if it is there, and by the number of labels if not.
        let meaning: Function =
            switch field {
            case "regression": .none
            case "multi_label_classification": .sigmoid
            default: count == 1 ? .sigmoid : .softmax
            }
        #expect(meaning == function, "\(field ?? "no field")")
    }

    @Test("Another field is an error that names it", arguments: ["multilabel", "", "Regression"])
    func unknown(_ kind: String) throws {
        let directory = try classifier(kind, 2)
        let error = #expect(throws: ModelConfigurationError.self) { try TextPredictor(directory: directory) }
        #expect(error?.description.contains("problem_type: ") == true)
    }
}
