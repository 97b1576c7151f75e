import Foundation
import LatheFiles
import LatheModels
import LatheTestModels
import Testing

@testable import LatheCommandLine

@Suite("lathe generate, embed, inspect and bench on a model")
struct ModelCommandTests {
    private let models: TinyModels

    init() throws {
        models = try TinyModels()
        try models.bert("bert", labels: ["bad", "good"])
        try models.encoder("encoder")
        try models.gpt2("gpt2")
    }

    private func run(_ command: String) -> (code: Int32, transcript: Transcript) {
        let transcript = Transcript()
        return (transcript.run(command.replacingOccurrences(of: "@", with: models.path + "/")), transcript)
    }

    private func lines(_ transcript: Transcript) -> [String] {
        transcript.output.split(separator: "\n").map(String.init)
    }

    // MARK: generate

    @Test("The text begins with the prompt; with --json there is one object with the promised keys")
    func generate() throws {
        let (code, transcript) = run("generate --model @gpt2 --prompt in --max-tokens 5 --json")
        try #require(code == 0, "\(transcript.errors)")
        let json = try transcript.json()
        #expect(json.object?.map(\.key) == ["text", "tokens", "prompt_tokens", "tokens_per_second", "stop"])
        #expect(json["prompt_tokens"]?.integer == 1)
        #expect(json["tokens"]?.array?.count == 5)
        #expect(json["stop"]?.string == "limit")
        #expect(transcript.errors.isEmpty)
        let text = try #require(json["text"]?.string),
            shown = run("generate --model @gpt2 --prompt in --max-tokens 5").transcript
        #expect(shown.output == "in" + text + "\n")
    }

    @Test(
        "Greedy is the default; top-k and top-p draw, by the seed",
        arguments: ["--temperature 1", "--top-k 200", "--top-p 0.99"])
    func sampling(flag: String) throws {
        func tokens(_ flags: String) throws -> JSONValue? {
            let (code, transcript) = run("generate --model @gpt2 --prompt in --max-tokens 12 --json " + flags)
            #expect(code == 0)
            return try transcript.json()["tokens"]
        }
        #expect(try tokens("") == tokens("--seed 9"))
        #expect(try tokens(flag) == tokens(flag))
        #expect(try tokens(flag) != tokens(flag + " --seed 9"))
    }

