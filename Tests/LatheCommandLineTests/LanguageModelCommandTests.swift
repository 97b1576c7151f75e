import Foundation
import LatheCompression
import LatheFiles
import LatheModels
import LatheTestFiles
import LatheTestModels
import Testing

@testable import LatheCommandLine

@Suite("Language models at the command line: teachers, files of tokens, sizes of one's own")
struct LanguageModelCommandTests {
    private let models: TinyModels

    init() throws {
        models = try TinyModels()
        try models.gpt2("gpt2")
        try models.file("text.txt", String(repeating: "in the film it is dark. ", count: 20))
    }

    private func run(_ command: String) -> (code: Int32, transcript: Transcript) {
        let transcript = Transcript()
        return (transcript.run(command.replacingOccurrences(of: "@", with: models.path + "/")), transcript)
    }

    private static let training =
        "--task lm --train @text.txt --dev @text.txt --max-length 12 --batch 3 --steps 3 --out @out"

    @Test(
        "A student of the teacher's layers is trained and shown",
        arguments: ["--student-layers 1", "--teacher-layers 1", "--model @gpt2 --teacher-layers 1"])
    func student(layers: String) throws {
        let (code, transcript) = run(
            "train --distill --teacher @gpt2 \(layers) --kd-beta 0.5 --kd-stop 0.6 \(Self.training) --json")
        try #require(code == 0, "\(transcript.errors)")
        #expect(try transcript.json()["steps"]?.integer == 3)
        #expect(
            try (PretrainedModel(directory: models.path("out")).network as? GPT2LMHeadModel)?.transformer.blocks.count
                == 1)
        let identity = try #require(try models.timelessLog("out").first?["task"]?.string)
        #expect(
            identity.contains("taught by \(models.path("gpt2"))")
                && identity.contains("begun with its layers [\(layers.contains("student") ? 0 : 1)]"))
    }

    @Test("Flags of distillation reach the run, with a language model's defaults")
    func flags() throws {
        func options(_ flags: String) throws -> DistillationOptions {
            let command = "train --task lm --distill --teacher t --model m --out o " + flags
            let parsed = try #require(
                try LatheCommand.parseAsRoot(command.split(separator: " ").map(String.init)) as? TrainCommand)
            return parsed.teaching.distillation.options(for: parsed.task)
        }
        #expect(try options("") == .languageModel)
        let given = try options(
            "--kd-beta 2 --kd-attention 1 --kd-hidden 3 --kd-labels 0.5 --kd-temperature 4 --kd-stop 0.25")
        #expect(
            [given.classWeight, given.attentionWeight, given.hiddenWeight, given.labelWeight, given.temperature] == [
                2, 1, 3, 0.5, 4,
            ])
        #expect(given.stopShare == 0.25)
    }

    @Test(
        "Arguments that make no sense exit with 2 and say why on stderr",
        .tags(.slow), .unlessQuick,
        arguments: [
            ("--distill --model m --task lm", "--distill needs a model to learn from; name it with --teacher."),
            ("--teacher t --model m --task lm", "--teacher goes with --distill; add it, or leave out --teacher."),
            ("--teacher-layers 0 --model m --task lm", "--teacher-layers goes with --distill"),
            ("--student-layers 1 --model m --task lm", "--student-layers goes with --distill"),
            ("--kd-stop 0.5 --model m --task lm", "--kd-stop goes with --distill"),
            ("--kd-beta 1 --model m --task sst2", "--kd-class goes with --distill"),
            (
                "--distill --teacher t --model m --task sst2",
                "--distill trains language models (--task lm); others learn from a teacher with lathe compress."
            ),
            ("--distill --teacher t --task lm", "--model is missing"),
            ("--distill --teacher t --task lm --teacher-layers 0,1 --student-layers 2", "contradict each other"),
            (
                "--distill --teacher t --task lm --teacher-layers 0,x",
                "--teacher-layers takes numbers from 0 on, such as 0,1,2,3; got '0,x'."
            ),
            ("--distill --teacher t --task lm --teacher-layers=-1", "got '-1'."),
            ("--distill --teacher t --task lm --teacher-layers 0,,1", "got '0,,1'."),
            (
                "--distill --teacher t --task lm --student-layers 0",
                "--student-layers takes a number from 1 to 10000, got 0."
            ),
            (
                "--distill --teacher t --model m --task lm --kd-beta=-1",
                "--kd-class takes a number of at least 0, got -1.0."
            ),
            ("--distill --teacher t --model m --task lm --kd-stop 2", "--kd-stop takes a share from 0 to 1"),
            ("--distill --teacher t --model m --task lm --kd-temperature 0", "--kd-temperature takes a number above 0"),
        ])
    func usage(arguments: String, reason: String) {
        let (code, transcript) = run("train \(arguments) --train f --out @out")
        #expect(code == 2)
        #expect(transcript.errors.contains(reason), "got: \(transcript.errors)")
        #expect(!models.exists("out"))
    }

    @Test(
        "Work that fails exits with 1, says why on stderr, and makes no directory",
        arguments: [
            ("--student-layers 3", "its layers make no student: 2 is none of the teacher's layers 0…1"),
            ("--model @none.json", "none.json: cannot open"), ("--model resnet8", "resnet8"),
        ])
    func failures(arguments: String, reason: String) {
        let (code, transcript) = run("train --distill --teacher @gpt2 \(arguments) \(Self.training)")
        #expect(code == 1)
        #expect(transcript.errors.contains(reason), "got: \(transcript.errors)")
        #expect(!models.exists("out"))
    }

    @Test(
        "A config.json stands for random weights of its sizes, which depend on the seed; the tokenizer lies beside it")
    func configuration() throws {
        func weights(_ flags: String) throws -> [Data] {
            let (code, transcript) = run("train --model @gpt2/config.json \(Self.training) --overwrite \(flags)")
            try #require(code == 0, "\(transcript.errors)")
            return try ["model.safetensors", "merges.txt"].map { try models.bytes("out/\($0)") }
        }
        let first = try weights("")
        #expect(try first == weights(""))
        #expect(try first != weights("--seed 5"))
        let own = try models.bytes("gpt2/model.safetensors")
        #expect(first[0] != own)
    }

    @Test(
        "A file of tokens has the promised keys, and takes a text's place in training, measuring and calibration",
        .tags(.slow), .unlessQuick)
    func tokens() throws {
        let (code, transcript) = run("tokenize --model @gpt2 --data @text.txt @text.txt --out @t.tokens --json")
        try #require(code == 0, "\(transcript.errors)")
        let json = try transcript.json()
        #expect(json.object?.map(\.key) == ["out", "tokens", "vocabulary", "bytes"])
        #expect(json["vocabulary"]?.integer == TinyModels.byteTokenCount)
        #expect(json["bytes"]?.integer == (try models.bytes("t.tokens")).count)
        func metrics(_ file: String) throws -> JSONValue? {
            let (code, transcript) = run("eval --model @gpt2 --task lm --data \(file) --json")
            try #require(code == 0, "\(transcript.errors)")
            return try transcript.json()["metrics"]
        }
        #expect(try metrics("@t.tokens") == metrics("@text.txt @text.txt"))
        #expect(
            run("train --model @gpt2 \(Self.training.replacingOccurrences(of: "text.txt", with: "t.tokens"))").code == 0
        )
        let weights =
            #"{"shared_parameters": {"enabled": true, "schedule_offset": 0, "quantize_weight_in_forward": true}, "different_groups": {"wq": {"params": {"start_bits": 8, "target_bits": 8}, "modules": ["mlp"]}}}"#
        try models.file("w8.json", #"{"compression_training": {"weight_quantization": \#(weights)}}"#)
        let lkd = run(
            "quantize --model @gpt2 --config @w8.json --lkd --calibration @t.tokens --lkd-steps 1 --lkd-batch 2 --max-length 12 --out @lkd"
        )
        #expect(lkd.code == 0, "\(lkd.transcript.errors)")
    }

    @Test("A file of tokens that is cut off, or of another tokenizer, exits with 1 and says so")
    func badTokens() throws {
        #expect(run("tokenize --model @gpt2 --data @text.txt --out @t.tokens").code == 0)
        try models.bytes("t.tokens").dropLast(3).write(to: URL(fileURLWithPath: models.path("cut.tokens")))
        let cut = run("eval --model @gpt2 --task lm --data @cut.tokens")
        #expect(
            cut.code == 1
                && cut.transcript.errors.contains("it was cut off or changed, write it anew (lathe tokenize"),
            "\(cut.transcript.errors)")
        try models.bert("bert")
        #expect(run("tokenize --model @bert --data @text.txt --out @b.tokens").code == 0)
        let other = run("train --model @gpt2 --task lm --train @b.tokens --out @out")
        #expect(
            other.code == 1 && other.transcript.errors.contains("has the tokens of another tokenizer than"),
            "\(other.transcript.errors)")
        #expect(run("tokenize --model @gpt2 --data @none.txt --out @n.tokens").code == 1)
        #expect(!models.exists("n.tokens") && !models.exists("out"))
    }
}
