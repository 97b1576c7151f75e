import LatheFiles
import LatheModels
import LatheTraining

private let tableTokens =
    [
        "\t", "\n", "\r", "\r\n", "\"", "\"\"", ",", "{", "}", "[[[[[[[[", ":", "\\u", "\\ud800", "nan", "inf", "null",
        "entailment", "label", "sentence", "\u{FEFF}", "\0",
    ].map { Array($0.utf8) }
    + [[0xC3], [0xED, 0xA0, 0x80], [0xF4, 0x90], [0xFF]]

/// Files of every task of GLUE; the name of a file is the task's, and its format.
private let tables: [(GlueTask, String)] = [
    (.cola, "gj04\t1\t\tOur friends.\ngj04\t0\t*\tThey drank é the pub.\n"),
    (.cola, "index\tsentence\n0\tBill whistled.\n"),
    (.sst2, "sentence\tlabel\nhide \"new\t0\n\u{1F600} fine\t1\n"),
    (.mrpc, "\u{FEFF}Quality\t#1 ID\t#2 ID\t#1 String\t#2 String\r\n1\t7\t8\tA \"\tB\r\n0\t7\t8\tC\tD\r\n"),
    (.stsb, "index\tsentence1\tsentence2\tscore\n0\tA\tB\t3.800\n1\tC\tD\t0\n"),
    (.qqp, "question1\tquestion2\tis_duplicate\nA\tB\t0\nbroken\n\nC\tD\t1\n"),
    (.mnli, "index\tsentence1\tsentence2\tgold_label\n0\tA\tB\tneutral\n1\tC\tD\t-\n"),
    (.qnli, "index\tquestion\tsentence\tlabel\n0\tA?\tB\tentailment\n"),
    (.rte, "index\tsentence1\tsentence2\tlabel\n0\tA\tB\tnot_entailment\n"),
    (.wnli, "index\tsentence1\tsentence2\tlabel\n0\tA\tB\t1\n"),
]

/// Files of three tokens, of 2 and of 4 bytes.
private let tokenFiles: [[UInt8]] = [2, 4].map { width in
    func bytes(_ number: UInt64, _ count: Int) -> [UInt8] {
        (0..<count).map { UInt8(truncatingIfNeeded: number >> (8 * UInt64($0))) }
    }
    let header =
        [0x89, 0x4C, 0x54, 0x4F, 0x4B, 0x0D, 0x0A, 0x1A] + bytes(1, 4) + bytes(UInt64(width), 4) + bytes(300, 8)
        + bytes(3, 8)
    return header + Array(String(repeating: "0f", count: 32).utf8) + [1, 2, 299].flatMap { bytes($0, width) }
}