    @Test(
        "The context is full exactly when the model says so, in each form of its weights",
        arguments: ["fp32", "bf16", "w8a8"])
    func contextFull(weights: String) throws {
        let (code, transcript) = run("generate --model @gpt2 --prompt in --weights \(weights) --top-k 3 --json")
        #expect(code == 0)
        let json = try transcript.json()
        if json["stop"]?.string == "context_full" { #expect(json["tokens"]?.array?.count == 24) }
        #expect(["context_full", "end_of_text"].contains(json["stop"]?.string))
    }

    // MARK: embed

    @Test("Each line that is not blank becomes a vector of length 1, which does not depend on the others")
    func embed() throws {
        try models.file("lines.txt", "it is good\r\n\r\nthe film\n")
        try models.file("one.txt", "the film")
        try models.file("json.txt", #""the film""# + "\n" + #""so\nfun""# + "\n")
        let (code, transcript) = run("embed --model @encoder --texts @lines.txt")
        try #require(code == 0, "\(transcript.errors)")
        let vectors = try lines(transcript).map { try StrictJSON.parse($0) }
        #expect(vectors.count == 2)
        for vector in vectors {
            #expect(vector.object?.map(\.key) == ["tokens", "embedding"])
            let numbers = try #require(vector["embedding"]?.array).compactMap(\.double)
            #expect(numbers.count == 16)
            let squares = numbers.map { $0 * $0 }
            #expect(abs(squares.reduce(0, +) - 1) < 1e-5)
        }
        let words = ["[CLS]", "the", "film", "[SEP]"].map { TinyModels.words.firstIndex(of: $0) }
        #expect(vectors[1]["tokens"]?.array?.map(\.integer) == words)
        let alone = try lines(run("embed --model @encoder --texts @one.txt").transcript).map {
            try StrictJSON.parse($0)
        }
        let numbers = { (value: JSONValue) in value["embedding"]?.array?.compactMap(\.double) ?? [] }
        let differences = zip(numbers(alone[0]), numbers(vectors[1])).map { abs($0 - $1) }
        #expect((differences.max() ?? 1) < 1e-5)
        let json = run("embed --model @encoder --texts @json.txt --json-texts")
        #expect(json.code == 0)
        #expect(lines(json.transcript).count == 2)
        let plain = run("embed --model @encoder --texts @lines.txt --json-texts")
        #expect(plain.code == 1)
        #expect(plain.transcript.errors.contains("lines.txt: text 1: expected a JSON string in quotes"))
    }

    // MARK: inspect

    @Test("Parts that are alike are shown once, or one by one with --all, as deep as is asked for")
    func inspect() {
        let (code, transcript) = run("inspect @bert")
        #expect(code == 0)
        #expect(transcript.output.contains("0…1                  2 × EncoderLayer"))
        #expect(transcript.output.contains("  weight                                 [2, 16]   F32"))
        #expect(transcript.output.hasSuffix("BertForSequenceClassification, labels bad, good\n"))
        let all = run("inspect @bert --all").transcript
        #expect(!all.output.contains("0…1"))
        #expect(lines(all).count > lines(transcript).count)
        let shallow = lines(run("inspect @bert --depth 1").transcript)
        #expect(shallow.count == 6, "\(shallow)")
        #expect(shallow[2].hasPrefix("bert"))
    }

    @Test("The object has the promised keys, and its tensors add up")
    func inspectJSON() throws {
        let (code, transcript) = run("inspect @bert --json")
        #expect(code == 0)
        let json = try transcript.json()
        #expect(json.object?.map(\.key) == ["architecture", "parameters", "bytes", "files", "tensors", "not_finite"])
        let tensors = try #require(json["tensors"]?.array)
        #expect(
            tensors.allSatisfy {
                $0.object?.map(\.key) == ["name", "kind", "shape", "dtype", "parameters", "bits", "bytes"]
            })
        #expect(tensors.compactMap { $0["parameters"]?.integer }.reduce(0, +) == json["parameters"]?.integer)
        #expect(tensors.compactMap { $0["bytes"]?.integer }.reduce(0, +) == json["bytes"]?.integer)
        #expect(tensors.first { $0["name"]?.string == "classifier.weight" }?["kind"]?.string == "Linear")
        #expect(json["architecture"]?.string == "BertForSequenceClassification")
        let file = try run("inspect @bert/model.safetensors --json").transcript.json()
        #expect(file["architecture"]?.isNull == true)
        #expect(file["parameters"] == json["parameters"])
    }

    @Test("Packed weights are shown with their own shape, bits and bytes")
    func inspectPacked() throws {
        let model = try PretrainedModel(directory: models.path("bert"))
        model.network.packWeights(.w2a8) { $0.hasSuffix("intermediate.dense") }
        try model.save(to: models.path("packed"))
        let text = run("inspect @packed --all").transcript.output
        #expect(text.contains("[24, 16]  U8, 2 bits"), "\(text)")
        let json = try run("inspect @packed --json").transcript.json(),
            whole = try run("inspect @bert --json").transcript.json()
        let codes = try #require(
            json["tensors"]?.array?.first {
                $0["name"]?.string == "bert.encoder.layer.0.intermediate.dense.weight_packed"
            })
        #expect(
            codes["shape"] == [24, 4] && codes["parameters"] == 384 && codes["bits"] == 2.0 && codes["bytes"] == 96)
        #expect(json["parameters"] == whole["parameters"])
    }

    // MARK: bench

    @Test(
        "A model of each kind is timed",
        arguments: [
            ("forward --model @bert", 24), ("forward --model @encoder --weights w8a8", 24),
            ("forward --model @gpt2 --seq 5", 5), ("train-step --model @bert", 24),
            ("train-step --model @gpt2", 24), ("forward --model @images", nil), ("train-step --model @images", nil),
        ] as [(String, Int?)])
    func bench(command: String, sequence: Int?) throws {
        try models.images("images", .patchEncoder, labels: ["a", "b"])
        let (code, transcript) = run("bench \(command) --batch 2 --repeat 1 --json")
        try #require(code == 0, "\(transcript.errors)")
        let json = try transcript.json()
        #expect(Array(json.object?.map(\.key).prefix(3) ?? []) == ["model", "batch", "seq"])
        #expect(json["seq"]?.integer == sequence)
        #expect((json["median_ms"]?.double ?? 0) > 0)
    }

    @Test("A model that was packed is timed as it was saved, and says so")
    func benchPacked() throws {
        let model = try PretrainedModel(directory: models.path("bert"))
        model.network.packWeights(.w2a8)
        try model.save(to: models.path("packed"))
        #expect(
            try run("bench forward --model @packed --repeat 1 --json").transcript.json()["weights"]?.string
                == "as saved")
        #expect(try run("bench forward --model @bert --repeat 1 --json").transcript.json()["weights"]?.string == "fp32")
    }

    @Test("Several models run in turn on one batch, each compared with the first")
    func benchInTurn() throws {
        let (code, transcript) = run(
            "bench forward --model @bert --model @encoder --model @bert --batch 2 --repeat 3 --json")
        try #require(code == 0, "\(transcript.errors)")
        let list = try #require(try transcript.json()["models"]?.array)
        #expect(list.map { $0["model"]?.string } == ["bert", "encoder", "bert"].map { models.path($0) })
        #expect(
            list.allSatisfy {
                $0["batch"] == 2 && $0["seq"] == 24 && ($0["median_ms"]?.double ?? 0) > 0
                    && ($0["p95_ms"]?.double ?? 0) > 0
            })
        let keys = try #require(
            try run("bench forward --model @bert --repeat 1 --json").transcript.json().object?.map(\.key))
        #expect(list.allSatisfy { $0.object?.map(\.key) == keys + ["ratio", "speed_up"] })
        #expect(list[0]["ratio"] == 1.0 && (list[1]["ratio"]?.double ?? 0) > 0)
        let text = run("bench forward --model @bert --model @encoder --batch 2 --repeat 1").transcript.output
        #expect(text.contains("batch 2, sequence 24") && text.contains("times as fast"))
    }

    @Test("Several weights of one model run in turn")
    func benchWeights() throws {
        let list = try #require(
            try run("bench forward --model @bert --weights fp32 --weights w8a8 --repeat 1 --json").transcript.json()[
                "models"]?.array)
        #expect(list.map { $0["weights"]?.string } == ["fp32", "w8a8"])
    }

    @Test(
        "A token that goes on with a text is timed beside what memory can give",
        arguments: ["fp32", "w8a8", "w4a8", "w1a8"])
    func decode(weights: String) throws {
        let (code, transcript) = run("bench decode --model @gpt2 --context 7 --weights \(weights) --repeat 2 --json")
        try #require(code == 0, "\(transcript.errors)")
        let json = try transcript.json()
        #expect(json["context"]?.integer == 7 && json["weights"]?.string == weights)
        for key in ["median_ms", "tokens_per_second", "gb_per_s", "memory_gb_per_s", "share_of_memory"] {
            #expect((json[key]?.double ?? 0) > 0, "\(key)")
        }
        #expect((json["weight_bytes"]?.integer ?? 0) > 0)
        #expect(transcript.output.contains("tokens"))
    }

    @Test("Weights of fewer bits are fewer bytes to read")
    func decodeBytes() throws {
        let bytes = try ["fp32", "w8a8", "w4a8", "w2a8", "w1a8"].map { weights in
            try #require(
                run("bench decode --model @gpt2 --weights \(weights) --context 1 --repeat 1 --json").transcript.json()[
                    "weight_bytes"]?.integer)
        }
        #expect(zip(bytes, bytes.dropFirst()).allSatisfy { $0 > $1 }, "\(bytes)")
    }

    @Test(
        "The parts of a layer are timed; parts that multiply nothing have no limit",
        arguments: [("w8a8", 11), ("w2a8", 11), ("bf16", 7), ("fp32", 7)])
    func layer(weights: String, parts: Int) throws {
        let sizes = "--hidden 16 --intermediate 24 --heads 2 --batch 2 --seq 5"
        let (code, transcript) = run("bench layer \(sizes) --weights \(weights) --repeat 1 --json")
        try #require(code == 0, "\(transcript.errors)")
        let rows = try #require(try transcript.json()["rows"]?.array)
        #expect(rows.count == parts)
        #expect(rows.allSatisfy { ($0["median_ms"]?.double ?? 0) > 0 })
        #expect(
            rows.filter { $0["share_of_limit"]?.isNull == false }.compactMap { $0["part"]?.string }
                == [
                    "query, key, value", "attention", "attention's output", "feed-forward, first, GELU",
                    "feed-forward, second",
                ])
    }

    // MARK: What fails

    @Test(
        "Work that fails exits with 1, says why on stderr, and leaves stdout empty",
        arguments: [
            (
                "generate --model @bert --prompt a",
                "task generate needs a language model, and the model is a BertForSequenceClassification"
            ),
            (
                "generate --model @gpt2 --prompt \(String(repeating: "a", count: 25))",
                "the prompt has 25 tokens, and the model takes 24"
            ),
            ("generate --model @none/a/b --prompt a", "none/a/b"),
            ("embed --model @encoder --texts @none.txt", "none.txt: cannot open"),
            (
                "embed --model @encoder --texts @encoder/vocab.txt --max-length 25",
                "a length of 25 tokens: the model takes 2 to 24"
            ),
            ("inspect @none/a/b", "none/a/b"),
            ("inspect @bert/vocab.txt", "vocab.txt: neither a safetensors file nor one that torch.save writes"),
            ("bench forward --model @bert --seq 25", "a length of 25 tokens"),
            ("bench forward --model @bert --model @images", "time models together that take the same input"),
            ("bench train-step --model @encoder", "needs a model with a head"),
            ("bench decode --model @bert", "task bench decode needs a language model"),
            ("bench decode --model @gpt2 --context 24", "a length of 25 tokens"),
        ])
    func failures(command: String, reason: String) throws {
        try models.images("images", .patchEncoder, labels: ["a", "b"])
        let (code, transcript) = run(command)
        #expect(code == 1)
        #expect(transcript.errors.contains(reason), "got: \(transcript.errors)")
        #expect(transcript.output.isEmpty, "got: \(transcript.output)")
    }

    @Test(
        "Arguments that make no sense exit with 2",
        arguments: [
            ("generate --model m", "--prompt"), ("generate --model m --prompt a --max-tokens 0", "--max-tokens takes"),
            ("generate --model m --prompt a --temperature nan", "--temperature takes"),
            ("generate --model m --prompt a --temperature=-1", "--temperature takes"),
            ("generate --model m --prompt a --top-k 0", "--top-k takes"),
            ("generate --model m --prompt a --top-p 0", "--top-p takes"),
            ("generate --model m --prompt a --top-p 1.1", "--top-p takes"),
            ("generate --model m --prompt a --weights w3", "The value 'w3' is invalid for '--weights"),
            ("embed --model m --texts t --max-length 1", "--max-length takes"), ("embed --model m", "--texts"),
            ("inspect", "<dir>"),
            ("inspect m --depth 0", "--depth takes"), ("bench forward --preset gpt2 --model m", "give one of them"),
            ("bench train-step --model m --seq 0", "--seq takes"),
        ])
    func usage(command: String, reason: String) {
        let transcript = Transcript()
        #expect(transcript.run(command) == 2)
        #expect(transcript.errors.contains(reason), "got: \(transcript.errors)")
        #expect(transcript.output.isEmpty)
    }

    @Test(
        "Help tells what a command does, with examples",
        arguments: [
            ("train", "lathe train --model resnet20 --task digits --out digits"),
            (
                "eval",
                "cola, sst2, mrpc, stsb, qqp, mnli, qnli, rte, wnli, classification, multilabel, regression, lm, lambada, digits, cifar10"
            ),
            ("generate", "text, tokens, prompt_tokens, tokens_per_second, stop"),
            ("embed", "tokens (their ids) and embedding"), ("inspect", "lathe inspect my-model --all"),
            ("bench forward", "lathe bench forward --model my-model"),
        ])
    func help(command: String, text: String) {
        let transcript = Transcript()
        #expect(transcript.run(command + " --help") == 0)
        // Help is wrapped at the terminal's width.
        let output = transcript.output.split { $0 == " " || $0 == "\n" }.joined(separator: " ")
        #expect(output.contains(text), "got: \(transcript.output)")
        #expect(output.contains("Examples:"))
        #expect(transcript.errors.isEmpty)
        let root = Transcript()
        #expect(root.run("--help") == 0)
        #expect(root.output.contains("  \(command.split(separator: " ")[0]) "))
    }
}
