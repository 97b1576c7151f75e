import Foundation
import LatheModels
import LatheTestFiles
import LatheTestModels
import LatheTraining
import LatheWorkflows
import Testing

@Suite("Fine-tuning")
struct FineTuningTests {
    /// A tiny run of each kind.
    enum Kind: String, CaseIterable {
        case texts, scores, language, images
    }

    private let models: TinyModels

    init() throws { models = try TinyModels() }

    private func request(_ kind: Kind, out: String = "out") throws -> FineTuning {
        var request: FineTuning
        switch kind {
        case .texts:
            let train = try models.reviews("train.tsv", count: 48, seed: 1),
                dev = try models.reviews("dev.tsv", count: 20, seed: 2)
            request = FineTuning(
                model: .directory(try models.bert("bert")), task: .glue(.sst2), train: [train], dev: [dev],
                output: models.path(out))
            request.options = TrainingOptions(.steps(9), batchSize: 8, learningRate: 2e-3)
        case .scores:
            let file = try models.file(
                "sts.tsv",
                "sentence1\tsentence2\tscore\nso good\tso bad\t0.5\nthe film\tthat movie\t4\na\tthe\t3\nso dull\tso boring\t5\n"
            )
            request = FineTuning(
                model: .directory(try models.bert("bert")), task: .glue(.stsb), train: [file], dev: [file],
                output: models.path(out))
            request.options = TrainingOptions(.steps(6), batchSize: 3, learningRate: 1e-2)
        case .language:
            let text = try models.file("text.txt", String(repeating: "the film is in the dark. ", count: 30))
            request = FineTuning(
                model: .directory(try models.gpt2("gpt2")), task: .languageModeling, train: [text], dev: [text],
                output: models.path(out))
            request.options = TrainingOptions(.steps(6), batchSize: 4, learningRate: 1e-2)
        case .images:
            request = FineTuning(
                model: .preset(.smallResNet(depth: 8, hasBatchNorm: true)), task: .digits, output: models.path(out))
            request.options = TrainingOptions(.steps(4), batchSize: 16, learningRate: 1e-3)
        }
        request.options.evaluations = .steps(3)
        request.options.logInterval = 1
        return request
    }

    @Test("The directory holds the best model, which scores what training said", arguments: Kind.allCases)
    func result(kind: Kind) throws {
        let request = try request(kind), summary = try request.run()
        let best = try #require(summary.result.best)
        let files = kind == .images ? [] : request.dev
        var evaluation = ModelEvaluation(model: request.output, task: request.task, files: files)
        if kind == .language { evaluation.stride = 24 }
        #expect(try evaluation.run().evaluation == best.evaluation)
        #expect(try models.bytes("out/model.safetensors").count == summary.byteCount)
        let log = try models.timelessLog("out")
        #expect(log.first?["event"]?.string == "start")
        #expect(log.last?["best_step"]?.integer == best.step)
        #expect(!models.exists("out/checkpoint.safetensors"))
        switch kind {
        case .texts, .scores: #expect(try models.bytes("out/vocab.txt") == models.bytes("bert/vocab.txt"))
        case .language: #expect(try models.bytes("out/merges.txt") == models.bytes("gpt2/merges.txt"))
        case .images: break
        }
    }

    @Test("The losses fall", arguments: [Kind.texts, .language])
    func learning(kind: Kind) throws {
        var request = try request(kind)
        (request.options.duration, request.options.learningRate, request.options.evaluations) = (.steps(60), 1e-2, .end)
        _ = try request.run()
        let losses = try models.timelessLog("out").compactMap { $0["loss"]?.double }
        #expect(losses.count == 60)
        let first = losses.prefix(5).reduce(0, +), last = losses.suffix(5).reduce(0, +)
        #expect(last < 0.7 * first, "\(losses)")
    }

    @Test(
        "A run that is stopped and resumed gives the very bytes of one that is not", arguments: Kind.allCases, [1, 3])
    func resume(kind: Kind, stop: Int) throws {
        _ = try request(kind).run()
        var broken = try request(kind, out: "broken"), hooks = TrainingHooks(), done = 0
        hooks.didReach = { done = $0 }
        hooks.shouldStop = { done == stop }
        let error = thrown(TrainingError.self) { _ = try broken.run(hooks: hooks) }
        #expect(error == .interrupted(step: stop, directory: broken.output))
        broken.start = .resume
        _ = try broken.run()
        for name in ["model.safetensors", "config.json"] {
            #expect(try models.bytes("broken/" + name) == models.bytes("out/" + name), "\(name)")
        }
        #expect(try models.timelessLog("broken") == models.timelessLog("out"))
    }

    @Test("A head for the task's labels in another order goes on as it is; other labels get the task's names")
    func labels() throws {
        func labels(_ names: [String]) throws -> [String] {
            var request = try request(.texts)
            request.model = .directory(try models.bert("other", labels: names))
            request.options.duration = .steps(1)
            request.start = .overwrite
            _ = try request.run()
            return try ModelConfiguration(directory: request.output).labels
        }
        #expect(try labels(["positive", "negative"]) == ["positive", "negative"])
        #expect(try labels(["LABEL_0", "LABEL_1"]) == ["negative", "positive"])
        #expect(try labels(["a", "b", "c"]) == ["negative", "positive"])
    }

