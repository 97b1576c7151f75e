import Foundation
import LatheFiles
import LatheTestFiles
import LatheTestModels
import Testing

@testable import LatheCommandLine

@Suite("Stopping a run, and continuing it with --resume --out DIR alone")
struct ResumingTests {
    private static let config =
        #"{"train_batch_size": 4, "compression_training": {"weight_quantization": {"shared_parameters": {"enabled": true}, "#
        + #""different_groups": {"w": {"params": {"start_bits": 8, "target_bits": 8}, "modules": ["*"]}}}}}"#

    private let models: TinyModels

    init() throws {
        models = try TinyModels()
        try models.bert("bert")
        try models.reviews("t.tsv", count: 16, seed: 1)
        try models.file("c.json", Self.config)
    }

    /// Runs a command, in which `@` stands for the directory of this test.
    /// - Parameter steps: how often the run may ask whether to stop before it is told to; nil for never.
    private func run(_ command: String, stopAfter steps: Int? = nil, input: String = "") -> (
        code: Int32, transcript: Transcript
    ) {
        let transcript = Transcript(), asked = Guarded(0)
        let request = Interruption.Request {
            asked.withLock { count in
                count += 1
                return count > steps ?? .max
            }
        }
        let code = Interruption.$request.withValue(request) {
            transcript.run(command.replacingOccurrences(of: "@", with: models.path + "/"), input: input)
        }
        return (code, transcript)
    }

    private static let runs = [
        "train --model @bert --task sst2 --train @t.tsv --dev @t.tsv --steps 5 --batch=4 --eval-steps 2",
        "compress --model @bert --config @c.json --distill one_stage --task sst2 --train @t.tsv --dev @t.tsv --steps 5 --eval-steps 2",
    ]

