import Foundation
import LatheInference
import LatheModels
import LatheTestFiles
import LatheTestModels
import LatheTokenizers
import LatheTraining
import Testing

@Suite("Predictions")
struct TextPredictorTests {
    private let models: TinyModels
    private let texts = ["the film is good", "a movie", "so bad", "the story is too long and so dull"].map {
        TextExample(text: $0)
    }

    init() throws { models = try TinyModels() }

    /// The model's outputs for each text, one text at a time.
    private func logits(_ directory: String) throws -> [[Double]] {
        let model = try PretrainedModel(directory: directory), tokenizer = try Tokenizer(directory: directory)
        guard let network = model.network as? BertForSequenceClassification else { return [] }
        return try texts.map { text in
            network(try TokenizedTexts([text], tokenizer: tokenizer, maxLength: 24).batch([0])).floatArray.map(
                Double.init)
        }
    }

    private func labels(_ predictions: [Prediction]) -> [[Prediction.ScoredLabel]] {
        predictions.map { if case .labels(let labels) = $0 { labels } else { [] } }
    }

    @Test("Classes have the softmax of the logits, the likeliest first")
    func classes() throws {
        let names = ["x", "y", "z"], directory = try models.bert("bert", labels: names)
        let predictions = labels(try TextPredictor(directory: directory).predictions(for: texts))
        for (logits, prediction) in zip(try logits(directory), predictions) {
            let sum = logits.reduce(0) { $0 + exp($1) }
            #expect(prediction.map(\.score) == prediction.map(\.score).sorted(by: >))
            for label in prediction {
                let place = try #require(names.firstIndex(of: label.label))
                #expect(abs(Double(label.score) - exp(logits[place]) / sum) < 1e-6)
            }
        }
    }

    @Test("Labels of a multi-label model have sigmoids of their own")
    func multilabel() throws {
        let names = ["x", "y", "z"], directory = try models.bert("bert", labels: names, problem: .multiLabel)
        let predictor = try TextPredictor(directory: directory),
            predictions = labels(try predictor.predictions(for: texts))
        #expect(predictor.hasIndependentLabels)
        for (logits, prediction) in zip(try logits(directory), predictions) {
            for label in prediction {
                let place = try #require(names.firstIndex(of: label.label))
                #expect(abs(Double(label.score) - 1 / (1 + exp(-logits[place]))) < 1e-6)
            }
        }
    }

    @Test("A number is the output itself")
    func regression() throws {
        let directory = try models.bert("bert", labels: ["score"], problem: .regression)
        let predictions = try TextPredictor(directory: directory).predictions(for: texts)
        for (logits, prediction) in zip(try logits(directory), predictions) {
            guard case .score(let score) = prediction else {
                Issue.record("not a number: \(prediction)")
                continue
            }
            #expect(abs(Double(score) - logits[0]) < 1e-5)
        }
    }

    @Test("Several numbers are scores of their labels as they are")
    func numbers() throws {
        let names = ["x", "y", "z"], directory = try models.bert("bert", labels: names, problem: .regression)
        let predictions = labels(try TextPredictor(directory: directory).predictions(for: texts))
        for (logits, prediction) in zip(try logits(directory), predictions) {
            #expect(prediction.map(\.score) == prediction.map(\.score).sorted(by: >) && prediction.count == 3)
            for label in prediction {
                let place = try #require(names.firstIndex(of: label.label))
                #expect(abs(Double(label.score) - logits[place]) < 1e-5)
            }
        }
    }

    @Test("Without a limit, a text has as many tokens as the tokenizer's files say, or as the model takes")
    func lengths() throws {
        let directory = try models.bert("bert"),
            long = [TextExample(text: Array(repeating: "the good film", count: 20).joined(separator: " "))]
        let whole = labels(try TextPredictor(directory: directory).predictions(for: long))
        #expect(try whole == labels(TextPredictor(directory: directory).predictions(for: long, maxLength: 24)))
        try models.file("bert/tokenizer_config.json", #"{"model_max_length": 5}"#)
        let short = labels(try TextPredictor(directory: directory).predictions(for: long))
        #expect(
            try short == labels(TextPredictor(directory: directory).predictions(for: long, maxLength: 5))
                && short != whole)
    }

    @Test("A single output of a model that names no kind of answer is a label's, as in transformers' pipeline")
    func unnamed() throws {
        let directory = try models.bert("bert", labels: ["relevant"], problem: .regression)
        let path = "bert/config.json", text = String(decoding: try models.bytes(path), as: UTF8.self)
        try models.file(
            path, text.replacingOccurrences(of: #""problem_type": "regression""#, with: #""problem_type": null"#))
        let predictions = labels(try TextPredictor(directory: directory).predictions(for: texts))
        for (logits, prediction) in zip(try logits(directory), predictions) {
            #expect(prediction.map(\.label) == ["relevant"])
            #expect(abs(Double(prediction[0].score) - 1 / (1 + exp(-logits[0]))) < 1e-6)
        }
    }

    @Test("A model without such a head is refused")
    func wrongModel() throws {
        let directory = try models.encoder("bert")
        #expect(
            dataMessage { _ = try TextPredictor(directory: directory) }?.contains("needs a classifier of texts") == true
        )
    }

    @Test("Lines hold texts or pairs, plain or as JSON; blank ones are left out")
    func lines() throws {
        func read(_ text: String, _ form: TextLines.Form = .plain, pairs: Bool = false) throws -> [TextExample] {
            try TextLines.examples(memoryFile("lines.txt", text), form: form, arePairs: pairs)
        }
        #expect(try read("\u{FEFF}a b\r\n\n c\n").map(\.text) == ["a b", " c"])
        #expect(try read("a\tb\n", pairs: true) == [TextExample(text: "a", pair: "b")])
        #expect(try read(#""a\nb""# + "\n", .json).map(\.text) == ["a\nb"])
        #expect(try read(#"["a", "b"]"# + "\n", .json, pairs: true) == [TextExample(text: "a", pair: "b")])
        #expect(
            dataMessage { _ = try read("a\tb\n\nc\n", pairs: true) }
                == "lines.txt:3: expected two texts with one tab between them, got 1 text; correct the line")
        #expect(
            dataMessage { _ = try read("a\n", .json) }?.hasPrefix("lines.txt:1: expected a JSON string in quotes")
                == true)
        #expect(dataMessage { _ = try read("\n \n") } == "lines.txt: no texts; write one a line")
    }
}
