import Foundation
import LatheTestFiles
import LatheTraining
import Testing

@Suite("CSV, JSON lines and plain text")
struct TableFileTests {
    static let reviews = TextSchema(text: "review", label: "stars")

    @Test("CSV fields in quotes hold commas, line breaks and quotes")
    func csvQuotes() throws {
        let text = "id,review,stars\r\n1,\"a, \"\"b\"\"\r\nc\",2\r\n2,plain,1\r\n3,\"\",1"
        let file = try DatasetFile.load(memoryFile("a.csv", text), schema: Self.reviews)
        #expect(file.examples.map(\.text) == ["a, \"b\"\r\nc", "plain", ""])
        #expect(file.labelNames == ["1", "2"])
        #expect(file.examples.map(\.label) == [.classIndex(1), .classIndex(0), .classIndex(0)])
    }

    @Test("An empty last column, and a comma right before the end")
    func csvEmptyEnd() throws {
        let schema = TextSchema(text: "b")
        for end in ["", "\n", "\r\n"] {
            let file = try DatasetFile.load(memoryFile("a.csv", "a,b\nx," + end), schema: schema)
            #expect(file.examples == [TextExample(text: "")])
        }
    }

    @Test("Classes found in a file are ordered: numbers by value, names by bytes; other files use the same list")
    func foundNames() throws {
        let numbers = try DatasetFile.load(memoryFile("a.csv", "review,stars\na,10\nb,9\nc,10\n"), schema: Self.reviews)
        #expect(numbers.labelNames == ["9", "10"])
        #expect(numbers.examples.map(\.label) == [.classIndex(1), .classIndex(0), .classIndex(1)])
        var schema = Self.reviews
        let named = try DatasetFile.load(memoryFile("a.csv", "review,stars\na,ok\nb,bad\nc,good\n"), schema: schema)
        #expect(named.labelNames == ["bad", "good", "ok"])
        schema.labelKind = .classes(named.labelNames)
        let dev = try DatasetFile.load(memoryFile("b.csv", "review,stars\na,ok\n"), schema: schema)
        #expect(dev.examples == [classExample("a", nil, 2)])
    }

    @Test("JSON lines: strings with escapes, numbers, null and -1 as no label, further keys")
    func jsonLines() throws {
        let text = """
            {"sentence": "caf\\u00e9 \\"x\\"", "label": 1, "idx": 0}
            {"idx": 1, "label": "negative", "sentence": "b"}\r
            {"label": null, "sentence": "c", "other": {"deep": [1, 2]}}
            {"label": -1, "sentence": "d"}

            """
        let file = try DatasetFile.load(memoryFile("a.jsonl", text), task: .sst2)
        #expect(
            file.examples == [
                classExample("café \"x\"", nil, 1), classExample("b", nil, 0), TextExample(text: "c"),
                TextExample(text: "d"),
            ])
        #expect(!file.hasLabels)
    }

    @Test("A GLUE task written by the datasets library: other column names, numbers as labels")
    func datasetsNames() throws {
        let mnli = try DatasetFile.load(
            memoryFile("a.csv", "premise,sentence1,sentence2,label,idx\nx,\"A, b\",C,2,0\n"), task: .mnli)
        #expect(mnli.examples == [classExample("A, b", "C", 2)])
        let test = try DatasetFile.load(memoryFile("a.csv", "sentence,label,idx\nA,-1,0\n"), task: .cola)
        #expect(test.examples == [TextExample(text: "A")])
        #expect(!test.hasLabels)
        let stsb = try DatasetFile.load(
            memoryFile("a.jsonl", #"{"sentence1": "A", "sentence2": "B", "label": 4.25, "idx": 3}"#), task: .stsb)
        #expect(stsb.examples == [TextExample(text: "A", pair: "B", label: .score(4.25))])
        let mrpc = try DatasetFile.load(
            memoryFile("a.jsonl", #"{"sentence1": "A", "sentence2": "B", "label": 1}"#), task: .mrpc, labels: .required)
        #expect(mrpc.examples == [classExample("A", "B", 1)])
    }

    @Test("Scores without range; a table without label column")
    func scores() throws {
        let schema = TextSchema(text: "t", label: "y", labelKind: .score(nil))
        let file = try DatasetFile.load(memoryFile("a.tsv", "t\ty\na\t-1.5e2\nb\t+3\n"), schema: schema)
        #expect(file.examples.map(\.label) == [.score(-150), .score(3)])
        let plain = try DatasetFile.load(memoryFile("a.tsv", "t\nfirst\nsecond\n"), schema: TextSchema(text: "t"))
        #expect(plain.examples == [TextExample(text: "first"), TextExample(text: "second")])
        #expect(!plain.hasLabels)
    }

    @Test("Plain text by lines and as one document")
    func plainText() throws {
        let text = "\u{FEFF}One \"line\".\r\n\n  \t\r\nTwo, é.\n"
        let lines = try DatasetFile.loadText(memoryFile("a.txt", text))
        #expect(lines.examples.map(\.text) == ["One \"line\".", "Two, é."])
        #expect(lines.skippedRowCount == 2)
        let document = try DatasetFile.loadText(memoryFile("a.txt", text), each: .document)
        #expect(document.examples.map(\.text) == ["One \"line\".\r\n\n  \t\r\nTwo, é.\n"])
    }

    @Test("Formats by name")
    func formats() {
        #expect(DataFormat(path: "a/b.tsv") == .tsv)
        #expect(DataFormat(path: "b.TXT") == .tsv)
        #expect(DataFormat(path: "b.x.csv") == .csv)
        #expect(DataFormat(path: "b.jsonl") == .jsonl)
        #expect(DataFormat(path: "a.csv/b") == nil)
        #expect(DataFormat(path: "") == nil)
    }

    @Test("From disk")
    func disk() throws {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("lathe-\(UUID().uuidString).tsv").path
        try Data("sentence\tlabel\nfine\t1\n".utf8).write(to: URL(fileURLWithPath: path))
        defer { try? FileManager.default.removeItem(atPath: path) }
        let file = try DatasetFile.load(path, task: .sst2, labels: .required)
        #expect(file.path == path)
        #expect(file.examples == [classExample("fine", nil, 1)])
        let missing = path + ".none.tsv"
        let message = dataMessage { _ = try DatasetFile.load(missing, task: .sst2) }
        let expected =
            "\(missing): cannot open: No such file or directory (errno 2); check that the path and its directory exist"
        #expect(message == expected)
    }
}
