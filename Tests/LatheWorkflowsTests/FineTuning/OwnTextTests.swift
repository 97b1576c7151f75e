import Foundation
import LatheFiles
import LatheModels
import LatheTestFiles
import LatheTestModels
import LatheTraining
import LatheWorkflows
import Testing

@Suite("Training on a user's own texts")
struct OwnTextTests {
    fileprivate let models: TinyModels

    init() throws { models = try TinyModels() }

    /// Rows whose label is a word of the text, of `count` classes named `class 0`, …
    fileprivate func table(_ name: String, count: Int, rows: Int, header: String = "id;what they wrote;queue") throws
        -> String
    {
        let lines = (0..<rows).map {
            "\($0);the \(TinyModels.words[8 + $0 % count]) is \($0 % 3 == 0 ? "so" : "too") good;class \($0 % count)"
        }
        return try models.file(name, ([header] + lines).joined(separator: "\n") + "\n")
    }

    fileprivate func request(
        _ model: String, _ task: TextTask, _ train: String, dev: [String] = [], out: String = "out"
    ) -> FineTuning {
        var request = FineTuning(
            model: .directory(model), task: .text(task), train: [train], dev: dev, output: models.path(out))
        request.options = TrainingOptions(.steps(6), batchSize: 8, learningRate: 2e-3)
        request.options.evaluations = .steps(3)
        return request
    }

    private func summary(of request: FineTuning) throws -> (FineTuning.Summary, DataSummary) {
        var hooks = TrainingHooks(), data: DataSummary?
        hooks.didReadData = { data = $0 }
        let summary = try request.run(hooks: hooks)
        return (summary, try #require(data))
    }

    @Test(
        "Classes of the file become the model's, in byte order, and evaluation needs nothing but the model and a file")
    func classification() throws {
        let train = try table("train.csv", count: 5, rows: 60), dev = try table("dev.csv", count: 5, rows: 23)
        var request = request(try models.encoder("bert"), .classification, train, dev: [dev])
        request.columns = TextColumns(text: "what they wrote", labels: ["queue"])
        let (summary, data) = try summary(of: request)
        #expect(data.classes.map(\.name) == ["class 0", "class 1", "class 2", "class 3", "class 4"])
        #expect(data.classes.map(\.count) == [12, 12, 12, 12, 12])
        #expect(data.trainCount == 60 && data.devCount == 23)
        #expect(data.baseline?.value == 5.0 / 23)
        let configuration = try ModelConfiguration(directory: request.output)
        #expect(configuration.labels == data.classes.map(\.name))
        #expect(TaskName(learnedBy: request.output) == .text(.classification))
        var evaluation = ModelEvaluation(model: request.output, task: .text(.classification), files: [dev])
        evaluation.columns = TextColumns(learnedBy: request.output)
        #expect(evaluation.columns.text == "what they wrote" && evaluation.columns.labels == ["queue"])
        #expect(try evaluation.run().evaluation == summary.result.best?.evaluation)
    }

    @Test("A model that has the classes already keeps its head and their order")
    func continued() throws {
        let model = try models.bert("bert", labels: ["class 1", "unused", "class 0"]),
            train = try table("train.csv", count: 2, rows: 16)
        var request = request(model, .classification, train)
        request.columns = TextColumns(text: "what they wrote", labels: ["queue"])
        let before = try PretrainedModel(
            directory: model, for: .classifyingTexts(labels: ["class 1", "unused", "class 0"]))
        #expect(before.freshParameters.isEmpty)
        _ = try summary(of: request)
        #expect(try ModelConfiguration(directory: request.output).labels == ["class 1", "unused", "class 0"])
    }

    @Test("A held-back share is the same in training and evaluation, has all classes, and is not learned from")
    func share() throws {
        let train = try table("train.csv", count: 4, rows: 80)
        var request = request(try models.encoder("bert"), .classification, train)
        (request.columns, request.devShare) = (TextColumns(text: "what they wrote", labels: ["queue"]), 0.25)
        let (summary, data) = try summary(of: request)
        #expect(data.trainCount == 60 && data.devCount == 20)
        #expect(data.classes.map(\.count) == [15, 15, 15, 15])
        var evaluation = ModelEvaluation(model: request.output, task: request.task, files: [train])
        (evaluation.columns, evaluation.devShare) = (request.columns, 0.25)
        #expect(try evaluation.run().evaluation == summary.result.best?.evaluation)
        #expect(summary.result.best?.evaluation.confusion?.counts.map { $0.reduce(0, +) } == [5, 5, 5, 5])
    }

    @Test("A class of the held-back file that is not in the training file is an error with its line")
    func unknownClass() throws {
        let train = try models.file("train.csv", "text,label\na the film,x\na movie,y\n"),
            dev = try models.file("dev.csv", "text,label\na,x\nb,z\n")
        let request = request(try models.encoder("bert"), .classification, train, dev: [dev])
        #expect(
            dataMessage { _ = try request.run() }
                == "\(dev):3: column 2 (label): expected x, y, 0 or 1, found \"z\"; correct the label")
        #expect(!models.exists("out"))
    }

