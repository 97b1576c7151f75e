import Foundation
import LatheModels
import LatheTensor
import LatheTestModels
import Testing

@testable import LatheTraining

@Suite("Data augmentation")
struct DataAugmentationTests {
    private let models: TinyModels
    private static let vocabulary = TinyModels.words + ["##s"]

    init() throws {
        models = try TinyModels()
        try models.maskedWords("masked", vocabulary: Self.vocabulary)
        try models.encoder("encoder")
    }

    private func request(_ model: String, _ task: GlueTask, _ data: String) throws -> DataAugmentation {
        DataAugmentation(
            model: models.path(model), task: task, data: try models.file("data.tsv", data),
            output: models.path("out.tsv"))
    }

    private func lines() throws -> [String] {
        try String(decoding: models.bytes("out.tsv"), as: UTF8.self).split(
            separator: "\n", omittingEmptySubsequences: false
        ).map(String.init)
    }

    @Test("The examples come first, each copy differs in some words only, and labels stay")
    func copies() throws {
        let data = "sentence\tlabel\nthe film is great .\t1\nthis movie was awful , so boring .\t0\n"
        var request = try request("masked", .sst2, data)
        request.copies = 6
        let summary = try request.run(), lines = try lines()
        #expect(summary.predictsMaskedWords)
        #expect(summary.originalCount == 2)
        #expect(lines.prefix(3).joined(separator: "\n") + "\n" == data)
        let copies = lines.dropFirst(3).dropLast()
        #expect(copies.count == summary.copyCount)
        #expect((2...12).contains(copies.count))
        #expect(Set(copies).count == copies.count)
        for copy in copies {
            let fields = copy.split(separator: "\t"), words = fields[0].split(separator: " ")
            let original = fields[1] == "1" ? "the film is great ." : "this movie was awful , so boring ."
            #expect(words.count == original.split(separator: " ").count)
            let changed = zip(original.split(separator: " "), words).filter { $0 != $1 }
            #expect(!changed.isEmpty)
            for (before, after) in changed {
                #expect(
                    ["film", "great", "movie", "awful", "boring"].contains(before) && String(after).isLetters, "\(copy)"
                )
            }
        }
        #expect(
            try DatasetFile.load(models.path("out.tsv"), task: .sst2, labels: .required).examples.count == 2
                + copies.count)
    }

    /// The candidate of `word` at `place` among the tokens, by the whole network and a sort.
    private func likeliest(_ count: Int, at place: Int, of ids: [Int32], types: [Int32], without word: String) throws
        -> [String]
    {
        let model = try #require(try PretrainedModel(directory: models.path("masked")).network as? BertForMaskedLM)
        var ids = ids
        ids[place] = 4
        let logits = withInference {
            model(TokenBatch(Tensor(ids, shape: [1, ids.count]), tokenTypes: Tensor(types, shape: [1, ids.count])))
        }
        let scores = logits.selected(place, axis: 1).floatArray
        let order = scores.indices.filter { Self.vocabulary[$0].allSatisfy(\.isLetter) && Self.vocabulary[$0] != word }
            .sorted { scores[$0] > scores[$1] }
        return order.prefix(count).map { Self.vocabulary[$0] }
    }

    @Test("Candidates of a whole word are the likeliest ones where it is masked, beside the text as it was")
    func maskedWords() throws {
        var replacer = try WordReplacer(directory: models.path("masked"), count: 3)
        let choices = try replacer.choices(for: ["the film is great", "nice movie"])
        let id = { (word: String) in Int32(Self.vocabulary.firstIndex(of: word) ?? -1) }
        let text = ["the", "film", "is", "great"].map(id), ids = [2] + text + [3] + text + [3]
        let types = [Int32](repeating: 0, count: 6) + [Int32](repeating: 1, count: 5)
        #expect(choices.map { $0.map(\.word.text) } == [["film", "great"], ["nice", "movie"]])
        #expect(try choices[0][0].candidates == likeliest(3, at: 2, of: ids, types: types, without: "film"))
        #expect(try choices[0][1].candidates == likeliest(3, at: 4, of: ids, types: types, without: "great"))
    }

    /// The nearest words to the mean of some rows of a model's table, by loops.
    private func nearest(_ count: Int, to rows: [Int], in model: String, _ vocabulary: [String], without word: String)
        throws -> [String]
    {
        let network = try PretrainedModel(directory: models.path(model)).network
        let embeddings = try #require(
            (network as? BertModel)?.embeddings ?? (network as? BertForMaskedLM)?.bert.embeddings)
        let table = embeddings.words.table.detached.floatArray, width = table.count / vocabulary.count
        func vector(_ row: Int) -> [Double] { table[row * width..<(row + 1) * width].map(Double.init) }
        var query = [Double](repeating: 0, count: width)
        for row in rows { query = zip(query, vector(row)).map { $0 + $1 / Double(rows.count) } }
        func cosine(_ row: Int) -> Double {
            let other = vector(row), product = zip(query, other).reduce(0) { $0 + $1.0 * $1.1 }
            return product / other.reduce(0) { $0 + $1 * $1 }.squareRoot()
        }
        let order = vocabulary.indices.filter { vocabulary[$0].allSatisfy(\.isLetter) && vocabulary[$0] != word }.sorted
        { cosine($0) > cosine($1) }
        return order.prefix(count).map { vocabulary[$0] }
    }

    @Test("Candidates of a word in pieces, and of all words without the head, are the nearest by embedding")
    func neighbours() throws {
        let film = try #require(TinyModels.words.firstIndex(of: "film"))
        var replacer = try WordReplacer(directory: models.path("encoder"), count: 4)
        #expect(!replacer.predictsMaskedWords)
        let whole = try replacer.choices(for: ["a film", "films"])
        #expect(whole.map { $0.map(\.word.text) } == [["film"], []], "what the vocabulary does not know stays")
        #expect(try whole[0][0].candidates == nearest(4, to: [film], in: "encoder", TinyModels.words, without: "film"))
        var masked = try WordReplacer(directory: models.path("masked"), count: 4)
        let pieces = try masked.choices(for: ["Films"])[0][0].candidates
        #expect(
            try pieces
                == nearest(4, to: [film, Self.vocabulary.count - 1], in: "masked", Self.vocabulary, without: "films"))
    }

    @Test("The same seed gives the same file, another seed another")
    func seeds() throws {
        var request = try request("masked", .sst2, "sentence\tlabel\nthe film is great\t1\na dull movie , not fun\t0\n")
        func bytes() throws -> Data {
            _ = try request.run()
            return try models.bytes("out.tsv")
        }
        let first = try bytes()
        #expect(try bytes() == first)
        request.seed = 7
        #expect(try bytes() != first)
    }

    @Test("Both texts of a pair change, or the named column alone; other columns stay")
    func pairs() throws {
        let data = "index\tsentence1\tsentence2\tlabel\n7\tgreat film\tnice movie\tentailment\n"
        var request = try request("masked", .rte, data)
        (request.probability, request.copies) = (1, 3)
        _ = try request.run()
        for line in try lines().dropFirst(2).dropLast() {
            let fields = line.split(separator: "\t")
            #expect(
                fields[0] == "7" && fields[3] == "entailment" && fields[1] != "great film" && fields[2] != "nice movie")
        }
        request.columns = ["sentence2"]
        _ = try request.run()
        for line in try lines().dropFirst(2).dropLast() {
            #expect(line.hasPrefix("7\tgreat film\t") && !line.contains("nice movie"))
        }
    }

    @Test("CoLA's file without header keeps its layout; rows of unsure label stay and get no copies")
    func quirks() throws {
        _ = try request("masked", .cola, "gj04\t1\t\tthe film is great\r\n").run()
        #expect(try lines().allSatisfy { $0.isEmpty || $0.hasPrefix("gj04\t1\t\tthe ") })
        let mnli = "sentence1\tsentence2\tgold_label\ngreat film\tbad film\t-\ngreat film\tnice movie\tneutral\n"
        let summary = try request("masked", .mnli, mnli).run()
        #expect(summary.originalCount == 1)
        #expect(try lines().count { $0.hasSuffix("\t-") } == 1)
        #expect(try lines().prefix(3).joined(separator: "\n") + "\n" == mnli)
    }

    @Test("What cannot be done is said, and nothing is written")
    func errors() throws {
        func message(_ change: (inout DataAugmentation) throws -> Void) throws -> String {
            var request = try request("masked", .sst2, "sentence\tlabel\ngreat\t1\n")
            try change(&request)
            do { return "\(try request.run())" } catch { return "\(error)" }
        }
        #expect(try message { $0.columns = ["sentense"] }.contains("no column \"sentense\""))
        #expect(try message { $0.output = $0.data }.contains("is the data itself"))
        #expect(
            try message { $0.data = try models.file("data.csv", "sentence,label\ngreat,1\n") }.contains(
                "must be a .tsv file"))
        #expect(
            try message { $0.data = try models.file("bad.tsv", "sentence\tlabel\ngreat\t5\n") }.contains("bad.tsv:2"))
        #expect(try message { $0.model = try models.gpt2("gpt2") }.contains("cannot guess masked words"))
        #expect(!models.exists("out.tsv"))
    }
}
