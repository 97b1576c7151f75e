import LatheTestFiles
import LatheTraining
import Testing

@Suite("GLUE's files as GLUE ships them")
struct GlueFileTests {
    @Test("CoLA: train and dev have no header and four columns")
    func cola() throws {
        let text = "gj04\t1\t\tOur friends won't buy this analysis.\ngj04\t0\t*\tThey drank the pub.\n"
        let file = try DatasetFile.load(memoryFile("train.tsv", text), task: .cola, labels: .required)
        #expect(
            file.examples == [
                classExample("Our friends won't buy this analysis.", nil, 1),
                classExample("They drank the pub.", nil, 0),
            ])
        #expect(file.labelNames == ["unacceptable", "acceptable"])
        #expect(file.hasLabels)
        #expect(file.skippedRowCount == 0)
    }

    @Test("CoLA: the test set has a header and no labels; a header with labels is taken too")
    func colaWithHeader() throws {
        let test = try DatasetFile.load(memoryFile("test.tsv", "index\tsentence\n0\tBill whistled.\n"), task: .cola)
        #expect(test.examples == [TextExample(text: "Bill whistled.")])
        #expect(!test.hasLabels)
        let made = try DatasetFile.load(memoryFile("a.tsv", "label\tsentence\n0\tBill.\n"), task: .cola)
        #expect(made.examples == [classExample("Bill.", nil, 0)])
    }

    @Test("SST-2: quote characters are characters, and space at the end stays")
    func sst2() throws {
        let text = "sentence\tlabel\nhide new \"secretions\" \t0\n\"unclosed\t1\n'tis\"\t1"
        let file = try DatasetFile.load(memoryFile("dev.tsv", text), task: .sst2)
        #expect(
            file.examples == [
                classExample("hide new \"secretions\" ", nil, 0), classExample("\"unclosed", nil, 1),
                classExample("'tis\"", nil, 1),
            ])
        let test = try DatasetFile.load(memoryFile("test.tsv", "index\tsentence\n0\tuneasy mishmash\n"), task: .sst2)
        #expect(test.examples == [TextExample(text: "uneasy mishmash")])
        #expect(test.labelNames == ["negative", "positive"])
    }

    @Test("MRPC: byte order mark, carriage returns and lone quotes")
    func mrpc() throws {
        let text =
            "\u{FEFF}Quality\t#1 ID\t#2 ID\t#1 String\t#2 String\r\n"
            + "1\t702876\t702977\tAmrozi called him \" the witness \"\tReferring to him as \" the witness\r\n"
            + "0\t1\t2\tA\tB\r\n\r\n"
        let file = try DatasetFile.load(memoryFile("train.tsv", text), task: .mrpc, labels: .required)
        #expect(
            file.examples == [
                classExample("Amrozi called him \" the witness \"", "Referring to him as \" the witness", 1),
                classExample("A", "B", 0),
            ])
        let test = "\u{FEFF}index\t#1 ID\t#2 ID\t#1 String\t#2 String\r\n0\t1\t2\tA\tB"
        #expect(
            try DatasetFile.load(memoryFile("test.tsv", test), task: .mrpc).examples == [
                TextExample(text: "A", pair: "B")
            ])
    }

    @Test("STS-B: scores")
    func stsb() throws {
        let header = "index\tgenre\tfilename\tyear\told_index\tsource1\tsource2\tsentence1\tsentence2"
        let row = "0\tmain-captions\tMSRvid\t2012test\t0001\tnone\tnone\tA man.\tA \"man\"."
        let file = try DatasetFile.load(memoryFile("dev.tsv", "\(header)\tscore\n\(row)\t3.800\n"), task: .stsb)
        #expect(file.examples == [TextExample(text: "A man.", pair: "A \"man\".", label: .score(3.8))])
        #expect(file.labelNames.isEmpty)
        let test = try DatasetFile.load(memoryFile("test.tsv", "\(header)\n\(row)\n"), task: .stsb)
        #expect(test.examples == [TextExample(text: "A man.", pair: "A \"man\".")])
    }

    @Test(
        "The columns and the numbers of the datasets library are known for every task, in JSON lines and in CSV",
        arguments: [
            (GlueTask.cola, ["sentence"], "1", 1), (.sst2, ["sentence"], "1", 1),
            (.mrpc, ["sentence1", "sentence2"], "1", 1), (.stsb, ["sentence1", "sentence2"], "3.8", nil),
            (.qqp, ["question1", "question2"], "1", 1), (.mnli, ["premise", "hypothesis"], "2", 2),
            (.qnli, ["question", "sentence"], "1", 1),
            (.rte, ["sentence1", "sentence2"], "1", 1), (.wnli, ["sentence1", "sentence2"], "1", 1),
        ] as [(GlueTask, [String], String, Int32?)])
    func datasetsLibrary(task: GlueTask, columns: [String], label: String, index: Int32?) throws {
        let texts = ["a great film", "the plot was dull"]
        let members = zip(columns, texts).map { "\"\($0)\":\"\($1)\"" }.joined(separator: ",")
        let files = [
            ("d.jsonl", "{\(members),\"label\":\(label),\"idx\":0}\n"),
            (
                "d.csv",
                (columns + ["label", "idx"]).joined(separator: ",") + "\n"
                    + (texts.prefix(columns.count) + [label, "0"]).joined(separator: ",") + "\n"
            ),
        ]
        for (name, text) in files {
            let example = try #require(
                DatasetFile.load(memoryFile(name, text), task: task, labels: .required).examples.first)
            #expect(example.text == texts[0] && example.pair == (columns.count > 1 ? texts[1] : nil))
            #expect(example.label == index.map { .classIndex($0) } ?? .score(3.8), "\(name)")
        }
    }

    @Test("QQP: rows broken by a line break are left out and counted")
    func qqp() throws {
        let text =
            "id\tqid1\tqid2\tquestion1\tquestion2\tis_duplicate\n"
            + "1\t2\t3\tWhy?\tHow?\t0\n2\t3\t4\tIs it\n\nreally?\tYes?\t1\n3\t4\t5\t\tWhat?\t1\n"
        let file = try DatasetFile.load(memoryFile("train.tsv", text), task: .qqp, labels: .required)
        #expect(file.examples == [classExample("Why?", "How?", 0), classExample("", "What?", 1)])
        #expect(file.skippedRowCount == 2)
        let test = try DatasetFile.load(memoryFile("test.tsv", "id\tquestion1\tquestion2\n0\tA?\tB?\n"), task: .qqp)
        #expect(test.examples == [TextExample(text: "A?", pair: "B?")])
    }

    static let mnliHead =
        "index\tpromptID\tpairID\tgenre\tsentence1_binary_parse\tsentence2_binary_parse\tsentence1_parse\tsentence2_parse"
        + "\tsentence1\tsentence2"

    @Test("MNLI: train and both dev files have different columns; rows without agreement are left out")
    func mnli() throws {
        let parses = "0\t1\t1n\tfiction\t( a )\t( b )\t(ROOT)\t(ROOT)"
        let train = "\(Self.mnliHead)\tlabel1\tgold_label\n\(parses)\tA.\tB.\tneutral\tentailment\n"
        #expect(
            try DatasetFile.load(memoryFile("train.tsv", train), task: .mnli).examples == [classExample("A.", "B.", 0)])
        let dev =
            "\(Self.mnliHead)\tlabel1\tlabel2\tlabel3\tlabel4\tlabel5\tgold_label\n"
            + "\(parses)\tA.\tB.\tx\tx\tx\tx\tx\tneutral\n\(parses)\tC.\tD.\tx\tx\tx\tx\tx\t-\n"
            + "\(parses)\tE.\tF.\tx\tx\tx\tx\tx\tcontradiction\n"
        let file = try DatasetFile.load(memoryFile("dev_matched.tsv", dev), task: .mnli)
        #expect(file.examples == [classExample("A.", "B.", 1), classExample("E.", "F.", 2)])
        #expect(file.skippedRowCount == 1)
        let test = try DatasetFile.load(memoryFile("t.tsv", "\(Self.mnliHead)\n\(parses)\tA.\tB.\n"), task: .mnli)
        #expect(test.examples == [TextExample(text: "A.", pair: "B.")])
        #expect(GlueTask.mnli.fileNames(.dev) == ["dev_matched.tsv", "dev_mismatched.tsv"])
        #expect(GlueTask.mnli.fileNames(.train) == ["train.tsv"])
    }

    @Test("QNLI and RTE: named labels; WNLI: numbers")
    func named() throws {
        let qnli = "index\tquestion\tsentence\tlabel\n0\tWho?\tHe.\tentailment\n1\tWhen?\tShe.\tnot_entailment\n"
        #expect(
            try DatasetFile.load(memoryFile("dev.tsv", qnli), task: .qnli).examples
                == [classExample("Who?", "He.", 0), classExample("When?", "She.", 1)])
        let rte = "index\tsentence1\tsentence2\tlabel\n0\tA\tB\tnot_entailment\n"
        #expect(try DatasetFile.load(memoryFile("dev.tsv", rte), task: .rte).examples == [classExample("A", "B", 1)])
        let wnli = "index\tsentence1\tsentence2\tlabel\n0\tA\tB\t1\n"
        #expect(try DatasetFile.load(memoryFile("dev.tsv", wnli), task: .wnli).examples == [classExample("A", "B", 1)])
    }

    @Test("A checkpoint's order of labels", arguments: [["contradiction", "ENTAILMENT", "Neutral"]])
    func order(names: [String]) throws {
        let text = "sentence1\tsentence2\tgold_label\nA\tB\tentailment\nC\tD\tcontradiction\nE\tF\t1\n"
        let file = try DatasetFile.load(memoryFile("a.tsv", text), task: .mnli, labelNames: names)
        #expect(file.labelNames == ["contradiction", "entailment", "neutral"])
        #expect(file.examples.map(\.label) == [.classIndex(1), .classIndex(0), .classIndex(2)])
    }

    @Test("Line ends, the last line break and blank lines at the end make no difference", arguments: GlueTask.allCases)
    func lineEnds(task: GlueTask) throws {
        let schema = task.schema
        let columns = [schema.text[0]] + schema.pair.prefix(1) + [schema.label[0]]
        let label = task.isRegression ? "2.5" : task.labelNames[1]
        let row = schema.pair.isEmpty ? ["A \"b", label] : ["A \"b", "c\" é", label]
        let lines = [columns, row, row].map { $0.joined(separator: "\t") }
        let plain = try DatasetFile.load(
            memoryFile("a.tsv", lines.joined(separator: "\n")), task: task, labels: .required)
        #expect(plain.examples.count == 2)
        #expect(plain.examples[0].pair == (task.hasPairs ? "c\" é" : nil))
        for end in ["\n", "\r\n", "\n\n", "\r\n\r\n", "\n\n\n"] {
            for lineBreak in ["\n", "\r\n"] {
                for mark in ["", "\u{FEFF}"] {
                    let text = mark + lines.joined(separator: lineBreak) + end
                    #expect(try DatasetFile.load(memoryFile("a.tsv", text), task: task) == plain)
                }
            }
        }
    }

    @Test("Each task has names, a directory and files")
    func descriptions() {
        #expect(GlueTask.allCases.map(\.labelCount) == [2, 2, 2, 1, 2, 3, 2, 2, 2])
        #expect(
            GlueTask.allCases.map(\.rawValue) == ["cola", "sst2", "mrpc", "stsb", "qqp", "mnli", "qnli", "rte", "wnli"])
        #expect(
            GlueTask.allCases.map(\.directoryName)
                == ["CoLA", "SST-2", "MRPC", "STS-B", "QQP", "MNLI", "QNLI", "RTE", "WNLI"])
        #expect(GlueTask.allCases.filter { !$0.hasPairs } == [.cola, .sst2])
    }
}
