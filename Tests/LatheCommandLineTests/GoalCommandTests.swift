import LatheTestFiles
import LatheTestModels
import LatheWorkflows
import Testing

@testable import LatheCommandLine

@Suite("--goal of lathe plan, lathe quantize and lathe compress")
struct GoalCommandTests {
    private let models: TinyModels

    init() throws { models = try TinyModels.sentiment() }

    private func run(_ command: String) -> (code: Int32, transcript: Transcript) {
        let transcript = Transcript()
        return (transcript.run(command.replacing("@", with: models.path + "/")), transcript)
    }

    private let data = "--task sst2 --train @train.tsv --dev @dev.tsv --steps 2"

    /// The options that the first lines of a config name beside it.
    private func recommended(_ goal: StarterGoal) -> String {
        switch goal {
        case .int8, .int4, .halfSize, .pruned: "--distill one_stage"
        case .oneBit: "--distill one_stage --floats float16"
        }
    }

    @Test(
        "Compressing towards a goal gives the model of its config and of the options that go with it",
        .tags(.slow), .unlessQuick,
        arguments: StarterGoal.allCases)
    func compress(_ goal: StarterGoal) throws {
        let byGoal = run("compress --model @bert --goal \(goal.rawValue) \(data) --out @goal")
        try #require(byGoal.code == 0, "\(byGoal.transcript.errors)")
        #expect(run("config init --goal \(goal.rawValue) --model @bert --out @c.json").code == 0)
        let byConfig = run("compress --model @bert --config @c.json \(recommended(goal)) \(data) --out @config")
        try #require(byConfig.code == 0, "\(byConfig.transcript.errors)")
        #expect(try models.bytes("goal/model.safetensors") == models.bytes("config/model.safetensors"))
    }

