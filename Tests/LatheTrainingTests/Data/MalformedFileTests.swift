import LatheFiles
import LatheTestFiles
import LatheTraining
import Testing

@Suite("What malformed files get")
struct MalformedFileTests {
    struct Case: CustomTestStringConvertible, Sendable {
        let task: GlueTask
        let name: String
        let bytes: [UInt8]
        var labels = LabelRequirement.ifPresent
        var labelNames: [String]?
        let message: String

        var testDescription: String { message }
    }

    static func glue(
        _ task: GlueTask, _ name: String, _ text: String, labels: LabelRequirement = .ifPresent,
        names: [String]? = nil, _ message: String
    ) -> Case {
        Case(task: task, name: name, bytes: Array(text.utf8), labels: labels, labelNames: names, message: message)
    }

    static let cases: [Case] = [
        glue(.sst2, "a.tsv", "", "a.tsv: no examples; add a line for each"),
        glue(.sst2, "a.tsv", "sentence\tlabel\n", "a.tsv: no examples below the header; add a row for each"),
        glue(.cola, "a.tsv", "\n\n", "a.tsv: no examples; add a line for each"),
        glue(
            .sst2, "a.tsv", "sentence\tlabel\nfine\n",
            "a.tsv:2: expected 2 columns, found 1; put one tab between columns, and no line breaks in them"),
        glue(
            .sst2, "a.tsv", "sentence\tlabel\nfine\t1\nfi\tne\t1\n",
            "a.tsv:3: expected 2 columns, found 3; remove tabs inside columns"),
        glue(.sst2, "a.tsv", "sentence\tlabel\nfine\t1\n\nbad\t0\n", "a.tsv:3: blank line; remove it"),
        glue(
            .sst2, "a.tsv", "sentence\tlabel\nfine\t2\n",
            #"a.tsv:2: column 2 (label): expected negative, positive, 0 or 1, found "2"; correct the label"#),
        glue(
            .sst2, "a.tsv", "sentence\tlabel\nfine\t\n",
            #"a.tsv:2: column 2 (label): expected negative, positive, 0 or 1, found ""; correct the label"#),
        glue(
            .sst2, "a.tsv", "sentense\tlabel\nfine\t1\n",
            #"a.tsv:1: no column "sentence", found "sentense", "label"; did you mean "sentense"?"#),
        glue(
            .sst2, "a.tsv", "fine\t1\nbad\t0\n",
            #"a.tsv:1: no column "sentence", found "fine", "1"; name the column, or make "sentence" the header's name for it"#
        ),
        glue(
            .sst2, "a.tsv", "sentence\tlabels\nfine\t1\n",
            #"a.tsv:1: no label column "label", found "sentence", "labels"; did you mean "labels"?"#),
        glue(
            .sst2, "test.tsv", "index\tsentence\n0\tfine\n", labels: .required,
            #"test.tsv:1: no label column "label", found "index", "sentence"; name the column that holds the labels, or use a file with labels"#
        ),
        glue(
            .sst2, "a.tsv", "sentence\tlabel\tlabel\nfine\t1\t0\n",
            #"a.tsv:1: two columns are called "label"; rename one of them"#),
        glue(
            .cola, "a.tsv", "gj04\t1\t\tFine.\ngj04\t1\tFine.\n",
            "a.tsv:2: expected 4 columns, found 3; put one tab between columns, and no line breaks in them"),
        glue(
            .cola, "a.tsv", "gj04\t*\t1\tFine.\n",
            #"a.tsv:1: column 2 (label): expected unacceptable, acceptable, 0 or 1, found "*"; correct the label"#),
        glue(
            .mnli, "a.tsv", "sentence1\tsentence2\tgold_label\nA\tB\tmaybe\n",
            "a.tsv:2: column 3 (gold_label): expected entailment, neutral, contradiction, 0, 1 or 2, found \"maybe\"; "
                + "correct the label"),
        glue(
            .mrpc, "a.tsv", "Quality\t#1 String\r\n1\tA\r\n",
            ##"a.tsv:1: no column "#2 String", "sentence2", found "Quality", "#1 String"; "##
                + ##"name the column, or make "#2 String" the header's name for it"##),
        glue(
            .stsb, "a.tsv", "sentence1\tsentence2\tscore\nA\tB\t5.5\n",
            #"a.tsv:2: column 3 (score): expected a number from 0.0 to 5.0, found "5.5"; correct the score"#),
        glue(
            .stsb, "a.tsv", "sentence1\tsentence2\tscore\nA\tB\tnan\n",
            #"a.tsv:2: column 3 (score): expected a number from 0.0 to 5.0, found "nan"; correct the score"#),
        glue(
            .stsb, "a.tsv", "sentence1\tsentence2\tscore\nA\tB\t0x1p1\n",
            #"a.tsv:2: column 3 (score): expected a number from 0.0 to 5.0, found "0x1p1"; correct the score"#),
        glue(
            .qqp, "a.tsv", "question1\tquestion2\tis_duplicate\nA\tB\n",
            "a.tsv: no examples below the header; add a row for each"),
        glue(
            .sst2, "a.bin", "x", "a.bin: the name does not say the format; use .tsv, .csv or .jsonl, or name the format"
        ),
        glue(
            .rte, "a.tsv", "x", names: ["entailment", "neutral"],
            #"a.tsv: labels "entailment", "neutral" are not the task's "entailment", "not_entailment"; use these, in any order"#
        ),
        Case(
            task: .sst2, name: "a.tsv", bytes: Array("sentence\tlabel\nfine\t1\nb".utf8) + [0xE9, 0x09, 0x30],
            message: "a.tsv:3:2: the byte 0xe9 is not UTF-8; save the file as UTF-8"),
        Case(
            task: .sst2, name: "a.tsv", bytes: Array("sentence\tlabel\n".utf8) + [0xED, 0xA0, 0x80, 0x09, 0x30],
            message: "a.tsv:2:1: the byte 0xed is not UTF-8; save the file as UTF-8"),
        Case(
            task: .sst2, name: "a.tsv", bytes: [0xFF, 0xFE, 0x73, 0x00],
            message: "a.tsv:1:1: the byte 0xff is not UTF-8; save the file as UTF-8"),
        Case(
            task: .sst2, name: "a.tsv", bytes: Array("sentence\tlabel\nlong enough to skip".utf8) + [0xF0, 0x9F, 0x98],
            message: "a.tsv:2:20: the byte 0xf0 is not UTF-8; save the file as UTF-8"),
        glue(
            .sst2, "a.csv", "sentence,label\n\"fi\nne,1\n",
            "a.csv:2:1: the quoted field that begins here does not end; close it, or double quotes inside it"),
        glue(
            .sst2, "a.csv", "sentence,label\n\"a\n\nb\",1\nfi\"ne,1\n",
            "a.csv:5:3: a quote inside a field; put the field in quotes and double those inside it"),
        glue(
            .sst2, "a.csv", "sentence,label\n\"fine\" ,1\n",
            "a.csv:2:7: something follows the closing quote; double the quotes inside the field"),
        glue(
            .sst2, "a.csv", "sentence,label\n\"fine\"\r,1\n",
            "a.csv:2:7: something follows the closing quote; double the quotes inside the field"),
        glue(
            .sst2, "a.csv", "sentence,label\n\"a\nb\",1\nfine, good,1\n",
            "a.csv:4: expected 2 columns, found 3; put columns with commas inside in quotes"),
        glue(
            .sst2, "a.csv", "sentence,label\nfine\n",
            "a.csv:2: expected 2 columns, found 1; put a comma between columns"),
        glue(
            .sst2, "a.jsonl", "{\"sentence\": \"a\", \"label\": 1}\n{\"sentence\": \"a\" \"label\": 1}\n",
            "a.jsonl: line 2, column 18 (byte 47): expected ',' or '}', got '\"'"),
        glue(
            .sst2, "a.jsonl", "{\"sentence\": \"a\",\n\"label\": 1}\n",
            "a.jsonl: line 1, column 18 (byte 17): the text ends too early"),
        glue(
            .sst2, "a.jsonl", "[1]\n",
            #"a.jsonl:1: expected an object, found an array; write each line as {"column": value, …}"#),
        glue(
            .sst2, "a.jsonl", #"{"sentence": 3, "label": 1}"#,
            #"a.jsonl:1: "sentence": expected a string, found a number; correct the value"#),
        glue(
            .sst2, "a.jsonl", #"{"text": "x", "label": 1}"#,
            #"a.jsonl:1: no column "sentence", found "text", "label"; "#
                + #"name the column, or make "sentence" the header's name for it"#),
        glue(
            .sst2, "a.jsonl", #"{"sentence": "x", "Label": 1}"#,
            #"a.jsonl:1: no label column "label", found "sentence", "Label"; did you mean "Label"?"#),
        glue(
            .sst2, "a.jsonl", #"{"sentence": "x", "label": true}"#,
            #"a.jsonl:1: "label": expected a class, found a truth value; correct the value"#),
        glue(
            .sst2, "a.jsonl", #"{"sentence": "x", "label": null}"#, labels: .required,
            #"a.jsonl:1: "label": no label; add it, or remove the row"#),
        glue(
            .sst2, "a.jsonl", "{\"sentence\": \"x\", \"label\": 1}\n\n{\"sentence\": \"x\", \"label\": 7}",
            "a.jsonl:2: blank line; remove it"),
        glue(
            .stsb, "a.jsonl", #"{"sentence1": "x", "sentence2": "y", "label": 1e300}"#,
            #"a.jsonl:1: "label": expected a number from 0.0 to 5.0, found "1e+300"; correct the score"#),
    ]

    @Test("Each gets its message", arguments: cases)
    func message(_ example: Case) {
        let file = MappedFile(bytes: example.bytes, name: example.name)
        let message = dataMessage {
            _ = try DatasetFile.load(
                file, task: example.task, labels: example.labels, labelNames: example.labelNames)
        }
        #expect(message == example.message)
    }

    @Test("Tables whose columns the caller names")
    func schemas() {
        let schema = TextSchema(text: "review", label: "id")
        let rows = (0...65_536).map { "x,\($0)\n" }.joined()
        #expect(
            dataMessage { _ = try DatasetFile.load(memoryFile("a.csv", "review,id\n" + rows), schema: schema) }
                == "a.csv:65538: column 2 (id): more than 65536 different labels; name the column that holds the class")
        #expect(
            dataMessage { _ = try DatasetFile.load(memoryFile("a.csv", "review,id\nx,\n"), schema: schema) }
                == "a.csv:2: column 2 (id): no label; add it, or remove the row")
        let long = String(repeating: "x\u{1}", count: 100)
        #expect(
            dataMessage { _ = try DatasetFile.load(memoryFile("a.csv", long + "\nx\n"), schema: schema) }
                == "a.csv:1: no column \"review\", found \"" + String(repeating: "x\\u0001", count: 30)
                + "…\"; name the column, or make \"review\" the header's name for it")
        #expect(
            dataMessage { _ = try DatasetFile.loadText(memoryFile("a.txt", "\n \n")) }
                == "a.txt: no examples; add a line for each")
        #expect(
            dataMessage { _ = try DatasetFile.loadText(memoryFile("a.txt", ""), each: .document) }
                == "a.txt: no examples; add a line for each")
    }
}
