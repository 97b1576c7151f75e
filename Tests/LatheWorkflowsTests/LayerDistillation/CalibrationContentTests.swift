import LatheModels
import LatheTestModels
import LatheTraining
import Testing

@testable import LatheWorkflows

@Suite("Files of calibration data")
struct CalibrationContentTests {
    private let models: TinyModels

    init() throws { models = try TinyModels.sentiment() }

    @Test(
        "A table is told from text by its name, and by a tab in its first line",
        arguments: [
            ("t.tsv", "sentence\tlabel\n", CalibrationContent.table), ("t.tsv", "one column\n", .table),
            ("t.csv", "a,b\n", .table),
            ("t.txt", "a line\nand\tanother\n", .plainText), ("t.txt", "a\tb\n", .table),
            ("noname", "a line\n", .plainText),
            ("t.jsonl", #"{"text": "a"}"# + "\n", .textObjects), ("t.jsonl", #"{"sentence": "a"}"# + "\n", .table),
            ("t.jsonl", "broken\n", .textObjects),
        ])
    func kinds(name: String, text: String, content: CalibrationContent) throws {
        #expect(CalibrationContent(of: try models.file(name, text)) == content)
    }

    @Test("A file that is not there counts as text, and its reader says what is wrong")
    func missing() {
        #expect(CalibrationContent(of: models.path("none.txt")) == .plainText)
    }

    @Test("A table without a task is refused, and read with one")
    func table() throws {
        let network = try #require(PretrainedModel(directory: models.path("bert")).network as? any LayeredTransformer),
            path = models.path("train.tsv")
        #expect(throws: TaskError.unnamedColumns(file: path)) {
            try CalibrationTokens(path: path, for: network, in: models.path("bert"))
        }
        #expect(
            try CalibrationTokens(path: path, task: .glue(.sst2), for: network, in: models.path("bert")).ids.count == 40
        )
    }
}
