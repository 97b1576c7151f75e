import LatheModels
import LatheTensor
import LatheTestFiles
import LatheTestModels
import LatheTokenizers
import LatheTraining
import LatheWorkflows
import Testing

@Suite("Measuring classifiers of texts")
struct TextEvaluationTests {
    private let models: TinyModels

    init() throws { models = try TinyModels() }

    private func examples(_ count: Int) -> [TextExample] {
        var random = SplitMix64(seed: 3)
        return (0..<count).map { index in
            let words = (0...random.integer(below: 12)).map { _ in TinyModels.words[5 + random.integer(below: 20)] }
            return TextExample(text: words.joined(separator: " "), label: .classIndex(Int32(index % 2)))
        }
    }

    private func open(_ directory: String) throws -> (BertForSequenceClassification, Tokenizer) {
        (
            try #require(try PretrainedModel(directory: directory).network as? BertForSequenceClassification),
            try Tokenizer(directory: directory)
        )
    }

    @Test("A text's outputs do not depend on its neighbours, and stand in the file's order")
    func batching() throws {
        let (network, tokenizer) = try open(models.bert("b"))
        // More than two batches of very different lengths.
        let examples = examples(75)
        let together = TextEvaluation.outputs(
            of: network, for: try TokenizedTexts(examples, tokenizer: tokenizer, maxLength: 24))
        for (index, example) in examples.enumerated() {
            let alone = TextEvaluation.outputs(
                of: network, for: try TokenizedTexts([example], tokenizer: tokenizer, maxLength: 24))
            for column in 0..<2 { #expect(abs(together[index * 2 + column] - alone[column]) < 1e-5, "text \(index)") }
        }
        let backwards = TextEvaluation.outputs(
            of: network, for: try TokenizedTexts(examples.reversed(), tokenizer: tokenizer, maxLength: 24))
        for index in examples.indices {
            #expect(abs(together[index * 2] - backwards[(74 - index) * 2]) < 1e-5, "text \(index)")
        }
    }

    @Test("The share of right answers is the accuracy")
    func accuracy() throws {
        let directory = try models.bert("b", labels: GlueTask.sst2.labelNames),
            file = try models.reviews("dev.tsv", count: 41, seed: 1)
        let summary = try ModelEvaluation(model: directory, task: .glue(.sst2), files: [file]).run()
        let labels = try DatasetFile.load(file, task: .sst2).examples.map(\.label)
        let right = zip(summary.outputs, labels).count { outputs, label in
            label == .classIndex(outputs[1] > outputs[0] ? 1 : 0)
        }
        #expect(summary.evaluation["accuracy"] == Double(right) / 41)
        #expect(summary.exampleCount == 41)
        #expect(summary.outputs.count == 41)
        #expect(summary.labels == ["negative", "positive"])
    }

    @Test("STS-B's correlations are those of the outputs")
    func regression() throws {
        let directory = try models.bert("b", labels: ["score"], problem: .regression)
        let file = try models.file(
            "dev.tsv",
            "sentence1\tsentence2\tscore\nit is good\tit is bad\t1.5\nthe film\tthat movie\t4\na\tthe\t2\nso dull\tso boring\t5\n"
        )
        let summary = try ModelEvaluation(model: directory, task: .glue(.stsb), files: [file]).run()
        let expected = GlueMetrics.evaluate(.stsb, scores: summary.outputs.map { $0[0] }, labels: [1.5, 4, 2, 5])
        #expect(summary.outputs.map(\.count) == [1, 1, 1, 1])
        for (name, value) in expected { #expect(summary.evaluation[name] == value, "\(name)") }
        #expect(Set(summary.outputs.map { $0[0] }).count == 4)
    }

    @Test("MNLI's two sets are measured apart")
    func mnli() throws {
        let directory = try models.bert("b", labels: GlueTask.mnli.labelNames)
        let header = "index\tsentence1\tsentence2\tgold_label\n"
        let matched = try models.file(
            "glue/MNLI/dev_matched.tsv",
            header + "0\tit is good\tit is bad\tcontradiction\n1\tthe film\tthe film\tentailment\n2\ta\tb\t-\n")
        let mismatched = try models.file(
            "glue/MNLI/dev_mismatched.tsv",
            header + "0\tso\treally\tneutral\n1\tfun\tnice\tentailment\n2\tbad\tawful\tentailment\n")
        func measure(_ files: String...) throws -> ModelEvaluation.Summary {
            try ModelEvaluation(model: directory, task: .glue(.mnli), files: files).run()
        }
        let both = try measure(matched, mismatched), first = try measure(matched), second = try measure(mismatched)
        let names = both.evaluation.metrics.map(\.name)
        #expect(names.count == 2)
        #expect(
            both.evaluation.metrics.map(\.value) == [first.evaluation.primaryValue, second.evaluation.primaryValue])
        #expect(both.exampleCount == 5)
        #expect(try measure(models.path("glue")).evaluation == both.evaluation)
        #expect(try measure(models.path("glue/MNLI")).outputs == both.outputs)
        #expect(throws: TaskError.self) { try measure(matched, mismatched, matched) }
    }

    @Test("A model with the task's labels in another order scores the same")
    func labelOrder() throws {
        let directory = try models.bert("b", labels: GlueTask.mnli.labelNames)
        let other = try models.reorder("b", as: "other", head: "classifier", order: [2, 0, 1])
        var rows = "sentence1\tsentence2\tlabel\n"
        for (index, example) in examples(30).enumerated() { rows += "\(example.text)\tit is fun\t\(index % 3)\n" }
        let file = try models.file("dev.tsv", rows)
        let plain = try ModelEvaluation(model: directory, task: .glue(.mnli), files: [file]).run()
        let reordered = try ModelEvaluation(model: other, task: .glue(.mnli), files: [file]).run()
        #expect(reordered.labels == ["contradiction", "entailment", "neutral"])
        let restored = reordered.outputs.map { row in [row[1], row[2], row[0]] }
        #expect(restored == plain.outputs)
        #expect(reordered.evaluation.metrics == plain.evaluation.metrics)
    }

    // MARK: What does not fit

    /// The message for evaluating on a file of SST-2.
    private func message(_ directory: String, _ task: GlueTask = .sst2, text: String = "it is good", length: Int? = nil)
        throws -> String?
    {
        let file = try models.file("x.tsv", "sentence\tlabel\n\(text)\t1\n")
        var request = ModelEvaluation(model: directory, task: .glue(task), files: [file])
        request.maxLength = length
        return dataMessage { _ = try request.run() }
    }

    @Test("Other labels are named with the model's")
    func otherLabels() throws {
        let two = try models.bert("two", labels: ["good", "bad"]),
            three = try models.bert("three", labels: ["a", "b", "c"])
        #expect(
            try message(two)?.hasPrefix("the data has the labels 'negative', 'positive', and the model 'good', 'bad'")
                == true)
        #expect(try message(three)?.hasPrefix("task sst2 has 2 labels, and the model's classifier 3") == true)
        #expect(try message(models.bert("case", labels: ["Positive", "NEGATIVE"])) == nil)
        #expect(try message(models.bert("placeholders")) == nil)
    }

