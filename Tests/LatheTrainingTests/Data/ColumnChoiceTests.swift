import LatheTestFiles
import LatheTestModels
import LatheTraining
import LatheWorkflows
import Testing

@Suite("Columns of a user's own table")
struct ColumnChoiceTests {
    fileprivate let models: TinyModels

    init() throws { models = try TinyModels() }

    /// The columns that are chosen for prediction: text, pair and label.
    private func choice(
        _ name: String, _ content: String, _ columns: TextColumns = TextColumns(), arePairs: Bool = false
    ) throws -> ColumnChoice {
        try TextLines.table(try models.file(name, content), columns: columns, arePairs: arePairs).columns
    }

    @Test(
        "Usual names are found in whatever case, before the length of texts counts",
        arguments: [
            ("id,Text,Label\n1,a b c,x\n", "Text", nil, "Label"),
            ("review,stars,date\ngood,5,today\n", "review", nil, "stars"),
            ("premise,hypothesis,label\na,b,c\n", "premise", "hypothesis", "label"),
            ("Sentence1,Sentence2,score\na,b,1\n", "Sentence1", "Sentence2", "score"),
            ("question,answer,label\na,b,c\n", "question", "answer", "label"),
            ("question,answer,text,label\na,b,c,d\n", "text", nil, "label"),
        ] as [(String, String, String?, String?)])
    func usualNames(content: String, text: String, pair: String?, label: String?) throws {
        let choice = try choice("table.csv", content)
        #expect(choice.text == text)
        #expect(choice.pair == pair)
        #expect(choice.labels == (label.map { [$0] } ?? []))
    }

    @Test("Of two columns with unusual names the longer one is the text")
    func twoColumns() throws {
        let rows = [
            "queue,what they wrote", "a,where is my refund please", "b,the parcel never came", "a,I want my money back",
        ]
        let choice = try choice("tickets.csv", rows.joined(separator: "\n"))
        #expect(choice.text == "what they wrote")
        #expect(choice.labels == ["queue"])
        #expect(choice.isGuessed)
    }

    @Test("The summary names what is taken and what is not")
    func summary() throws {
        #expect(
            try choice("t.csv", "id,text,label,when\n1,a,b,c\n").summary
                == "text 'text', label 'label'; not used: 'id', 'when'")
    }

    @Test("Named columns are taken, and one that is missing is an error with the nearest name")
    func named() throws {
        let content = "id\tbody\tticket type\n1\ta b\tx\n"
        #expect(try choice("t.tsv", content, TextColumns(text: "body", labels: ["ticket type"])).unused == ["id"])
        let message = dataMessage { _ = try choice("t.tsv", content, TextColumns(text: "boddy")) }
        #expect(
            message
                == "\(models.path("t.tsv")):1: no column \"boddy\", found \"id\", \"body\", \"ticket type\"; did you mean \"body\"?"
        )
    }

    @Test("A table in which no column is surely the text is an error that lists the columns")
    func unsure() throws {
        let message = dataMessage { _ = try choice("t.csv", "alpha,beta,gamma\na,b,c\n") }
        #expect(message?.contains("no column \"text\", found \"alpha\", \"beta\", \"gamma\"") == true)
    }

    @Test("A first row that reads like an example is not taken for names")
    func noHeader() throws {
        let content =
            "good,the whole film was a joy from the first minute on\nbad,no\ngood,fine\nbad,never again in my life\n"
        let message = dataMessage { _ = try choice("t.csv", content) }
        #expect(message?.contains("reads like an example") == true)
        var columns = TextColumns()
        columns.hasHeader = false
        let table = try TextLines.table(models.path("t.csv"), columns: columns)
        #expect(table.columns.text == "2")
        #expect(table.examples.count == 4)
        #expect(table.examples[0].text == "the whole film was a joy from the first minute on")
    }

    @Test("Long names of columns that are not taken are no matter")
    func longNames() throws {
        let header = "text,label,What else would you like to tell us about your last visit?"
        #expect(try choice("t.csv", header + "\na,b,c\n").text == "text")
    }

    @Test("Semicolons and tabs separate the columns of a CSV file whose first line has no comma")
    func semicolons() throws {
        let semicolons = try TextLines.table(
            try models.file("s.csv", "text;label\n\"a; b, c\";x\nd, e;y\n"), columns: TextColumns())
        #expect(semicolons.examples.map(\.text) == ["a; b, c", "d, e"])
        let tabs = try TextLines.table(try models.file("t.csv", "text\tlabel\na, b\tx\n"), columns: TextColumns())
        #expect(tabs.examples.map(\.text) == ["a, b"])
    }

    @Test("Pairs that are asked for need two columns")
    func pairs() throws {
        let message = dataMessage { _ = try choice("t.csv", "text,label\na,b\n", arePairs: true) }
        #expect(message?.contains("no column \"pair\"") == true)
    }
}

extension ColumnChoiceTests {
    @Test("Without a usual name, the only column of few different values has the classes")
    func fewValues() throws {
        let rows = (0..<12).map { "\($0),film number \($0) is good,\($0 % 2 == 0 ? "up" : "down"),\($0)" }
        let path = try models.file("t.csv", "id,review,verdict,time\n" + rows.joined(separator: "\n") + "\n")
        var request = FineTuning(
            model: .directory(try models.encoder("bert")), task: .text(.classification), train: [path],
            output: models.path("out"))
        request.options = TrainingOptions(.steps(1), batchSize: 4, learningRate: 1e-3)
        var hooks = TrainingHooks(), labels: [String]?
        hooks.didReadData = { labels = $0.files[0].columns?.labels }
        _ = try request.run(hooks: hooks)
        #expect(labels == ["verdict"])
    }
}