    @Test(
        "A stopped run says how far it came and what continues it, and ends as one that was not stopped",
        .tags(.slow), .unlessQuick,
        arguments: runs)
    func stopAndResume(command: String) throws {
        let name = command.prefix { $0 != " " }
        #expect(run("\(command) --out @whole").code == 0)
        let stopped = run("\(command) --out @broken", stopAfter: 3)
        #expect(stopped.code == 1)
        let text =
            "Stopped after step 3 of 5, which is saved. Continue with:\n  lathe \(name) --resume --out \(models.path("broken"))\n"
        #expect(stopped.transcript.errors.hasSuffix(text), "\(stopped.transcript.errors)")
        #expect(!stopped.transcript.errors.contains("Error"))
        #expect(models.exists("broken/arguments.json"))
        let resumed = run("\(name) --resume --out @broken --json")
        try #require(resumed.code == 0, "\(resumed.transcript.errors)")
        #expect(resumed.transcript.errors.contains("resuming after step 3"))
        #expect(try models.bytes("broken/model.safetensors") == models.bytes("whole/model.safetensors"))
        #expect(!models.exists("broken/arguments.json") && !models.exists("whole/arguments.json"))
        let again = run("\(name) --resume --out @broken")
        #expect(again.code == 1)
        #expect(
            again.transcript.errors.contains("broken: this run is finished already; there is nothing to resume"),
            "\(again.transcript.errors)")
    }

    @Test("With --json what was stopped is an error for programs")
    func json() throws {
        let error = try run(Self.runs[0] + " --out @out --json", stopAfter: 2).transcript.json()["error"]
        #expect(error?["code"]?.integer == 1)
        #expect(error?["message"]?.string?.contains("Stopped after step 2 of 5") == true)
    }

    @Test("A stop before the first step leaves nothing")
    func early() {
        let (code, transcript) = run(Self.runs[0] + " --out @out", stopAfter: 0)
        #expect(code == 1)
        #expect(transcript.errors.hasSuffix("Stopped before the first step; nothing was written.\n"))
        #expect(!models.exists("out"))
    }

    @Test(
        "Options beside --resume must be those of the beginning; threads may differ",
        .tags(.slow), .unlessQuick,
        arguments: [
            ("--batch 4 --steps 5.0 --threads 1", nil), ("--dev @t.tsv --task sst2", nil),
            ("--batch 8", "--batch 8: the run was started with --batch 4; leave it out"),
            ("--dev @bert", "the run was started with --dev"),
            ("--seed 7", "--seed 7: the run was started without it; leave it out"),
            ("--model bert-base", "--model bert-base: the run was started with --model"),
        ] as [(String, String?)])
    func options(flags: String, reason: String?) {
        #expect(run(Self.runs[0] + " --out @out", stopAfter: 2).code == 1)
        let (code, transcript) = run("train --resume --out @out \(flags)")
        if let reason {
            #expect(code == 2)
            #expect(transcript.errors.contains(reason), "\(transcript.errors)")
            #expect(run("train --resume --out @out").code == 0)
        } else {
            #expect(code == 0, "\(transcript.errors)")
        }
    }

    @Test("What a process has left that was killed after its end is removed", .tags(.slow), .unlessQuick)
    func leftover() throws {
        #expect(run(Self.runs[0] + " --out @out").code == 0)
        let lkd = "quantize --model @bert --lkd --calibration random --lkd-steps 1 --lkd-batch 2 --max-length 8"
        #expect(run(lkd + " --out @small").code == 0)
        for (command, out) in [(Self.runs[0], "out"), (lkd, "small")] {
            let words = command.replacingOccurrences(of: "@", with: models.path + "/").split(separator: " ").map(
                String.init)
            RunArguments.$current.withValue(words) { RunArguments.write(into: models.path(out)) }
            let (code, transcript) = run("\(words[0]) --resume --out @\(out)")
            #expect(code == 1)
            #expect(
                transcript.errors.contains("\(out): this") && transcript.errors.contains("run is finished already"),
                "\(transcript.errors)")
            #expect(!models.exists(out + "/arguments.json"))
        }
    }

    @Test("Layers that learn one by one continue as well", .tags(.slow), .unlessQuick)
    func layers() throws {
        let command =
            "quantize --model @bert --config - --lkd --calibration random --lkd-steps 2 --lkd-batch 2 --max-length 8"
        #expect(run(command + " --out @whole", input: Self.config).code == 0)
        // What a killed process leaves: its arguments, and layers; here none of them is finished.
        try models.makeDirectory("broken")
        let words = (command.replacingOccurrences(of: "@", with: models.path + "/") + " --out x --json").split(
            separator: " "
        ).map(String.init)
        let console = Console(input: { Data(Self.config.utf8) }, output: { _ in }, errors: { _ in })
        _ = try console.readInput()
        Console.$current.withValue(console) {
            RunArguments.$current.withValue(words) { RunArguments.write(into: models.path("broken")) }
        }
        let (code, transcript) = run("quantize --resume --out @broken")
        #expect(code == 0, "\(transcript.errors)")
        #expect(try models.bytes("broken/model.safetensors") == models.bytes("whole/model.safetensors"))
        #expect(!models.exists("broken/arguments.json"))
    }

    @Test("A run that cannot be continued says why")
    func failures() throws {
        func errors(_ command: String) -> String { run(command).transcript.errors }
        try models.makeDirectory("empty")
        #expect(
            errors("train --resume --out @empty").contains(
                "empty: no run that recorded how it was started (arguments.json); give --resume all options"))
        try models.file("damaged/arguments.json", "{}")
        #expect(
            errors("train --resume --out @damaged").contains(
                "damaged/arguments.json: does not tell how a run was started"))
        func file(_ command: String, _ directory: String) -> String {
            #"{"command": "\#(command)", "arguments": ["--model", "t.tsv", "--task", "digits"], "directory": "\#(directory)", "standard_input": null}"#
        }
        try models.file("other/arguments.json", file("compress", models.path))
        #expect(
            errors("train --resume --out @other").contains(
                "other: the run was started with lathe compress; continue it with: lathe compress --resume --out"))
        try models.file("away/arguments.json", file("train", models.path))
        #expect(
            errors("train --resume --out @away").contains(
                "from which its files (t.tsv) are named; continue it with: cd \(models.path) && lathe train --resume --out \(models.path("away"))"
            ))
    }

    @Test(
        "Words for a shell are quoted where they must be",
        arguments: [("a/b-c_1.x", "a/b-c_1.x"), ("a b", "'a b'"), ("it's", #"'it'\''s'"#), ("", "''"), ("ü", "ü")])
    func shell(word: String, quoted: String) { #expect(ShellText.quoted(word) == quoted) }
}
