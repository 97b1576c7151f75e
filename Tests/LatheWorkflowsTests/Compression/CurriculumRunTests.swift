import LatheFiles
import LatheTestModels
import LatheTestFiles
import Testing

@testable import LatheCompression

@Suite("Compression under a curriculum")
struct CurriculumRunTests {
    private static func config(_ curriculum: JSONValue) throws -> DeepSpeedConfig {
        try DeepSpeedConfig(
            json: [ConfigSection.weights(8, ["c_attn"])].json.setting("curriculum_learning", to: curriculum),
            file: "c.json")
    }

    private static let linear: JSONValue = [
        "enabled": true, "curriculum_type": "seqlen", "min_difficulty": 8, "max_difficulty": 32,
        "schedule_type": "fixed_linear",
        "schedule_config": ["total_curriculum_step": 100, "difficulty_step": 8],
    ]

    @Test("The tutorials' sections are read")
    func sections() throws {
        #expect(
            try Self.config(Self.linear).curriculum
                == .init(from: 8, to: 32, .root(degree: 1, totalSteps: 100, increment: 8)))
        let root = Self.linear.setting("schedule_type", to: "fixed_root").setting("schedule_config.root_degree", to: 2)
        #expect(
            try Self.config(root).curriculum == .init(from: 8, to: 32, .root(degree: 2, totalSteps: 100, increment: 8)))
        let discrete = Self.linear.setting("schedule_type", to: "fixed_discrete").setting(
            "schedule_config", to: ["difficulty": [8, 16, 32], "max_step": [5, 10]])
        #expect(
            try Self.config(discrete).curriculum
                == .init(from: 8, to: 32, .discrete(lengths: [8, 16, 32], lastSteps: [5, 10])))
        #expect(try Self.config(["enabled": false, "curriculum_type": 3]).curriculum == nil)
    }

    static let mistakes: [(String, JSONValue?, String)] = [
        ("curriculum_type", "voc", "curriculum_type: expected seqlen, the only type that Lathe has, got \"voc\""),
        (
            "schedule_config.difficulty_step", 16,
            "schedule_config.difficulty_step: expected at most min_difficulty = 8, got 16; lengths are rounded down to 0"
        ),
        (
            "schedule_type", "custom",
            "schedule_type: expected one of fixed_linear, fixed_root, fixed_discrete, got \"custom\""
        ),
        ("max_difficulty", 4, "max_difficulty: expected at least min_difficulty = 8, got 4"),
        (
            "schedule_config.total_curriculum_step", nil,
            "schedule_config.total_curriculum_step: missing; add an integer 1…1000000000"
        ),
    ]

    @Test("What is wrong in one is named", arguments: mistakes)
    func mistake(_ key: String, _ value: JSONValue?, _ text: String) {
        #expect(throws: CompressionConfigError.self) {
            do {
                _ = try Self.config(Self.linear.setting(key, to: value))
            } catch {
                #expect("\(error)".hasPrefix("c.json: curriculum_learning.\(text)"), "\(error)")
                throw error
            }
        }
    }

    @Test("A language model is trained on the lengths of the curriculum, distilled or not", arguments: [false, true])
    func run(isDistilled: Bool) throws {
        let runs = try CompressionRuns()
        func losses(_ curriculum: JSONValue?, to output: String) throws -> [Float] {
            var request = try runs.request([.weights(8, ["c_attn"])], .gpt2, to: output, steps: 4)
            if let curriculum { request.config = try Self.config(curriculum) }
            request.config.apply(to: &request.training.options)
            if isDistilled { request.distillation = DistillationOptions() }
            var losses: [Float] = []
            _ = try request.run(report: { if case .training(.step(let progress)) = $0 { losses.append(progress.loss) } }
            )
            return losses
        }
        let whole = try losses(nil, to: "whole")
        let long = Self.linear.setting("min_difficulty", to: 12).setting("max_difficulty", to: 12)
        #expect(try losses(long, to: "long") == whole)
        let short: JSONValue = [
            "enabled": true, "curriculum_type": "seqlen", "min_difficulty": 4, "max_difficulty": 12,
            "schedule_type": "fixed_discrete",
            "schedule_config": ["difficulty": [4, 12], "max_step": [2]],
        ]
        let grown = try losses(short, to: "short")
        #expect(grown[0] != whole[0])
        #expect(grown.count == 4)
    }

    @Test("Other tasks refuse one")
    func classifier() throws {
        let runs = try CompressionRuns()
        var request = try runs.request([.weights(8, ["query"])])
        request.training.options.curriculum = try Self.config(Self.linear).curriculum
        #expect(runs.message(request).contains("curriculum: expected a task with texts of equal length (lm)"))
    }
}