    @Test("Labels of a multi-label file are learned by themselves, and the configuration says so")
    func multilabel() throws {
        let rows = (0..<24).map {
            #"{"text":"the \#(TinyModels.words[8 + $0 % 3]) is good","tags":[\#($0 % 3 == 0 ? "" : $0 % 3 == 1 ? "\"b\"" : "\"b\",\"a\"")]}"#
        }
        let train = try models.file("train.jsonl", rows.joined(separator: "\n") + "\n")
        let request = request(try models.encoder("bert"), .multilabel, train, dev: [train])
        let (summary, data) = try summary(of: request)
        #expect(data.classes.map(\.count) == [8, 16])
        let configuration = try ModelConfiguration(directory: request.output)
        #expect(configuration.problem == .multiLabel)
        #expect(configuration.labels == ["a", "b"])
        let json = try StrictJSON.parse(String(decoding: models.bytes("out/config.json"), as: UTF8.self))
        #expect(json["problem_type"]?.string == "multi_label_classification")
        #expect(summary.result.best?.evaluation.primaryName == "micro_f1")
    }

    @Test("Numbers of any range are learned, and scored by R²")
    func regression() throws {
        let rows = (0..<16).map { "the \(TinyModels.words[8 + $0 % 2]) film\t\(Double($0 % 2) * 250 - 100)" }
        let train = try models.file("train.tsv", "review\tprice\n" + rows.joined(separator: "\n") + "\n")
        let request = request(try models.encoder("bert"), .regression, train, dev: [train])
        let (summary, data) = try summary(of: request)
        #expect(data.classes.isEmpty)
        #expect(data.files[0].columns?.labels == ["price"])
        #expect(summary.result.best?.evaluation.primaryName == "r2")
        #expect(try ModelConfiguration(directory: request.output).problem == .regression)
    }

    @Test("A model of another kind of answer is refused by name")
    func wrongProblem() throws {
        let model = try models.bert("bert", labels: ["a", "b"], problem: .multiLabel),
            file = try models.file("dev.csv", "text,label\nx,a\n")
        let message = dataMessage {
            _ = try ModelEvaluation(model: model, task: .text(.classification), files: [file]).run()
        }
        #expect(
            message?.contains(
                "needs a model of problem_type single_label_classification, and the model's is multi_label_classification"
            ) == true)
    }

    @Test("One class alone cannot be learned")
    func oneClass() throws {
        let train = try models.file("train.csv", "text,label\na,x\nb,x\n")
        let message = dataMessage { _ = try request(try models.encoder("bert"), .classification, train).run() }
        #expect(message == "task classification: all examples have one class, 'x'; name files with two or more")
    }
}

extension OwnTextTests {
    @Test("A file that lacks the columns of an earlier run is read by its own names")
    func otherColumns() throws {
        let train = try table("train.csv", count: 2, rows: 16)
        var request = request(try models.encoder("bert"), .classification, train)
        request.columns = TextColumns(text: "what they wrote", labels: ["queue"])
        _ = try request.run()
        let other = try models.file("other.csv", "text,label\nthe film,class 0\n")
        var evaluation = ModelEvaluation(model: request.output, task: request.task, files: [other])
        evaluation.columns = TextColumns(learnedBy: request.output)
        #expect(try evaluation.run().data?.files[0].columns?.text == "text")
    }
}