    @Test("The record of a goal holds a config that repeats the run", .tags(.slow), .unlessQuick)
    func record() throws {
        #expect(run("compress --model @bert --goal 1bit \(data) --out @goal").code == 0)
        let text = try #require(RunRecord(path: RunRecord.path(in: models.path("goal"))).config)
        try models.file("again.json", text)
        #expect(
            run("compress --model @bert --config @again.json \(recommended(.oneBit)) \(data) --out @again").code == 0)
        #expect(try models.bytes("goal/model.safetensors") == models.bytes("again/model.safetensors"))
    }

    @Test("What is given beside a goal goes before what the goal recommends")
    func options() throws {
        #expect(run("compress --model @bert --goal 1bit --floats float32 --distill none \(data) --out @out").code == 0)
        let record = try RunRecord(path: RunRecord.path(in: models.path("out")))
        #expect(record.options.contains(.init("floats", "float32")) && record.teacher == nil)
    }

    @Test("A model without a head cannot teach a task, and is told what to do")
    func headless() throws {
        try models.encoder("encoder")
        let (code, transcript) = run("compress --model @encoder --goal 1bit \(data) --out @out")
        #expect(code == 1)
        #expect(
            transcript.errors.contains("encoder: has no head to teach sst2 with; train one first"),
            "\(transcript.errors)")
        #expect(!models.exists("out"))
        #expect(run("compress --model @encoder --goal 1bit --distill none \(data) --out @out").code == 0)
    }

    @Test("A residual network learns from labels")
    func residual() throws {
        try models.digits("digits", hasBatchNorm: true)
        let (code, transcript) = run("compress --model @digits --goal pruned --task digits --steps 2 --out @out")
        #expect(code == 0, "\(transcript.errors)")
    }

    @Test(
        "Quantising towards a goal gives the file of its config and of the options that go with it",
        .tags(.slow), .unlessQuick,
        arguments: [(StarterGoal.int8, ""), (.int4, " --scales search")])
    func quantize(_ goal: StarterGoal, _ options: String) throws {
        let byGoal = run("quantize --model @bert --goal \(goal.rawValue) --out @goal")
        try #require(byGoal.code == 0, "\(byGoal.transcript.errors)")
        #expect(run("config init --goal \(goal.rawValue) --model @bert --out @c.json").code == 0)
        #expect(run("quantize --model @bert --config @c.json\(options) --out @config").code == 0)
        #expect(try models.bytes("goal/model.safetensors") == models.bytes("config/model.safetensors"))
    }

    @Test("Without a goal and a config, quantising means int8, and says so")
    func usual() throws {
        let (code, transcript) = run("quantize --model @bert --out @usual")
        #expect(code == 0)
        #expect(
            transcript.errors.contains(
                "note: no --goal and no --config: weights and activations get 8 bits (--goal int8)"))
        #expect(run("quantize --model @bert --goal int8 --out @goal").code == 0)
        #expect(try models.bytes("usual/model.safetensors") == models.bytes("goal/model.safetensors"))
    }

    @Test(
        "A goal that needs training is refused by quantize with the command to use",
        .tags(.slow), .unlessQuick,
        arguments: [StarterGoal.oneBit, .halfSize, .pruned])
    func needsTraining(_ goal: StarterGoal) throws {
        #expect(
            run("train --model @bert --task sst2 --train @train.tsv --dev @dev.tsv --steps 1 --out @trained").code == 0)
        let (code, transcript) = run("quantize --model @trained --goal \(goal.rawValue) --out @small")
        #expect(code == 2)
        let command =
            "lathe compress --model @trained --goal \(goal.rawValue) --task sst2 --train @train.tsv --dev @dev.tsv --out @small"
        #expect(
            transcript.errors.contains("\n  " + command.replacing("@", with: models.path + "/") + "\n"),
            "\(transcript.errors)")
        #expect(!models.exists("small"))
        // The command does what it says.
        let compress = run(String(command.dropFirst("lathe ".count)) + " --steps 1")
        #expect(compress.code == 0, "\(compress.transcript.errors)")
    }

    @Test("The plan of a goal is that of its config", arguments: StarterGoal.allCases)
    func plan(_ goal: StarterGoal) throws {
        let byGoal = run("plan --model @bert --goal \(goal.rawValue) --json")
        #expect(byGoal.code == 0, "\(byGoal.transcript.errors)")
        #expect(run("config init --goal \(goal.rawValue) --model @bert --out @c.json").code == 0)
        #expect(try byGoal.transcript.json() == run("plan --model @bert --config @c.json --json").transcript.json())
    }

    @Test("A plan takes the sizes of a preset, too")
    func preset() {
        #expect(run("plan --model resnet20 --goal pruned").code == 0)
    }

    @Test(
        "Weights of 1 or 2 bits without training are warned of, with the command that trains",
        arguments: [(1, "1 bit"), (2, "2 bits")])
    func lowBits(bits: Int, text: String) throws {
        let groups =
            #"{"wq": {"params": {"start_bits": \#(bits), "target_bits": \#(bits)}, "modules": ["intermediate"]}}"#
        try models.file(
            "c.json",
            #"{"compression_training": {"weight_quantization": {"shared_parameters": {"enabled": true}, "different_groups": \#(groups)}}}"#
        )
        let (code, transcript) = run("quantize --model @bert --config @c.json --out @out")
        #expect(code == 0)
        #expect(
            transcript.errors.contains("note: weights of \(text) are rounded without training"), "\(transcript.errors)")
        let command =
            "lathe compress --model @bert --config @c.json --distill one_stage --task TASK --train train.tsv --dev dev.tsv --out @out"
        #expect(transcript.errors.contains("\n  " + command.replacing("@", with: models.path + "/") + "\n"))
        #expect(
            try RunRecord(path: RunRecord.path(in: models.path("out"))).notes.contains {
                $0.hasPrefix("weights of \(text) are rounded")
            })
    }

    @Test(
        "Arguments that make no sense exit with 2",
        arguments: [
            ("compress --model m --task sst2 --out o", "--goal is missing; choose one:\n  int8 "),
            ("compress --model m --task sst2 --out o", "\n  1bit "),
            ("compress --model m --goal int8 --config c --task sst2 --out o", "--config and --goal exclude each other"),
            ("quantize --model m --goal int8 --config c --out o", "--config and --goal exclude each other"),
            ("plan --model m --goal int8 --config c", "--config and --goal exclude each other"),
            ("quantize --model m --goal int7 --out o", "'int8', 'int4', '1bit', 'half-size'"),
            (
                "quantize --model m --goal 1bit --out o",
                "lathe compress --model m --goal 1bit --task TASK --train train.tsv --dev dev.tsv --out o"
            ),
        ])
    func usage(command: String, reason: String) {
        let (code, transcript) = run(command)
        #expect(code == 2)
        #expect(transcript.errors.contains(reason), "\(transcript.errors)")
        #expect(transcript.output.isEmpty)
    }
}
