import LatheTensor
import LatheTestModels
import Testing

@testable import LatheTraining

/// The lengths are those of `CurriculumScheduler` of DeepSpeed 0.18.3, `update_difficulty(step + 1)` for steps from 0
/// on.
@Suite("Sequences that grow")
struct SequenceCurriculumTests {
    static let recordedLengths: [(SequenceCurriculum, [Int])] = [
        (
            .init(from: 8, to: 32, .root(degree: 1, totalSteps: 10, increment: 8)),
            [8, 8, 8, 16, 16, 16, 24, 24, 24, 32, 32, 32, 32, 32]
        ),
        (
            .init(from: 8, to: 64, .root(degree: 2, totalSteps: 12, increment: 8)),
            [24, 24, 32, 40, 40, 40, 48, 48, 56, 56, 56, 64, 64, 64]
        ),
        (
            .init(from: 10, to: 30, .root(degree: 1, totalSteps: 8, increment: 8)),
            [8, 8, 16, 16, 16, 24, 24, 24, 30, 30, 30, 30, 30, 30]
        ),
        (
            .init(from: 8, to: 32, .discrete(lengths: [8, 16, 32], lastSteps: [3, 7])),
            [8, 8, 8, 16, 16, 16, 16, 32, 32, 32, 32, 32]
        ),
        (
            .init(from: 8, to: 24, .discrete(lengths: [8, 24, 16, 32], lastSteps: [2, 4, 6])),
            [8, 8, 24, 24, 24, 24, 24, 24, 24, 24, 24, 24]
        ),
    ]

    @Test("Lengths are DeepSpeed's", arguments: recordedLengths)
    func lengths(_ curriculum: SequenceCurriculum, _ lengths: [Int]) {
        #expect(lengths.indices.map(curriculum.length) == lengths)
    }

    @Test("Steps without end do not overflow")
    func largeSteps() {
        #expect(
            SequenceCurriculum(from: 8, to: 32, .root(degree: 1, totalSteps: 1, increment: 8)).length(at: .max - 1)
                == 32)
    }

    /// 40 tokens, of which the token after t is t + 1.
    private func task() throws -> LanguageModelingTask<TableModel> {
        let text = TokenStream((0..<40).map { Int32($0) }, source: "text")
        let model = TableModel(vocabularySize: 64, next: [:])
        return try LanguageModelingTask(for: model, train: text, dev: nil, blockLength: 10, identity: "")
    }

    @Test("A shortened example is the beginning of the whole one, and no shorter one is padded")
    func shortened() throws {
        var random = SplitMix64(seed: 1)
        let task = try task(), short = try #require(task.shortened(to: 4))
        #expect(short.batch([1, 3], &random).ids.int32Array == [10, 11, 12, 13, 30, 31, 32, 33])
        #expect(short.exampleCount == task.exampleCount)
        #expect(
            try #require(task.shortened(to: 99)).batch([0], &random).ids.int32Array
                == task.batch([0], &random).ids.int32Array)
    }

    @Test(
        "Durations in tokens count what a step reads",
        arguments: [
            (nil, 320, 8), (nil, 321, 9), (nil, 40, 1),
            (SequenceCurriculum(from: 4, to: 8, .discrete(lengths: [4, 8], lastSteps: [3])), 48 + 64, 5),
        ] as [(SequenceCurriculum?, Int, Int)])
    func tokens(_ curriculum: SequenceCurriculum?, _ tokens: Int, _ steps: Int) throws {
        var options = TrainingOptions(.tokens(tokens), batchSize: 4, learningRate: 1)
        options.curriculum = curriculum
        options.warmUp = .tokens(tokens / 2)
        let plan = try options.plan(exampleCount: 4, exampleLength: 10)
        #expect(plan.totalSteps == steps)
        #expect(plan.schedule.warmupSteps == (curriculum == nil ? (tokens / 2 + 39) / 40 : 4))
        let error = #expect(throws: TrainingOptionsError.self) { try options.plan(exampleCount: 4) }
        #expect(error?.problems.map(\.option) == ["tokens"])
    }

    @Test("Tasks without texts of equal length are refused")
    func otherTasks() {
        var options = toyOptions()
        options.curriculum = SequenceCurriculum(from: 8, to: 16, .discrete(lengths: [8, 16], lastSteps: [3]))
        let error = #expect(throws: TrainingOptionsError.self) { try Trainer(ToyTask(), options: options) }
        #expect(error?.problems.map(\.option) == ["curriculum"])
        options.curriculum = SequenceCurriculum(from: 1, to: 16, .root(degree: 1, totalSteps: 9, increment: 8))
        #expect(throws: TrainingOptionsError.self) { try options.plan(exampleCount: 4) }
    }
}
