import Foundation
import LatheModels
import LatheTensor
import LatheTestFiles
import LatheTestModels
import LatheTokenizers
import LatheTraining
import LatheWorkflows
import Testing

@Suite("Measuring language models")
struct LanguageModelEvaluationTests {
    private let models: TinyModels
    private let directory: String
    private let network: GPT2LMHeadModel
    private let tokenizer: Tokenizer

    init() throws {
        models = try TinyModels()
        directory = try models.gpt2("g")
        network = try #require(try PretrainedModel(directory: directory).network as? GPT2LMHeadModel)
        tokenizer = try Tokenizer(directory: directory)
    }

    private var text: TokenStream { TokenStream((0..<50).map { Int32($0 * 37 % 200) }, source: "text") }

    /// The negative log-likelihood of the last of `tokens` behind the others.
    private func surprise(_ tokens: ArraySlice<Int32>) -> Double {
        let context = Array(tokens.dropLast())
        let all = withInference { network(TokenBatch(Tensor(context, shape: [1, context.count]))) }.floatArray
        let logits = all.suffix(network.vocabularySize).map { Double($0) }, peak = logits.max() ?? 0
        let sum: Double = logits.reduce(0) { $0 + exp($1 - peak) }
        return peak + log(sum) - logits[Int(tokens.last ?? 0)]
    }

    @Test("With a stride of 1, each token is foretold from all the tokens that fit before it")
    func strideOfOne() throws {
        let tokens = text.tokens, length = 9
        let surprises = (1..<tokens.count).map { surprise(tokens[max(0, $0 + 1 - length)...$0]) }
        let direct = surprises.reduce(0, +) / Double(surprises.count)
        let evaluation = LanguageModelEvaluation.perplexity(of: network, on: text, length: length, stride: 1)
        #expect(abs(try #require(evaluation["loss"]) - direct) < 1e-5)
        #expect(abs(try #require(evaluation["perplexity"]) / exp(direct) - 1) < 1e-5)
        #expect(!evaluation.isHigherBetter)
    }

    @Test(
        "With a longer stride, windows are scored behind what earlier ones had",
        arguments: [(12, 6), (12, 7), (24, 24), (10, 9), (2, 1), (2, 2)])
    func windows(length: Int, stride: Int) throws {
        let tokens = text.tokens, step = min(stride, length - 1)
        var sum = 0.0, scored = 1, begin = 0
        while scored < tokens.count {
            let end = min(begin + length, tokens.count)
            for place in scored..<end { sum += surprise(tokens[begin...place]) }
            (scored, begin) = (end, begin + step)
        }
        var reported: [Int] = []
        let evaluation = LanguageModelEvaluation.perplexity(of: network, on: text, length: length, stride: stride) {
            reported.append($0)
        }
        let direct = sum / Double(tokens.count - 1)
        #expect(abs(try #require(evaluation["loss"]) - direct) < 1e-5)
        #expect(reported.last == tokens.count - 1)
    }

    @Test("A text shorter than the window is one window")
    func shortText() throws {
        let short = TokenStream([5, 9, 2], source: "text")
        let evaluation = LanguageModelEvaluation.perplexity(of: network, on: short, length: 24, stride: 12)
        let direct = (surprise([5, 9]) + surprise([5, 9, 2])) / 2
        #expect(abs(try #require(evaluation["loss"]) - direct) < 1e-5)
    }

    @Test("Files are joined by the token that ends a text, and JSON lines too; their other fields do not matter")
    func files() throws {
        let first = try models.file("a.txt", "ab\r\n")
        let second = try models.file(
            "b.jsonl", #"{"text": "c", "label": 0.5}"# + "\n" + #"{"id": 3, "text": "d"}"# + "\n")
        let stream = try TokenStream(files: [first, second], tokenizer: tokenizer)
        #expect(stream.tokens == [0x61, 0x62, 13, 10, TinyModels.endToken, 0x63, TinyModels.endToken, 0x64])
    }

    @Test("Too little text is an error that names the file")
    func tooShort() throws {
        let file = try models.file("a.txt", "a")
        #expect(throws: TaskError.tooFewTokens(file: file, got: 1)) {
            try TokenStream(files: [file], tokenizer: tokenizer)
        }
    }

    // MARK: LAMBADA

    @Test("A last word counts when each of its tokens is foretold")
    func lastWords() throws {
        // Behind `a` comes a space, behind a space `b`, behind `b` `c`.
        let model = TableModel(vocabularySize: TinyModels.byteTokenCount, next: [0x61: 0x20, 0x20: 0x62, 0x62: 0x63])
        let passages = ["a bc", "x a bc ", "a bd", "a cb", "b bc", "a b"]
        var reported: [Int] = []
        let evaluation = try LanguageModelEvaluation.lastWordAccuracy(
            of: model, on: passages, tokenizer: tokenizer, file: "f"
        ) { reported.append($0) }
        #expect(evaluation["accuracy"] == 0.5)
        #expect(reported == [1, 2, 3, 4, 5, 6])
    }

    @Test(
        "A passage that cannot be measured is named before any is",
        arguments: [
            ("word", "f: passage 2: expected two words or more"),
            (String(repeating: "a", count: 70) + " b", "f: passage 2: 72 tokens, and the model takes 64"),
        ])
    func passages(passage: String, message: String) throws {
        let model = TableModel(vocabularySize: TinyModels.byteTokenCount, next: [:])
        var reported: [Int] = []
        let error = thrown(TaskError.self) {
            _ = try LanguageModelEvaluation.lastWordAccuracy(
                of: model, on: ["a b", passage], tokenizer: tokenizer, file: "f"
            ) { reported.append($0) }
        }
        #expect(error?.description == message)
        #expect(reported.isEmpty)
    }

    // MARK: From a directory

    @Test(
        "A window or a stride that cannot be is an error",
        arguments: [
            (25, nil, TaskError.lengthOutOfRange(got: 25, limit: 24)), (1, nil, .lengthOutOfRange(got: 1, limit: 24)),
            (8, 9, .strideOutOfRange(got: 9, length: 8)), (nil, 25, .strideOutOfRange(got: 25, length: 24)),
            (nil, 0, .strideOutOfRange(got: 0, length: 24)),
        ] as [(Int?, Int?, TaskError)])
    func ranges(length: Int?, stride: Int?, expected: TaskError) throws {
        var request = ModelEvaluation(
            model: directory, task: .languageModeling, files: [try models.file("a.txt", "some text")])
        (request.maxLength, request.stride) = (length, stride)
        #expect(throws: expected) { try request.run() }
    }

    @Test("Without options, windows are as long as the model takes and move by half")
    func defaults() throws {
        let file = try models.file("a.txt", String(repeating: "in the film ", count: 20))
        let stream = try TokenStream(files: [file], tokenizer: tokenizer)
        let summary = try ModelEvaluation(model: directory, task: .languageModeling, files: [file]).run()
        #expect(
            summary.evaluation == LanguageModelEvaluation.perplexity(of: network, on: stream, length: 24, stride: 12))
        #expect(summary.exampleCount == stream.tokens.count - 1)
    }

    @Test("LAMBADA's passages are lines, whatever they end in")
    func lambadaFiles() throws {
        let summary = try ModelEvaluation(
            model: directory, task: .lambada, files: [try models.file("l.txt", "in the film\r\n\r\nit is\r\n")]
        ).run()
        #expect(summary.exampleCount == 2)
    }
}
