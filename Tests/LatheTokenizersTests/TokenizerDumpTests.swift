import Foundation
import LatheFiles
import LatheTokenizers
import Testing

/// Writes the encodings of many texts to a file, for `Scripts/compare-tokenizers.py`.
@Suite struct TokenizerDumpTests {
    private static let environment = ProcessInfo.processInfo.environment

    @Test(
        .enabled(
            if: environment["LATHE_TOKENIZER_DIR"] != nil,
            "for Scripts/compare-tokenizers.py, which sets LATHE_TOKENIZER_DIR, _TEXT and _OUT"))
    func dump() throws {
        let directory = try #require(Self.environment["LATHE_TOKENIZER_DIR"])
        let input = try MappedFile(path: #require(Self.environment["LATHE_TOKENIZER_TEXT"]))
        let output = try #require(Self.environment["LATHE_TOKENIZER_OUT"])
        let clock = ContinuousClock()
        var tokenizer: Tokenizer?
        let loading = try clock.measure { tokenizer = try Tokenizer(directory: directory) }
        let tokenizerRead = try #require(tokenizer)

        let lines = input.withUnsafeBytes { bytes in bytes.split(separator: 0x0A).map { Array($0) } }
        let requests = try lines.map { TokenizerRequest(try StrictJSON.parse($0)) }
        let results = requests.map { $0.result(of: tokenizerRead).text() }
        try Data((results.joined(separator: "\n") + "\n").utf8).write(to: URL(fileURLWithPath: output))

        let texts = requests.filter { $0.isPlain }.map(\.text)
        let byteCount = texts.reduce(0) { $0 + $1.utf8.count }
        var tokenCount = 0
        let encoding = try clock.measure {
            for text in texts { tokenCount += try tokenizerRead.encode(text).count }
        }
        let speed = Double(byteCount) / (encoding / .seconds(1)) / 1e6
        let speedText = String(format: "%.1f", speed)
        print("Lathe: \(speedText) MB/s, \(texts.count) texts, \(tokenCount) tokens; loaded in \(loading)")
    }
}

/// An encoding asked for, and its result, as the scripts write them.
struct TokenizerRequest {
    var text: String
    var pair: String?
    var options = TokenizerOptions()
    /// Whether nothing but a text is given.
    var isPlain: Bool

    init(_ value: JSONValue) {
        text = value["text"]?.string ?? ""
        pair = value["pair"]?.string
        options.maxLength = value["max_length"]?.integer
        options.addSpecialTokens = value["special"]?.bool ?? true
        if let name = value["truncation"]?.string { options.truncation = .init(rawValue: name) ?? .longestFirst }
        if let name = value["side"]?.string { options.truncationSide = .init(rawValue: name) ?? .right }
        isPlain = value.object?.count == 1
    }

    func result(of tokenizer: Tokenizer) -> JSONValue {
        guard let encoding = try? tokenizer.encode(text, pair: pair, options: options) else { return ["error": true] }
        return [
            "ids": Self.list(encoding.ids), "types": Self.list(encoding.typeIDs),
            "attention": Self.list(encoding.attentionMask), "special": Self.list(encoding.specialTokensMask),
            "offsets": .array(encoding.offsets.map { [.integer($0.lowerBound), .integer($0.upperBound)] }),
            "tokens": .array(encoding.tokens.map { .string($0) }),
            "decoded": .string(tokenizer.decode(encoding.ids, skippingSpecialTokens: false)),
            "plain": .string(tokenizer.decode(encoding.ids, skippingSpecialTokens: true)),
        ]
    }

    static func list(_ numbers: [Int32]) -> JSONValue {
        .array(numbers.map { .integer(Int($0)) })
    }
}
