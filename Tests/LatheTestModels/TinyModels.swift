import Foundation
import LatheDigits
import LatheFiles
import LatheModels
import LatheTensor

/// A directory for one test with tiny models and data; it goes when nobody needs it any more.
public final class TinyModels {
    public let path: String
    private let isTemporary: Bool
    /// The words that the vocabulary of `bert` and `encoder` has.
    public static let words = """
        [PAD] [UNK] [CLS] [SEP] [MASK] a the it this that film movie is was very really so not good great fun nice bad awful boring dull . ,
        """.split { $0 == " " || $0 == "\n" }.map(String.init)

    public init() throws {
        isTemporary = true
        path = FileManager.default.temporaryDirectory.appendingPathComponent("lathe-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
    }

    /// A directory with a classifier `bert`, and reviews to train it (`train.tsv`) and to measure it with (`dev.tsv`).
    public static func sentiment() throws -> TinyModels {
        let models = try TinyModels()
        try models.bert("bert", labels: ["negative", "positive"])
        try models.reviews("train.tsv", count: 40, seed: 1)
        try models.reviews("dev.tsv", count: 20, seed: 2)
        return models
    }

    /// A directory that is made if needed, and stays.
    public init(keeping path: String) throws {
        (self.path, isTemporary) = (path, false)
        try makeDirectory("")
    }

    deinit { if isTemporary { try? FileManager.default.removeItem(atPath: path) } }

    public func makeDirectory(_ name: String) throws {
        try FileManager.default.createDirectory(atPath: path(name), withIntermediateDirectories: true)
    }

    public func path(_ name: String) -> String { path + "/" + name }

    /// Writes a file, in a directory that is made if needed, and returns its path.
    @discardableResult
    public func file(_ name: String, _ text: String) throws -> String {
        let place = URL(fileURLWithPath: path(name))
        try FileManager.default.createDirectory(
            at: place.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(text.utf8).write(to: place)
        return place.path
    }

    public func bytes(_ name: String) throws -> Data { try Data(contentsOf: URL(fileURLWithPath: path(name))) }

    public func exists(_ name: String) -> Bool { FileManager.default.fileExists(atPath: path(name)) }

    /// The lines of a run's log without what a clock measured.
    public func timelessLog(_ directory: String) throws -> [JSONValue] {
        try String(decoding: bytes(directory + "/training.jsonl"), as: UTF8.self).split(separator: "\n").map { line in
            let members = try StrictJSON.parse(String(line)).object ?? []
            return .object(members.filter { !["seconds", "examples_per_second"].contains($0.key) })
        }
    }
}

// MARK: - Models

extension TinyModels {
    /// A classifier of texts of up to 24 tokens, with a `vocab.txt`.
    @discardableResult
    public func bert(
        _ name: String, labels: [String] = ["LABEL_0", "LABEL_1"], problem: ProblemType = .singleLabel,
        vocabulary: [String] = words,
        change: (inout BertConfiguration) -> Void = { _ in }
    ) throws -> String {
        var sizes = Self.bertSizes(labelCount: labels.count)
        change(&sizes)
        var configuration = ModelConfiguration(.init(BertFamily.bert, .sequenceClassification), sizes, labels: labels)
        configuration.problem = problem
        return try save(configuration, name, vocabulary)
    }

    /// The same without a head.
    @discardableResult
    public func encoder(_ name: String) throws -> String {
        try save(ModelConfiguration(.init(BertFamily.bert, .base), Self.bertSizes(labelCount: 2)), name, Self.words)
    }

    /// The same with the head that guesses masked words.
    @discardableResult
    public func maskedWords(_ name: String, vocabulary: [String] = words) throws -> String {
        var sizes = Self.bertSizes(labelCount: 2)
        sizes.vocabularySize = vocabulary.count
        return try save(ModelConfiguration(.init(BertFamily.bert, .maskedLanguageModel), sizes), name, vocabulary)
    }

    private static func bertSizes(labelCount: Int) -> BertConfiguration {
        var encoder = EncoderConfiguration(hiddenSize: 16, layerCount: 2, headCount: 2, intermediateSize: 24)
        encoder.initializerRange = 0.2
        return BertConfiguration(
            encoder: encoder, vocabularySize: words.count, positionCount: 24, labelCount: labelCount)
    }

    /// A language model of texts of up to `positionCount` tokens, with a tokenizer that knows bytes and a few words.
    @discardableResult
    public func gpt2(_ name: String, positionCount: Int = 24, change: (inout GPT2Configuration) -> Void = { _ in })
        throws -> String
    {
        try byteTokenizer(name)
        var sizes = Self.gpt2Sizes(positionCount)
        change(&sizes)
        return try save(ModelConfiguration(.init(GPT2Family(), .languageModel), sizes), name)
    }

    private static func gpt2Sizes(_ positionCount: Int) -> GPT2Configuration {
        var sizes = GPT2Configuration(
            vocabularySize: byteTokens.count, positionCount: positionCount, hiddenSize: 16, layerCount: 2, headCount: 2)
        sizes.initializerRange = 0.2
        return sizes
    }

    /// A classifier of images with weights of its own.
    @discardableResult
    public func images(
        _ name: String, _ preset: ModelPreset, labels: [String], imageChannels: Int = 1, imageSize: Int = 8
    ) throws -> String {
        try save(preset.configuration(labels: labels, imageChannels: imageChannels, imageSize: imageSize), name)
    }

    /// A residual network of 8 layers for the built-in digits.
    @discardableResult
    public func digits(_ name: String, hasBatchNorm: Bool) throws -> String {
        let sizes = ResNetConfiguration(
            depth: 8, baseChannels: 4, imageChannels: 1, labelCount: 10, hasBatchNorm: hasBatchNorm)
        return try save(
            ModelConfiguration(.init(ResNetFamily(), .imageClassification), sizes, labels: DigitsDataset.labelNames),
            name)
    }

    private func save(_ configuration: ModelConfiguration, _ name: String, _ vocabulary: [String]? = nil) throws
        -> String
    {
        try withRandomSource(RandomSource(seed: 7)) { try PretrainedModel(configuration).save(to: path(name)) }
        if let vocabulary { try file(name + "/vocab.txt", vocabulary.joined(separator: "\n") + "\n") }
        return path(name)
    }

    /// Copies a model and puts its outputs, with their names, in another order: output `i` is the original's
    /// `order[i]`.
    /// - Parameter head: the path of the layer that gives the outputs.
    public func reorder(_ source: String, as name: String, head: String, order: [Int]) throws -> String {
        let model = try PretrainedModel(directory: path(source))
        let rows = Tensor(order.map(Int32.init))
        for (path, parameter) in model.network.namedParameters where path.hasPrefix(head + ".") {
            let width = parameter.shape.count == 2 ? parameter.shape[1] : 1
            parameter.value = parameter.detached.reshaped([order.count, width]).gathered(rows).reshaped(parameter.shape)
        }
        try model.save(to: path(name))
        let labels = model.configuration.labels
        var members = try StrictJSON.parse(String(decoding: bytes(name + "/config.json"), as: UTF8.self)).object ?? []
        members.removeAll { ["id2label", "label2id"].contains($0.key) }
        members.append(.init("id2label", .object(order.enumerated().map { .init(String($0), .string(labels[$1])) })))
        try file(name + "/config.json", JSONValue.object(members).text())
        return path(name)
    }
}

// MARK: - A tokenizer of bytes

extension TinyModels {
    private static let merges = ["t h", "th e", "Ġ the", "i n"]
    private static let byteTokens = byteCharacters + merges.map { $0.filter { $0 != " " } } + ["<|endoftext|>"]

    /// The characters by which GPT-2's vocabulary writes the bytes 0 to 255: printable ones as they are, the others
    /// from U+0100 on.
    private static let byteCharacters: [String] = {
        var next: UInt32 = 0x100
        return (UInt32(0)...255).map { byte in
            let isPrintable =
                (0x21...0x7E).contains(byte) || (0xA1...0xAC).contains(byte) || (0xAE...0xFF).contains(byte)
            defer { if !isPrintable { next += 1 } }
            return String(Character(Unicode.Scalar(isPrintable ? byte : next) ?? " "))
        }
    }()

    /// A tokenizer in the manner of GPT-2; the token of a byte is the byte, and the last one ends a text.
    /// - Returns: the directory.
    @discardableResult
    public func byteTokenizer(_ name: String) throws -> String {
        try file(
            name + "/vocab.json", JSONValue.object(Self.byteTokens.enumerated().map { .init($1, .integer($0)) }).text())
        try file(name + "/merges.txt", "#version: 0.2\n" + Self.merges.joined(separator: "\n") + "\n")
        try file(
            name + "/tokenizer_config.json", #"{"tokenizer_class": "GPT2Tokenizer", "eos_token": "<|endoftext|>"}"#)
        return path(name)
    }

    /// The token that ends a text.
    public static var endToken: Int32 { Int32(byteTokens.count - 1) }
    public static var byteTokenCount: Int { byteTokens.count }
}

// MARK: - Data

extension TinyModels {
    /// Sentences with a good or a bad word, in a file of SST-2.
    @discardableResult
    public func reviews(_ name: String, count: Int, seed: UInt64) throws -> String {
        var random = SplitMix64(seed: seed), rows = "sentence\tlabel\n"
        func pick(_ words: String) -> String {
            let words = words.split(separator: ",")
            return String(words[random.integer(below: words.count)])
        }
        for index in 0..<count {
            let word = index.isMultiple(of: 2) ? pick("bad,awful,boring,dull") : pick("good,great,fun,nice")
            rows +=
                "\(pick("the film,this movie,it,that")) \(pick("is,was")) \(pick("very ,really ,so ,"))\(word) .\t\(index % 2)\n"
        }
        return try file(name, rows)
    }
}
