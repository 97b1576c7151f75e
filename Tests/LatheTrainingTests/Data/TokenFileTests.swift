import Foundation
import LatheFiles
import LatheTensor
import LatheTestModels
import LatheTokenizers
import Testing

@testable import LatheTraining
@testable import LatheWorkflows

@Suite("Files of tokens")
struct TokenFileTests {
    private let models: TinyModels
    private let directory: String
    private let tokenizer: Tokenizer

    init() throws {
        models = try TinyModels()
        directory = try models.byteTokenizer("t")
        tokenizer = try Tokenizer(directory: directory)
    }

    /// A file with the tokens of `texts`.
    @discardableResult
    private func write(_ texts: String..., to name: String = "text.tokens") throws -> String {
        let files = try texts.enumerated().map { try models.file("\($0).txt", $1) }
        let stream = try TokenStream(files: files, tokenizer: tokenizer, in: directory)
        try TokenFile.write(stream, of: tokenizer, to: models.path(name))
        return models.path(name)
    }

    private func stream(_ files: String...) throws -> TokenStream {
        try TokenStream(files: files, tokenizer: tokenizer, in: directory)
    }

    /// A header and tokens, in whatever form.
    private static func bytes(
        version: UInt32 = 1, width: UInt32 = 2, vocabulary: UInt64 = 300, count: UInt64 = 3,
        fingerprint: String = String(repeating: "0a", count: 32),
        tokens: [UInt8] = [1, 0, 2, 0, 43, 1]
    ) -> [UInt8] {
        func bytes(_ number: some FixedWidthInteger) -> [UInt8] {
            withUnsafeBytes(of: number.littleEndian) { Array($0) }
        }
        return TokenFile.magic + bytes(version) + bytes(width) + bytes(vocabulary) + bytes(count)
            + Array(fingerprint.utf8) + tokens
    }

    private static func open(_ bytes: [UInt8]) throws -> TokenFile {
        try TokenFile(MappedFile(bytes: bytes, name: "f"))
    }

