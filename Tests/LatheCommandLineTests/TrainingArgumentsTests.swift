import LatheModels
import LatheTestModels
import LatheWorkflows
import Testing

@testable import LatheCommandLine

@Suite("Task and files in commands")
struct TrainingArgumentsTests {
    private let models: TinyModels

    init() throws { models = try TinyModels() }

    private func record(_ task: String, _ options: [RunRecord.Option]) throws {
        try models.makeDirectory("m")
        var record = RunRecord(kind: .train, date: .now, seconds: 1, environment: .current, model: "bert")
        (record.task, record.options) = (task, options)
        try record.write(into: models.path("m"))
    }

    private func text(_ head: ModelHead) -> String { TrainingArguments.text(learnedBy: models.path("m"), head: head) }

    @Test("They are those of the model's record")
    func recorded() throws {
        try record(
            "sst2",
            [.init("train", "a.tsv b.tsv"), .init("dev", "c.tsv"), .init("max_length", "64"), .init("seed", "1")])
        #expect(text(.sequenceClassification) == "--task sst2 --train a.tsv b.tsv --dev c.tsv --max-length 64")
    }

    @Test("A record without files leaves placeholders for them")
    func withoutFiles() throws {
        try record("lm", [])
        #expect(text(.languageModel) == "--task lm --train train.txt --dev dev.txt")
    }

    @Test("The built-in digits have no files")
    func digits() throws {
        try record("digits", [.init("seed", "1")])
        #expect(text(.imageClassification) == "--task digits")
    }

    @Test("A model without a record gets placeholders that fit its head")
    func placeholders() {
        #expect(text(.sequenceClassification) == "--task TASK --train train.tsv --dev dev.tsv")
        #expect(text(.languageModel) == "--task lm --train train.txt --dev dev.txt")
        #expect(text(.imageClassification) == "--task TASK --train FILES --dev FILES")
    }
}
