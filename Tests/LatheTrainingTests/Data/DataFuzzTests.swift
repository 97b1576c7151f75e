import LatheFiles
import LatheTensor
import LatheTraining
import Testing

@Suite("Data files with random damage")
struct DataFuzzTests {
    private struct Seed {
        let task: GlueTask
        let name: String
        let bytes: [UInt8]

        init(_ task: GlueTask, _ name: String, _ text: String) {
            self.task = task
            self.name = name
            bytes = Array(text.utf8)
        }
    }

    private static let seeds = [
        Seed(.cola, "a.tsv", "gj04\t1\t\tOur friends.\ngj04\t0\t*\tThey drank é the pub.\n"),
        Seed(.sst2, "a.tsv", "sentence\tlabel\nhide \"new\t0\n\u{1F600} fine\t1\n"),
        Seed(
            .mrpc, "a.tsv",
            "\u{FEFF}Quality\t#1 ID\t#2 ID\t#1 String\t#2 String\r\n1\t7\t8\tA \"\tB\r\n0\t7\t8\tC\tD\r\n"),
        Seed(.stsb, "a.tsv", "index\tsentence1\tsentence2\tscore\n0\tA\tB\t3.800\n1\tC\tD\t0\n"),
        Seed(.qqp, "a.tsv", "question1\tquestion2\tis_duplicate\nA\tB\t0\nbroken\n\nC\tD\t1\n"),
        Seed(.mnli, "a.csv", "idx,sentence1,sentence2,label\r\n0,\"a, \"\"b\"\"\r\n\",c,2\r\n1,\"é\",\"\",0\r\n"),
        Seed(.sst2, "a.csv", "sentence,label\n\"one\"\"two\",1\n,0\n"),
        Seed(.qnli, "a.jsonl", #"{"question":"a\u00e9\n","sentence":"b","label":0,"idx":[1,{"x":null}]}"# + "\n"),
        Seed(.stsb, "a.jsonl", #"{"sentence1":"\ud83e\udd89","sentence2":"é","label":4.25}"# + "\r\n"),
    ]

    /// Pieces that a random byte would seldom hit.
    private static let pieces: [[UInt8]] =
        [
            "\t", "\n", "\r", "\r\n", "\"", "\"\"", ",", "{", "}", "[[[[[[[[", ":", "\\u", "\\ud800", "-1", "1e9",
            "nan",
            "null", "entailment", "label", "sentence", "\u{FEFF}", "\0",
        ].map { Array($0.utf8) } + [[0xC3], [0xED, 0xA0, 0x80], [0xF4, 0x90], [0xFF]]

    private static func damaged(_ original: [UInt8], _ random: inout SplitMix64) -> [UInt8] {
        var bytes = original
        for _ in 0...random.integer(below: 4) {
            guard !bytes.isEmpty else { return bytes }
            let at = random.integer(below: bytes.count)
            let end = min(bytes.count, at + 1 + random.integer(below: 12))
            switch random.integer(below: 7) {
            case 0: bytes[at] ^= 1 << UInt8(random.integer(below: 8))
            case 1: bytes[at] = UInt8(random.integer(below: 256))
            case 2: bytes.removeSubrange(at..<end)
            case 3: bytes.insert(contentsOf: Array(bytes[at..<end]), at: at)
            case 4: bytes.insert(contentsOf: pieces[random.integer(below: pieces.count)], at: at)
            case 5: bytes.replaceSubrange(at..<end, with: pieces[random.integer(below: pieces.count)])
            default: bytes.removeSubrange(at...)
            }
        }
        return bytes
    }

    @Test("50,000 damaged files are read or refused with a place; what is read is whole")
    func damage() throws {
        var random = SplitMix64(seed: 20_260_801)
        var readCount = 0
        var failures: [String] = []
        for number in 0..<50_000 {
            let seed = Self.seeds[number % Self.seeds.count]
            let bytes = Self.damaged(seed.bytes, &random)
            do throws(DataError) {
                let file = try DatasetFile.load(MappedFile(bytes: bytes, name: seed.name), task: seed.task)
                readCount += 1
                let isWhole = file.examples.allSatisfy { example in
                    switch example.label {
                    case .classIndex(let index): file.labelNames.indices.contains(Int(index))
                    case .score(let score): (0...5).contains(score)
                    case .none: true
                    case .labelIndices: false
                    }
                }
                let textBytes = file.examples.reduce(0) { $0 + $1.text.utf8.count + ($1.pair?.utf8.count ?? 0) }
                if !isWhole || file.examples.isEmpty || textBytes > bytes.count {
                    failures.append("case \(number): \(file)")
                }
            } catch {
                let description = error.description
                if !description.hasPrefix(seed.name + ":") || description.utf8.count > 4_000 {
                    failures.append("case \(number): \(description)")
                }
            }
        }
        #expect(failures.isEmpty, "\(failures.prefix(3))")
        #expect((3_000...45_000).contains(readCount), "\(readCount) files were read")
    }
}