    @Test("A regression's model says so")
    func regression() throws {
        let request = try request(.scores)
        _ = try request.run()
        let configuration = try ModelConfiguration(directory: request.output)
        #expect(configuration.isRegression)
        #expect(configuration.labels == ["score"])
    }

    @Test("A batch of more than all examples, one step, and blocks longer than the text will do")
    func extremes() throws {
        for kind in Kind.allCases {
            var request = try request(kind)
            (request.options.duration, request.options.batchSize, request.start) = (.steps(1), 5000, .overwrite)
            #expect(try request.run().result.steps == 1, "\(kind)")
        }
        var short = try request(.language)
        (short.train, short.start) = ([try models.file("short.txt", "in the")], .overwrite)
        #expect(try short.run().result.steps == 6)
    }

    // MARK: What is refused

    /// The message of a run that is refused, after which the output directory must be as it was.
    private func refusal(_ kind: Kind, change: (inout FineTuning) throws -> Void) throws -> String? {
        var request = try request(kind)
        try change(&request)
        let before = try? FileManager.default.contentsOfDirectory(atPath: request.output)
        let message = dataMessage { _ = try request.run() }
        #expect((try? FileManager.default.contentsOfDirectory(atPath: request.output)) == before)
        return message
    }

    @Test("What does not go together is refused before anything is written")
    func misfits() throws {
        let bert = try models.bert("bert2"), gpt2 = try models.gpt2("gpt2b")
        #expect(try refusal(.texts) { $0.model = .directory(gpt2) }?.contains("gpt2") == true)
        #expect(
            try refusal(.language) { $0.model = .directory(bert) }?.contains(
                "needs a language model, and the model is a Bert") == true)
        #expect(try refusal(.images) { $0.model = .directory(bert) } != nil)
        #expect(
            try refusal(.images) { $0.model = .preset(.gpt2) }?.contains(
                "needs a classifier of images, and the model is a gpt2") == true)
        let images = ModelPreset.smallResNet(depth: 8, hasBatchNorm: true)
        #expect(
            try refusal(.texts) { $0.model = .preset(images) }?.contains(
                "needs a model of texts, and the model is a resnet8") == true)
        #expect(try refusal(.texts) { $0.model = .preset(.bertBase) }?.contains("has no tokenizer") == true)
        #expect(try refusal(.images) { $0.train = ["x"] }?.contains("leave out the files") == true)
        #expect(try refusal(.texts) { $0.train = [] }?.contains("needs files to learn from") == true)
        #expect(try refusal(.texts) { $0.task = .lambada }?.contains("train with task lm") == true)
        #expect(
            try refusal(.texts) { $0.maxLength = 25 }?.hasPrefix("a length of 25 tokens: the model takes 2 to 24")
                == true)
        #expect(try refusal(.language) { $0.maxLength = 1 }?.hasPrefix("a length of 1 tokens") == true)
        #expect(
            try refusal(.texts) { $0.dev = [try models.file("n.tsv", "sentence\na\n")] }?.contains("no label column")
                == true)
        #expect(try refusal(.texts) { $0.dev = [try models.file("e.tsv", "")] }?.contains("e.tsv: no examples") == true)
        #expect(try refusal(.texts) { $0.tokenizer = try models.byteTokenizer("bytes") } != nil)
        #expect(try refusal(.texts) { $0.output = try models.file("plain", "") } != nil)
    }

    @Test("Options out of range are refused before model and data are read", arguments: [Float.nan, 0, -1, .infinity])
    func options(rate: Float) throws {
        let message = try refusal(.texts) { ($0.options.learningRate, $0.model) = (rate, .directory("nowhere")) }
        #expect(message?.hasPrefix("learning_rate: expected a number above 0") == true)
    }

    @Test(
        "A directory that holds a run or a model is refused before model and data are read, unless it may be replaced")
    func occupied() throws {
        _ = try request(.texts).run()
        let message = try refusal(.texts) { $0.model = .directory("nowhere") }
        #expect(message?.contains("holds a training run (training.jsonl)") == true)
        #expect(
            try refusal(.texts) { ($0.model, $0.start) = (.directory("nowhere"), .resume) }?.contains(
                "finished already") == true)
        #expect(try refusal(.texts) { $0.output = try models.bert("bert") }?.contains("bert: holds a model") == true)
        var again = try request(.texts)
        (again.start, again.options.duration) = (.overwrite, .steps(2))
        #expect(try again.run().result.steps == 2)
    }

    @Test("A model may be trained on in its own directory")
    func inPlace() throws {
        var request = try request(.texts)
        (request.output, request.start) = (models.path("bert"), .overwrite)
        let before = try models.bytes("bert/vocab.txt")
        _ = try request.run()
        #expect(try models.bytes("bert/vocab.txt") == before)
        #expect(try ModelConfiguration(directory: request.output).labels == ["negative", "positive"])
    }
}
