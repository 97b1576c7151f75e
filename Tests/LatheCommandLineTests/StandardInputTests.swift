import LatheTestModels
import Testing

@testable import LatheCommandLine

@Suite("A dash is standard input")
struct StandardInputTests {
    private static let config =
        #"{"compression_training": {"weight_quantization": {"shared_parameters": {"enabled": true, "quantization_type": "symmetric"}, "#
        + #""different_groups": {"w": {"params": {"start_bits": 8, "target_bits": 8}, "modules": ["*"]}}}}}"#

    private let models: TinyModels

    init() throws { models = try TinyModels() }

    private func run(_ command: String, input: String) -> (code: Int32, transcript: Transcript) {
        let transcript = Transcript()
        return (
            transcript.run(command.replacingOccurrences(of: "@", with: models.path + "/"), input: input), transcript
        )
    }

    @Test("Texts to embed")
    func embed() throws {
        try models.encoder("encoder")
        try models.file("lines.txt", "the film\nit is good\n")
        let piped = run("embed --model @encoder --texts -", input: "the film\nit is good\n")
        #expect(piped.code == 0, "\(piped.transcript.errors)")
        #expect(
            piped.transcript.output == run("embed --model @encoder --texts @lines.txt", input: "").transcript.output)
        let empty = run("embed --model @encoder --texts -", input: "")
        #expect(empty.code == 1 && empty.transcript.errors.contains("standard input"), "\(empty.transcript.errors)")
    }

    @Test("A prompt, without its last line break")
    func generate() throws {
        try models.gpt2("gpt2")
        let typed = run("generate --model @gpt2 --prompt in --max-tokens 3", input: "")
        for text in ["in", "in\n", "in\r\n"] {
            #expect(
                run("generate --model @gpt2 --prompt - --max-tokens 3", input: text).transcript.output
                    == typed.transcript.output)
        }
    }

    @Test("A text to turn into tokens, beside files")
    func tokenize() throws {
        try models.gpt2("gpt2")
        try models.file("text.txt", "a lathe turns")
        #expect(run("tokenize --model @gpt2 --data @text.txt @text.txt --out @a.tokens", input: "").code == 0)
        let (code, transcript) = run(
            "tokenize --model @gpt2 --data - @text.txt --out @b.tokens", input: "a lathe turns")
        #expect(code == 0, "\(transcript.errors)")
        #expect(try models.bytes("a.tokens") == models.bytes("b.tokens"))
    }

    @Test(
        "A config",
        arguments: [
            "plan --model @bert --config -", "quantize --model @bert --config - --out @out",
            "bench train-step --model @bert --config - --repeat 1",
            "compress --model @bert --config - --task sst2 --train @t.tsv --steps 1 --out @out",
        ])
    func config(command: String) throws {
        try models.bert("bert")
        try models.reviews("t.tsv", count: 8, seed: 1)
        let (code, transcript) = run(command, input: Self.config)
        #expect(code == 0, "\(transcript.errors)")
        let wrong = run(command, input: "{")
        #expect(wrong.code == 1)
        #expect(wrong.transcript.errors.contains("standard input"), "\(wrong.transcript.errors)")
    }

    @Test("A config goes to standard output with --out -")
    func configInit() {
        let dash = run("config init --goal int8 --preset gpt2 --out -", input: ""),
            none = run("config init --goal int8 --preset gpt2", input: "")
        #expect(dash.code == 0)
        #expect(dash.transcript.output == none.transcript.output)
    }
}
