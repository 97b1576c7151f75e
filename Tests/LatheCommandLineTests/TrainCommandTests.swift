import Foundation
import LatheDigits
import LatheFiles
import LatheModels
import LatheTestModels
import LatheTraining
import LatheWorkflows
import Testing

@testable import LatheCommandLine

@Suite("lathe train and lathe eval")
struct TrainCommandTests {
    private let models: TinyModels

    init() throws {
        models = try TinyModels()
        try models.bert("bert")
        try models.gpt2("gpt2")
        try models.reviews("train.tsv", count: 40, seed: 1)
        try models.reviews("dev.tsv", count: 20, seed: 2)
        try ColouredDigits.write(DigitsDataset.load(), count: 12, seed: 1, to: models.path("images.bin"))
        try models.file("text.txt", String(repeating: "in the film it is dark. ", count: 20))
    }

    /// Runs a command in which `@` stands for the directory of this test.
    private func run(_ command: String) -> (code: Int32, transcript: Transcript) {
        let transcript = Transcript()
        return (transcript.run(command.replacingOccurrences(of: "@", with: models.path + "/")), transcript)
    }

    /// What each kind of run begins with.
    private static let runs = [
        "--model @bert --task sst2 --train @train.tsv --dev @dev.tsv --batch 8",
        "--model @gpt2 --task lm --train @text.txt --dev @text.txt --max-length 12 --batch 3",
        "--model resnet8 --task digits --batch 16",
        "--model resnet8 --task cifar10 --train @images.bin --dev @images.bin --batch 4",
    ]

