import LatheModels
import LatheNN
import LatheTestFiles
import LatheTestModels
import Testing

@testable import LatheCommandLine

@Suite("Configs that plan and quantize take")
struct PlanConfigTests {
    private let models: TinyModels
    private static let weights = """
        {"shared_parameters": {"enabled": true, "quantize_weight_in_forward": true}, "different_groups": {"a": {"params": {"start_bits": 8, \
        "target_bits": 8}, "modules": ["attention.self"]}}}
        """

    init() throws {
        models = try TinyModels()
        try models.bert("bert")
    }

    private func run(_ command: String) -> (code: Int32, transcript: Transcript) {
        let transcript = Transcript()
        return (transcript.run(command.replacing("@", with: models.path + "/")), transcript)
    }

    /// The notes of a plan for a config with `fields`.
    private func notes(_ fields: String, section: String = weights) throws -> [String] {
        try models.file("c.json", #"{\#(fields), "compression_training": {"weight_quantization": \#(section)}}"#)
        let (code, transcript) = run("plan --model @bert --config @c.json --json")
        try #require(code == 0, "\(transcript.errors)")
        return try transcript.json()["warnings"]?.array?.compactMap(\.string) ?? []
    }

    @Test(
        "Every scheduler of DeepSpeed is taken",
        arguments: [
            #"{"type": "WarmupCosineLR", "params": {"total_num_steps": 100, "warmup_num_steps": 10, "cos_min_ratio": 0.01}}"#,
            #"{"type": "OneCycle", "params": {"cycle_min_lr": 1e-5, "cycle_max_lr": 1e-3, "cycle_first_step_size": 10}}"#,
            #"{"type": "LRRangeTest", "params": {"lr_range_test_min_lr": 1e-5, "lr_range_test_staircase": true}}"#,
            #"{"type": "WarmupDecayLR", "params": {"total_num_steps": 100, "warmup_num_steps": 10}}"#,
            #"{"type": "WarmupLR"}"#,
        ])
    func schedulers(_ section: String) throws {
        #expect(try notes(#""scheduler": \#(section)"#) == [])
    }

    @Test(
        "Values of a scheduler that transformers fills in are noted and not refused",
        arguments: [
            #"{"type": "WarmupDecayLR", "params": {"total_num_steps": "auto", "warmup_min_lr": "auto", "warmup_max_lr": "auto", "warmup_num_steps": "auto"}}"#,
            #"{"type": "WarmupLR", "params": {"warmup_max_lr": "auto", "warmup_num_steps": 100}}"#,
            #"{"type": "WarmupCosineLR", "params": {"total_num_steps": "auto", "warmup_num_steps": "auto"}}"#,
        ])
    func automaticSchedulers(_ section: String) throws {
        let notes = try notes(#""scheduler": \#(section)"#)
        #expect(notes.count == 1 && notes[0].hasSuffix(#""auto" is taken as absent"#), "\(notes)")
    }

    @Test(
        "Every optimizer of DeepSpeed is taken", .tags(.slow), .unlessQuick,
        arguments: ["Lamb", "Lion", "Adagrad", "Adam", "SGD", "adamw"])
    func optimizers(_ name: String) throws {
        #expect(try notes(#""optimizer": {"type": "\#(name)", "params": {"lr": 0.00015}}"#) == [])
        #expect(run("quantize --model @bert --config @c.json --out @out").code == 0)
    }

    @Test(
        "An optimizer that sends few gradients is taken with a note",
        arguments: ["OneBitAdam", "ZeroOneAdam", "OneBitLamb"])
    func communicating(_ name: String) throws {
        let notes = try notes(#""optimizer": {"type": "\#(name)", "params": {"lr": 0.00015, "freeze_step": 400}}"#)
        #expect(notes.contains { $0.hasPrefix("optimizer.type: ") }, "\(notes)")
    }

    @Test(
        "An optimizer that Lathe does not have is no matter where nothing is trained",
        .tags(.slow), .unlessQuick,
        arguments: ["Muon", "MuAdam", "torch.optim.Rprop"])
    func foreignOptimizers(_ name: String) throws {
        #expect(try notes(#""optimizer": {"type": "\#(name)"}"#).count == 1)
        #expect(run("quantize --model @bert --config @c.json --out @out").code == 0)
    }

    @Test(
        "A batch for several processes is noted",
        arguments: [(32, 16, 1, "2 processes"), (256, 4, 16, "4 processes"), (24, 1, 8, "3 processes")])
    func processes(_ train: Int, _ micro: Int, _ accumulation: Int, _ text: String) throws {
        let fields =
            #""train_batch_size": \#(train), "train_micro_batch_size_per_gpu": \#(micro), "gradient_accumulation_steps": \#(accumulation)"#
        let notes = try notes(fields)
        #expect(notes.count == 1 && notes[0].contains(text), "\(notes)")
    }

    @Test("A batch that no number of processes gives is no matter where nothing is trained")
    func oddBatch() throws {
        let notes = try notes(
            #""train_batch_size": 33, "train_micro_batch_size_per_gpu": 16, "gradient_accumulation_steps": 1"#)
        #expect(notes.count == 1 && notes[0].contains("(matters to training only)"), "\(notes)")
    }

    @Test(
        "A file that asks for nothing stops every command, and nothing is written",
        arguments: [
            (#"{"foo": 1}"#, "compression_training: missing"),
            (#"{"model_type": "bert", "architectures": ["BertModel"]}"#, "the configuration of a model"),
            (#"{"compression": {"weight_quantization": {}}}"#, "did you mean compression_training?"),
            ("{}", "compression_training: missing"),
            (
                #"{"compression_training": {"weight_quantization": {"shared_parameters": {"enabled": false}}}}"#,
                "nothing in it is enabled"
            ),
        ])
    func nothing(_ text: String, _ reason: String) throws {
        try models.file("c.json", text)
        try models.reviews("t.tsv", count: 8, seed: 1)
        for command in [
            "plan --model @bert", "quantize --model @bert --out @out",
            "compress --model @bert --task sst2 --train @t.tsv --steps 1 --out @out",
        ] {
            let (code, transcript) = run(command + " --config @c.json")
            #expect(code == 1 && transcript.errors.contains(reason), "\(command): \(transcript.errors)")
        }
        #expect(!models.exists("out"))
    }
}