    @Test("The layout is the documented one")
    func layout() throws {
        let path = try write("ab")
        let bytes = try [UInt8](models.bytes("text.tokens"))
        let size = UInt8(truncatingIfNeeded: tokenizer.idLimit), high = UInt8(tokenizer.idLimit >> 8)
        #expect(
            Array(bytes[..<32]) == [
                0x89, 0x4C, 0x54, 0x4F, 0x4B, 0x0D, 0x0A, 0x1A, 1, 0, 0, 0, 2, 0, 0, 0, size, high, 0, 0, 0, 0, 0, 0, 2,
                0, 0, 0, 0, 0, 0, 0,
            ])
        #expect(String(decoding: bytes[32..<96], as: UTF8.self) == tokenizer.fingerprint)
        #expect(Array(bytes[96...]) == [0x61, 0, 0x62, 0])
        let file = try TokenFile(MappedFile(path: path))
        #expect(file.count == 2 && file.vocabularySize == tokenizer.idLimit && file.largestToken == 0x62)
        #expect(file[1..<2] == [0x62] && file[2..<2].isEmpty)
    }

    @Test("Tokens of four bytes are read as well, also at the largest")
    func wide() throws {
        let file = try Self.open(
            Self.bytes(width: 4, vocabulary: 1 << 31, count: 2, tokens: [0, 0, 1, 0, 0xFF, 0xFF, 0xFF, 0x7F]))
        #expect(file[0..<2] == [0x10000, .max])
        #expect(file.largestToken == .max)
    }

    @Test("A row of tokens is the same from texts, from their files of tokens, and from both in turns")
    func mixed() throws {
        let first = try models.file("a.txt", "in the dark"), second = try models.file("b.txt", "the end"),
            third = try models.file("c.txt", "x")
        let whole = try stream(first, second, third)
        try TokenFile.write(stream(second), of: tokenizer, to: models.path("b.tokens"))
        let mixed = try stream(first, models.path("b.tokens"), third), last = try stream(models.path("b.tokens"), third)
        #expect(mixed.tokens == whole.tokens)
        #expect(mixed.count == whole.count)
        for start in 0..<whole.count {
            for end in start...whole.count { #expect(mixed[start..<end] == Array(whole.tokens[start..<end])) }
        }
        #expect(last.tokens == Array(whole.tokens.suffix(last.count)))
    }

    @Test("A file of tokens can be made of files of tokens")
    func rewritten() throws {
        let path = try write("in the", "dark")
        try TokenFile.write(stream(path), of: tokenizer, to: models.path("again.tokens"))
        #expect(try models.bytes("again.tokens") == models.bytes("text.tokens"))
    }

    @Test("A fingerprint is that of the tokens in their order, and of nothing else")
    func fingerprint() throws {
        let same = try Tokenizer(directory: models.byteTokenizer("same"))
        #expect(tokenizer.fingerprint == same.fingerprint)
        try models.bert("bert")
        try models.bert("swapped", vocabulary: TinyModels.words.reversed())
        let prints = try ["bert", "swapped"].map { try Tokenizer(directory: models.path($0)).fingerprint }
        #expect(prints[0] != prints[1] && prints.allSatisfy { $0.count == 64 })
    }

    @Test("Tokens of another tokenizer are refused with the cure")
    func otherTokenizer() throws {
        let path = try write("in the dark"), bert = try models.bert("bert"), other = try Tokenizer(directory: bert)
        #expect(throws: TokenFileError(path: path, problem: .otherTokenizer(directory: bert))) {
            _ = try TokenStream(files: [path], tokenizer: other, in: bert)
        }
        let error = TokenFileError(path: "f", problem: .otherTokenizer(directory: "d"))
        #expect(error.description.hasSuffix("than d; write it anew"))
        #expect(error.cures == [.tokenize(directory: "d")])
    }

    @Test("A model that does not know all tokens is not trained on them")
    func smallVocabulary() throws {
        let text = try stream(write("in the dark"))
        #expect(throws: TaskError.tokenOutOfRange(token: text.tokens.max() ?? 0, vocabularySize: 50)) {
            _ = try LanguageModelingTask(
                for: TableModel(vocabularySize: 50, next: [:]), train: text, dev: nil, blockLength: 4, identity: "")
        }
    }

    private static let malformed: [([UInt8], TokenFileError.Problem)] = [
        ([], .noTokenFile), (Array("LTOK".utf8), .noTokenFile), (TokenFile.magic, .byteCount(expected: 96, got: 8)),
        (Array(bytes().prefix(95)), .byteCount(expected: 96, got: 95)),
        (Array(bytes().dropLast()), .byteCount(expected: 102, got: 101)),
        (bytes() + [0], .byteCount(expected: 102, got: 103)), (bytes(version: 2), .version(2)),
        (bytes(width: 3), .width(3)), (bytes(width: 0), .width(0)),
        (bytes(vocabulary: 0), .vocabularySize(0)), (bytes(vocabulary: 65537), .vocabularySize(65537)),
        (bytes(width: 4, vocabulary: 1 << 32), .vocabularySize(1 << 32)),
        (bytes(count: .max), .byteCount(expected: .max, got: 102)),
        (bytes(count: 1 << 63), .byteCount(expected: .max, got: 102)),
        (bytes(count: 0), .byteCount(expected: 96, got: 102)),
        (bytes(vocabulary: 299), .token(299, vocabularySize: 299)),
        (bytes(fingerprint: String(repeating: "G", count: 64)), .fingerprint),
        (bytes(width: 4, count: 1, tokens: [0, 0, 0, 0x80]), .token(1 << 31, vocabularySize: 300)),
    ]

    @Test("What is wrong in a file is told", arguments: malformed)
    func refused(bytes: [UInt8], problem: TokenFileError.Problem) {
        #expect(throws: TokenFileError(path: "f", problem: problem)) { try Self.open(bytes) }
        #expect("\(TokenFileError(path: "f", problem: problem))".contains("write it anew"))
    }

    @Test("Whatever stands in a file, it is refused or read whole")
    func damaged() throws {
        let whole = Self.bytes()
        var random = SplitMix64(seed: 4)
        for _ in 0..<3000 {
            var bytes = whole
            for _ in 0...random.integer(below: 3) {
                switch random.integer(below: 3) {
                case 0: bytes[8 + random.integer(below: bytes.count - 8)] = UInt8(random.integer(below: 256))
                case 1: bytes.removeLast(min(random.integer(below: 4), bytes.count - 9))
                default: bytes.append(UInt8(random.integer(below: 256)))
                }
            }
            guard let file = try? Self.open(bytes) else { continue }
            let tokens = file[0..<file.count]
            #expect(
                tokens.allSatisfy { (0..<Int32(clamping: file.vocabularySize)).contains($0) }
                    && tokens.max() ?? -1 == file.largestToken)
        }
    }

    @Test("A file that is refused is not taken for a text")
    func notText() throws {
        try Data(Self.bytes(version: 9)).write(to: URL(fileURLWithPath: models.path("f.tokens")))
        #expect(throws: TokenFileError(path: models.path("f.tokens"), problem: .version(9))) {
            try stream(models.path("f.tokens"))
        }
    }

    @Test("Training and measuring on a file of tokens is that on its text")
    func training() throws {
        let text = try models.file("text.txt", String(repeating: "the film is in the dark. ", count: 30))
        try models.gpt2("gpt2")
        try TokenFile.write(stream(text), of: tokenizer, to: models.path("text.tokens"))
        func train(_ file: String, _ output: String) throws {
            var request = FineTuning(
                model: .directory(models.path("gpt2")), task: .languageModeling, train: [file], dev: [file],
                output: models.path(output))
            request.options = TrainingOptions(.steps(3), batchSize: 4, learningRate: 1e-2)
            _ = try request.run()
        }
        try train(text, "text")
        try train(models.path("text.tokens"), "tokens")
        #expect(try models.bytes("text/model.safetensors") == models.bytes("tokens/model.safetensors"))
        func measure(_ file: String) throws -> Evaluation {
            try ModelEvaluation(model: models.path("text"), task: .languageModeling, files: [file]).run().evaluation
        }
        #expect(try measure(text) == measure(models.path("text.tokens")))
    }
}
