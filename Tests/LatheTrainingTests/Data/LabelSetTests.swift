import LatheTestFiles
import LatheTraining
import Testing

@Suite("Lists of labels")
struct LabelSetTests {
    private func file(
        _ name: String, _ text: String, names: [String] = [], separator: Character? = nil, flags: [String] = [],
        labels: LabelRequirement = .required
    ) throws -> DatasetFile {
        var schema = TextSchema(
            text: ["text"], pair: [], label: flags.isEmpty ? ["tags"] : [],
            labelKind: .labelSets(names, separator: separator))
        schema.flags = flags
        return try DatasetFile.load(memoryFile(name, text), schema: schema, labels: labels)
    }

    @Test("Arrays, lists in a field, and columns of 0 and 1 give the same labels")
    func forms() throws {
        let json =
            #"{"text":"a","tags":["b","a"]}"# + "\n" + #"{"text":"c","tags":[]}"# + "\n" + #"{"text":"d","tags":["c"]}"#
            + "\n"
        let files = [
            try file("f.jsonl", json), try file("f.csv", "text,tags\na,b|a\nc,\nd,c\n"),
            try file("f.tsv", "text\ttags\na\tb; a\nc\t\nd\tc\n"),
            try file("f.csv", "text,a,b,c\na,1,1,0\nc,0,0,0\nd,0.0,false,TRUE\n", flags: ["a", "b", "c"]),
            try file(
                "f.jsonl",
                #"{"text":"a","a":1,"b":true,"c":0}"# + "\n" + #"{"text":"c","a":0,"b":0,"c":0}"# + "\n"
                    + #"{"text":"d","a":0,"b":0,"c":1}"# + "\n", flags: ["a", "b", "c"]),
        ]
        for file in files {
            #expect(file.labelNames == ["a", "b", "c"])
            #expect(file.examples.map(\.label) == [.labelIndices([0, 1]), .labelIndices([]), .labelIndices([2])])
        }
    }

    @Test("Known names keep their order, and others are errors")
    func known() throws {
        #expect(
            try file("f.csv", "text,tags\na,x|y\n", names: ["y", "z", "x"]).examples[0].label == .labelIndices([0, 2]))
        let message = dataMessage { _ = try file("f.csv", "text,tags\na,x|w\n", names: ["y", "x"]) }
        #expect(message?.hasPrefix("f.csv:2: column 2 (tags): expected y, x, 0 or 1, found \"w\"") == true)
    }

    @Test("A label named twice, and a second separator, are errors with their line")
    func mistakes() throws {
        #expect(
            dataMessage { _ = try file("f.csv", "text,tags\na,x|x\n") }?.contains(
                "f.csv:2: column 2 (tags): the label \"x\" is there twice") == true)
        let message = dataMessage { _ = try file("f.tsv", "text\ttags\na\tx|y\nb\tx;z\n") }
        #expect(
            message?.contains("f.tsv:3: column 2 (tags): labels are separated by \";\" here and by \"|\" before")
                == true)
        #expect(try file("f.tsv", "text\ttags\na\tx;y, z\n", separator: ";").labelNames == ["x", "y, z"])
        let flag = dataMessage { _ = try file("f.csv", "text,a,b\nx,1,2\n", flags: ["a", "b"]) }
        #expect(flag?.contains("\"b\": expected 0 or 1, found \"2\"") == true)
    }

    @Test("Numbers stand for places in known names, unless names are numbers")
    func places() throws {
        let schema = TextSchema(text: "text", label: "tags", labelKind: .classes(["no", "yes"]))
        let file = try DatasetFile.load(memoryFile("f.csv", "text,tags\na,1\nb,0\n"), schema: schema)
        #expect(file.hasNumberedLabels)
        #expect(file.examples.map(\.label) == [.classIndex(1), .classIndex(0)])
        let stars = TextSchema(text: "text", label: "tags", labelKind: .classes(["1", "2", "3"]))
        #expect(
            try DatasetFile.load(memoryFile("f.csv", "text,tags\na,1\n"), schema: stars).examples[0].label
                == .classIndex(0))
        #expect(
            dataMessage { _ = try DatasetFile.load(memoryFile("f.csv", "text,tags\na,0\n"), schema: stars) }?.contains(
                "found \"0\"") == true)
    }
}