/// Tables of users' own; the first letter of a name is that of the kind of label.
private let ownTables = [
    FuzzFile("s.csv", "id,Text,Label\n1,\"a, \"\"b\"\"\",x\n2,é,y\n"), FuzzFile("s.csv", "text;label\na;x\nb;y\n"),
    FuzzFile("m.tsv", "review\ttags\na\tx|y\nb\t\n"),
    FuzzFile("m.jsonl", #"{"text":"a","tags":["x","y"]}"# + "\n" + #"{"text":"b","tags":[]}"# + "\n"),
    FuzzFile("r.csv", "premise,hypothesis,score\na,b,1.5\nc,d,-2e3\n"),
    FuzzFile("r.jsonl", #"{"text":"a","score":4.25}"# + "\n"),
].map { [$0] }

/// Readers of examples to train on.
func dataReaders() throws -> [FuzzReader] {
    let scratch = try Scratch()
    let commas = [
        (GlueTask.mnli, "idx,sentence1,sentence2,label\r\n0,\"a, \"\"b\"\"\r\n\",c,2\r\n1,\"é\",\"\",0\r\n"),
        (.sst2, "sentence,label\n\"one\"\"two\",1\n,0\n"),
    ]
    let objects = [
        (GlueTask.qnli, #"{"question":"a\u00e9\n","sentence":"b","label":0,"idx":[1,{"x":null}]}"# + "\n"),
        (.stsb, #"{"sentence1":"\ud83e\udd89","sentence2":"é","label":4.25}"# + "\r\n"),
    ]
    func seeds(_ files: [(GlueTask, String)], _ format: String) -> [[FuzzFile]] {
        files.map { [FuzzFile("\($0.0.rawValue).\(format)", $0.1)] }
    }
    let record = [UInt8](repeating: 7, count: Cifar10Dataset.recordByteCount)
    return [
        FuzzReader("tsv", seeds: seeds(tables, "tsv"), tokens: tableTokens, read: readTable),
        FuzzReader(
            "augmentation-table", seeds: seeds(tables.filter { !$0.1.hasPrefix("index\tsentence\n") }, "tsv"),
            tokens: tableTokens
        ) { input in
            let name = input[0].name,
                task = name.split(separator: ".").first.flatMap { GlueTask(rawValue: String($0)) } ?? .sst2
            let table = try AugmentationTable(try scratch.fill("table", input) + "/" + name, task: task, columns: nil),
                width = table.columns.max() ?? 0
            let areWhole = table.usable.allSatisfy { table.rows.indices.contains($0) && table.rows[$0].count > width }
            try BrokenPromise.check(
                areWhole && !table.columns.isEmpty, "\(table.columns) of \(table.usable.count) rows")
        },
        FuzzReader("csv", seeds: seeds(commas, "csv"), tokens: tableTokens, read: readTable),
        FuzzReader("jsonl", seeds: seeds(objects, "jsonl"), tokens: tableTokens + jsonTokens, read: readTable),
        FuzzReader("own-table", seeds: ownTables, tokens: tableTokens + jsonTokens, read: readOwnTable),
        FuzzReader(
            "lines", seeds: [[FuzzFile("f", "One line.\n\n\"a\\u00e9\"\r\n[\"a\", \"b\"]\na\tb")]],
            tokens: tableTokens + jsonTokens
        ) { input in
            let file = MappedFile(bytes: input[0].bytes, name: "f")
            for (form, arePairs) in [(TextLines.Form.plain, false), (.plain, true), (.json, false), (.json, true)] {
                guard let examples = try? TextLines.examples(file, form: form, arePairs: arePairs) else { continue }
                try BrokenPromise.check(
                    !examples.isEmpty && examples.allSatisfy { ($0.pair != nil) == arePairs }, "\(examples.prefix(3))")
            }
        },
        FuzzReader("text", seeds: [[FuzzFile("f", "One line.\n\n\tAnother é line\r\nand a last")]], tokens: tableTokens)
        { input in
            let file = MappedFile(bytes: input[0].bytes, name: "f")
            for unit in [DatasetFile.TextUnit.line, .document] {
                try check(try DatasetFile.loadText(file, each: unit), byteCount: file.byteCount)
            }
        },
        FuzzReader(
            "tokens", seeds: tokenFiles.map { [FuzzFile("f", $0)] },
            tokens: [[0xFF, 0xFF], [0, 0, 0, 0x80], [2, 0, 0, 0], [4, 0, 0, 0]]
        ) { input in
            let file = try TokenFile(MappedFile(bytes: input[0].bytes, name: "f")), tokens = file[0..<file.count]
            try BrokenPromise.check(tokens.allSatisfy { $0 >= 0 && $0 < file.vocabularySize }, "a token out of range")
        },
        FuzzReader("cifar10", seeds: [[FuzzFile("f", record + record)]], tokens: [record, Array(record.dropLast())]) {
            input in
            let images = try Cifar10Dataset.load([MappedFile(bytes: input[0].bytes, name: "f")])
            try BrokenPromise.check(images.labels.allSatisfy { (0..<10).contains($0) }, "a label out of range")
            _ = images.batch(Array(0..<images.count))
        },
    ]
}

/// Reads a table of the task that its name tells.
@Sendable private func readTable(_ input: [FuzzFile]) throws {
    let task = input[0].name.split(separator: ".").first.flatMap { GlueTask(rawValue: String($0)) } ?? .sst2
    let file = MappedFile(bytes: input[0].bytes, name: input[0].name)
    let examples = try DatasetFile.load(file, task: task)
    try check(examples, byteCount: file.byteCount)
    _ = try? DatasetFile.load(file, task: task, labels: .required)
}

/// Reads a user's own table, whose name begins with the kind of label.
@Sendable private func readOwnTable(_ input: [FuzzFile]) throws {
    let problem: ProblemType =
        input[0].name.hasPrefix("m") ? .multiLabel : input[0].name.hasPrefix("r") ? .regression : .singleLabel
    let file = MappedFile(bytes: input[0].bytes, name: input[0].name)
    for hasHeader in [true, false] {
        var columns = TextColumns()
        columns.hasHeader = hasHeader
        if let content = try? DatasetFile.load(file, columns: columns, problem: problem, labels: .ifPresent) {
            try check(content.file, byteCount: file.byteCount)
        }
    }
    try check(
        try DatasetFile.load(file, columns: TextColumns(), problem: problem, labels: .required).file,
        byteCount: file.byteCount)
}

/// Whether what was read is whole.
private func check(_ file: DatasetFile, byteCount: Int) throws {
    let isWhole = file.examples.allSatisfy { example in
        switch example.label {
        case .classIndex(let index): file.labelNames.indices.contains(Int(index))
        case .labelIndices(let indices):
            indices.allSatisfy { file.labelNames.indices.contains(Int($0)) } && indices == Set(indices).sorted()
        case .score(let score): score.isFinite
        case .none: true
        }
    }
    let textBytes = file.examples.reduce(0) { $0 + $1.text.utf8.count + ($1.pair?.utf8.count ?? 0) }
    try BrokenPromise.check(isWhole && !file.examples.isEmpty && textBytes <= byteCount, "\(file.examples.prefix(3))")
}