    @Test("A tokenizer with more tokens than the model is named")
    func otherVocabulary() throws {
        let directory = try models.bert("b", vocabulary: TinyModels.words + ["zebra"])
        #expect(try message(directory) == nil)
        #expect(
            try message(directory, text: "a zebra")?.hasPrefix(
                "the tokenizer gives token 28, and the model's vocabulary has 28") == true)
    }

    @Test("A pair for a model without a second token type is named")
    func tokenTypes() throws {
        let directory = try models.bert("b", labels: ["score"], problem: .regression) { $0.tokenTypeCount = 1 }
        let file = try models.file("x.tsv", "sentence1\tsentence2\tscore\na\tb\t1\n")
        #expect(throws: TaskError.tokenTypeOutOfRange(type: 1, count: 1)) {
            try ModelEvaluation(model: directory, task: .glue(.stsb), files: [file]).run()
        }
    }

    @Test("A length that the model cannot take is an error, and a text that is too long is cut")
    func lengths() throws {
        let directory = try models.bert("b")
        #expect(try message(directory, length: 25)?.hasPrefix("a length of 25 tokens: the model takes 2 to 24") == true)
        #expect(try message(directory, text: String(repeating: "good ", count: 100)) == nil)
        #expect(try message(directory, length: 2) == nil)
    }

    @Test("Missing files are named: data, model, tokenizer")
    func missingFiles() throws {
        let directory = try models.bert("b")
        func message(_ directory: String, _ files: [String]) -> String? {
            dataMessage { _ = try ModelEvaluation(model: directory, task: .glue(.sst2), files: files).run() }
        }
        let missing = models.path("missing.tsv")
        #expect(message(directory, [missing])?.hasPrefix(missing + ": cannot open") == true)
        #expect(message(directory, [models.path])?.hasPrefix(models.path + "/dev.tsv: cannot open") == true)
        #expect(message(directory, [])?.contains("needs files to measure with") == true)
        #expect(message(models.path("none"), [missing])?.contains("none/config.json") == true)
        let bare = try models.images("bare", .smallResNet(depth: 8, hasBatchNorm: true), labels: ["a", "b"])
        #expect(message(bare, [missing])?.contains("needs a classifier of texts, and the model is a ResNet") == true)
        let noTokenizer = try models.reorder("b", as: "no-tokenizer", head: "classifier", order: [0, 1])
        try models.file("no-tokenizer/vocab.txt", "")
        #expect(message(noTokenizer, [missing]) != nil)
    }

    @Test("A text of which the tokenizer leaves nothing is named")
    func noTokens() throws {
        let tokenizer = try Tokenizer(directory: models.byteTokenizer("t"))
        #expect(throws: TaskError.noTokens(text: 2, content: "")) {
            try TokenizedTexts([TextExample(text: "a"), TextExample(text: "")], tokenizer: tokenizer, maxLength: 24)
        }
    }

    @Test("Empty texts are nothing but special tokens, and lines may end as on Windows")
    func edges() throws {
        let directory = try models.bert("b")
        let file = try models.file("x.tsv", "sentence\tlabel\r\n\t1\r\nit is good\t0\r\n")
        #expect(try ModelEvaluation(model: directory, task: .glue(.sst2), files: [file]).run().exampleCount == 2)
    }
}
