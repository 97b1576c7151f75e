import LatheTestModels
import Testing

@testable import LatheWorkflows

@Suite("The identity of the data behind scores")
struct ScoredDataTests {
    private let models: TinyModels

    init() throws { models = try TinyModels() }

    @Test("Equal files are equal data, wherever they are; other content is not")
    func files() throws {
        let first = try #require(try ScoredData(.glue(.sst2), files: [models.file("a/dev.tsv", "abc")]))
        let moved = try #require(try ScoredData(.glue(.sst2), files: [models.file("b/test.tsv", "abc")]))
        let other = try #require(try ScoredData(.glue(.sst2), files: [models.file("c/dev.tsv", "abd")]))
        #expect(first.key == moved.key && first.key != other.key)
        #expect(
            first.title == "dev.tsv"
                && first.files[0].digest == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
    }

    @Test("A directory stands for the files of the task that models are measured with")
    func directory() throws {
        for name in ["dev_matched.tsv", "dev_mismatched.tsv"] { try models.file("glue/MNLI/" + name, name) }
        let data = try #require(ScoredData(.glue(.mnli), files: [models.path("glue")]))
        #expect(
            data.files.map(\.path)
                == ["MNLI/dev_matched.tsv", "MNLI/dev_mismatched.tsv"].map { models.path("glue/" + $0) })
        #expect(data.title == "dev_matched.tsv and dev_mismatched.tsv")
    }

    @Test("The digits are data without files; nothing to measure with, or a file that is not there, is none")
    func none() {
        #expect(ScoredData(.digits, files: []) == .digits && ScoredData.digits.title.contains("built-in digits"))
        #expect(ScoredData(.cifar10, files: []) == nil)
        #expect(ScoredData(.languageModeling, files: [models.path("none.txt")]) == nil)
    }

    @Test("A note tells parts of one file apart")
    func note() {
        let file = ScoredData.File(path: "train.tsv", digest: "1")
        let all = ScoredData(files: [file]), part = ScoredData(files: [file], note: "the last 10%")
        #expect(all.key != part.key && part.title == "train.tsv (the last 10%)")
        #expect(
            ScoredData.windows(length: 8, stride: 8) == "windows of 8 tokens"
                && ScoredData.windows(length: 8, stride: 4).hasSuffix(", 4 apart"))
    }
}