    @Test(
        "With --json there is one object with the promised keys, and evaluating gives the same measures",
        arguments: runs)
    func keys(run arguments: String) throws {
        let (code, transcript) = run("train \(arguments) --steps 3 --out @out --json")
        try #require(code == 0, "\(transcript.errors)")
        let json = try transcript.json()
        let measures = ["standard_errors", "examples", "baseline"]
        #expect(
            json.object?.map(\.key).filter { !measures.contains($0) } == [
                "out", "metrics", "bytes", "seconds", "steps", "best_step",
            ])
        #expect(json["examples"]?.integer != nil)
        #expect(json["out"]?.string == models.path("out"))
        #expect(json["bytes"]?.integer == (try models.bytes("out/model.safetensors")).count)
        #expect(json["steps"]?.integer == 3)
        #expect(transcript.errors.contains("step 3: "))
        let measured = [
            "lm": "lm --data @text.txt --max-length 12 --stride 12", "sst2": "sst2 --data @dev.tsv",
            "cifar10": "cifar10 --data @images.bin",
        ]
        let task = measured.first { arguments.contains("--task \($0.key)") }?.value ?? "digits"
        let (evalCode, evalTranscript) = run("eval --model @out --task \(task) --json")
        try #require(evalCode == 0, "\(evalTranscript.errors)")
        let evaluation = try evalTranscript.json()
        #expect(
            evaluation.object?.map(\.key).filter { $0 != "standard_errors" && $0 != "baseline" } == [
                "task", "metrics", "examples",
            ])
        // A saved weight is read in the order of its file, in which sums of few rows round otherwise.
        let trained = try #require(json["metrics"]?.object), saved = try #require(evaluation["metrics"]?.object)
        #expect(trained.map(\.key) == saved.map(\.key))
        for (left, right) in zip(trained, saved) {
            let (left, right) = (try #require(left.value.double), try #require(right.value.double))
            #expect(abs(left - right) <= 1e-6 * abs(left))
        }
        #expect(evalTranscript.errors.isEmpty)
    }

    @Test("Without measuring, there are no measures and no best step")
    func withoutDev() throws {
        let (code, transcript) = run("train --model @bert --task sst2 --train @train.tsv --steps 2 --out @out --json")
        #expect(code == 0)
        #expect(try transcript.json()["metrics"] == .object([]))
        #expect(try transcript.json()["best_step"]?.isNull == true)
    }

    @Test("A run that was stopped goes on with --resume to the same bytes", arguments: runs)
    func resume(run arguments: String) throws {
        let flags = "\(arguments) --steps 5 --eval-steps 2 --log-steps 1"
        #expect(run("train \(flags) --out @whole").code == 0)
        // The same run through the library, which a test can stop where it wants.
        let parsed = try LatheCommand.parseAsRoot(["train"] + words("\(flags) --out @broken"))
        let command = try #require(parsed as? TrainCommand)
        let model = try #require(command.model),
            start = ModelPreset(model).map(FineTuning.Start.preset) ?? .directory(model)
        var request = FineTuning(
            model: start, task: command.task, train: command.train, dev: command.dev, output: command.output)
        (request.maxLength, request.options) = (command.maxLength, try command.training.options(for: command.task))
        var hooks = TrainingHooks(), done = 0
        hooks.didReach = { done = $0 }
        hooks.shouldStop = { done == 3 }
        #expect(throws: TrainingError.interrupted(step: 3, directory: request.output)) { try request.run(hooks: hooks) }
        let (code, transcript) = run("train \(flags) --out @broken --resume")
        #expect(code == 0)
        #expect(transcript.errors.contains("resuming after step 3"))
        #expect(try models.bytes("broken/model.safetensors") == models.bytes("whole/model.safetensors"))
        #expect(try models.timelessLog("broken") == models.timelessLog("whole"))
    }

    private func words(_ command: String) -> [String] {
        command.replacingOccurrences(of: "@", with: models.path + "/").split(separator: " ").map(String.init)
    }

    @Test("An occupied directory is refused with the cure, untouched, and replaced with --overwrite")
    func occupied() throws {
        let command = "train --model @bert --task sst2 --train @train.tsv --dev @dev.tsv --steps 2 --out @out"
        #expect(run(command).code == 0)
        let before = try models.bytes("out/model.safetensors"), log = try models.bytes("out/training.jsonl")
        let (code, transcript) = run(command)
        #expect(code == 1)
        let message =
            "Error: \(models.path("out")): holds a training run (training.jsonl); resume it, replace it, or name another directory (--resume, --overwrite)"
        #expect(transcript.errors.hasPrefix(message))
        #expect(transcript.output.isEmpty)
        #expect(run(command + " --resume").code == 1)
        #expect(try models.bytes("out/model.safetensors") == before)
        #expect(try models.bytes("out/training.jsonl") == log)
        #expect(run(command + " --overwrite --seed 3").code == 0)
        #expect(try models.bytes("out/model.safetensors") != before)
    }

    @Test(
        "Work that fails exits with 1, says why on stderr, and makes no directory",
        arguments: [
            ("--model @none/x/y --task sst2 --train @train.tsv", "none/x/y"),
            ("--model @bert --task sst2 --train @missing.tsv", "missing.tsv: cannot open"),
            ("--model @bert --task sst2", "needs files to learn from (--train)"),
            ("--model @bert --task sst2 --train @text.txt", "text.txt"),
            ("--model @bert --task mnli --train @train.tsv", "train.tsv:1"),
            ("--model @bert --task lm --train @text.txt", "needs a language model"),
            ("--model @bert --task lambada --train @text.txt", "train with task lm"),
            (
                "--model @bert --task sst2 --train @train.tsv --max-length 999",
                "a length of 999 tokens: the model takes 2 to 24"
            ),
            (
                "--model @bert --task sst2 --train @train.tsv --batch 2 --accumulation 3",
                "accumulation: expected an integer in 1...2, the batch size, got 3"
            ),
            (
                "--model @bert --task sst2 --train @train.tsv --steps 2 --warmup 3",
                "warmup_steps: expected an integer in 0...2, got 3"
            ),
            ("--model bert-base --task sst2 --train @train.tsv", "name a directory that has one (--tokenizer)"),
            ("--model resnet8 --task digits --train @train.tsv", "leave out the files"),
            ("--model resnet8 --task cifar10 --train @", "not a regular file"),
        ])
    func failures(arguments: String, reason: String) {
        let (code, transcript) = run("train \(arguments) --out @out")
        #expect(code == 1)
        #expect(transcript.errors.contains(reason), "got: \(transcript.errors)")
        #expect(transcript.output.isEmpty)
        #expect(!models.exists("out"))
    }

    @Test(
        "Arguments that make no sense exit with 2 and say why on stderr",
        arguments: [
            ("train --task sst2 --out o", "--model"),
            ("train --model m --out o", "--task"),
            ("train --model m --task sst3 --out o", "Did you mean 'sst2'?"),
            ("train --model m --task sst2 --out o --epochs 1 --steps 1", "--epochs and --steps contradict each other"),
            ("train --model m --task sst2 --out o --resume --overwrite", "--resume continues a run"),
            ("train --model m --task sst2 --out o --steps 0", "--steps takes a number from 1 to 1000000000, got 0."),
            ("train --model m --task sst2 --out o --epochs 0", "--epochs takes"),
            ("train --model m --task sst2 --out o --batch 0", "--batch takes"),
            ("train --model m --task sst2 --out o --accumulation 0", "--accumulation takes"),
            ("train --model m --task sst2 --out o --log-steps 0", "--log-steps takes"),
            ("train --model m --task sst2 --out o --eval-steps 0", "--eval-steps takes"),
            ("train --model m --task sst2 --out o --checkpoint-steps 0", "--checkpoint-steps takes"),
            (
                "train --model m --task sst2 --out o --learning-rate nan",
                "--learning-rate takes a number above 0, got nan."
            ),
            (
                "train --model m --task sst2 --out o --learning-rate=-1",
                "--learning-rate takes a number above 0, got -1.0."
            ),
            ("train --model m --task sst2 --out o --learning-rate inf", "--learning-rate takes"),
            ("train --model m --task sst2 --out o --warmup nan", "--warmup takes"),
            ("train --model m --task sst2 --out o --weight-decay=-1", "--weight-decay takes"),
            ("train --model m --task sst2 --out o --clip=-1", "--clip takes"),
            ("train --model m --task sst2 --out o --max-length 1", "--max-length takes"),
            ("train --model m --task sst2 --out o --schedule bumpy", "'linear', 'cosine' or 'constant'"),
            ("eval --model m --task sst2 --data d --stride 3", "--stride is for task lm."),
            ("eval --model m --task lm --data d --predictions p", "--predictions is for classifiers"),
            ("eval --model m --task digits --max-length 12", "--max-length does not go with task digits."),
            ("eval --model m --task lm --data d --stride 0", "--stride takes"),
            ("eval --task lm --data d", "--model"),
        ])
    func usage(command: String, reason: String) {
        let transcript = Transcript()
        #expect(transcript.run(command) == 2)
        #expect(transcript.errors.contains(reason), "got: \(transcript.errors)")
        #expect(transcript.output.isEmpty)
    }

    // MARK: eval

    @Test("Predictions are a line for each example, the label being that of the largest output")
    func predictions() throws {
        try models.bert("sst", labels: ["positive", "negative"])
        #expect(run("eval --model @sst --task sst2 --data @dev.tsv --predictions @p.jsonl").code == 0)
        let lines = try String(decoding: models.bytes("p.jsonl"), as: UTF8.self).split(separator: "\n").map {
            try StrictJSON.parse(String($0))
        }
        #expect(lines.count == 20)
        for line in lines {
            let outputs = try #require(line["outputs"]?.array).compactMap(\.double)
            #expect(outputs.count == 2)
            #expect(line["label"]?.string == (outputs[1] > outputs[0] ? "negative" : "positive"))
        }
    }

    @Test("Where predictions cannot be written, the measures are shown all the same")
    func unwritablePredictions() throws {
        let command = "eval --model @bert --task sst2 --data @dev.tsv --predictions @none/p.jsonl",
            (code, transcript) = run(command)
        #expect(code == 1)
        #expect(transcript.errors.contains("none/p.jsonl: cannot create"))
        #expect(transcript.output.hasPrefix("accuracy  "))
        let json = run(command + " --json").transcript
        #expect(try json.json().object?.map(\.key) == ["error"])
    }

    @Test("A run trains in bf16, with SGD, on more threads, with cosine, as long as it is told")
    func options() throws {
        let command =
            "train --model @bert --task sst2 --train @train.tsv --dev @dev.tsv --out @out --epochs 2 --precision bf16 --optimizer sgd --schedule cosine "
        #expect(
            run(
                command
                    + "--clip 0 --warmup 1 --weight-decay 0 --accumulation 2 --batch 10 --checkpoint-steps 1 --seed 0"
            ).code == 0)
        let start = try #require(try models.timelessLog("out").first)
        #expect(start["total_steps"]?.integer == 8)
        #expect(start["options"]?["batch_size"]?.integer == 10)
        #expect(start["options"]?["warmup_steps"]?.integer == 1)
    }
}
