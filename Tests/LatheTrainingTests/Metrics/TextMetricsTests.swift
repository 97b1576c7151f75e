import LatheTraining
import Testing

/// The expected values are scikit-learn 1.7's for the same answers.
@Suite("Scores on a user's own texts")
struct TextMetricsTests {
    private func close(_ value: Double?, _ expected: Double) -> Bool {
        value.map { abs($0 - expected) < 1e-7 } ?? false
    }

    /// Outputs whose largest, or only positive, values are these answers.
    private func outputs(_ answers: [[Int]], width: Int) -> [Float] {
        answers.flatMap { answer in (0..<width).map { answer.contains($0) ? 2 : -1 } }
    }

    private static let names = ["a", "b", "c"]

    @Test("Classes have accuracy with its standard error, macro-F1, a confusion matrix and the majority's share")
    func classes() throws {
        let truths: [Int32] = [0, 0, 1, 2, 2, 2, 0, 1], answers = [0, 1, 1, 2, 0, 2, 0, 1]
        let evaluation = TextMetrics.evaluate(
            .classification, outputs: outputs(answers.map { [$0] }, width: 3), truths: truths.map { .classIndex($0) },
            labels: Self.names)
        #expect(evaluation.primaryValue == 0.75)
        #expect(evaluation.metrics[0].standardError == (0.75 * 0.25 / 8).squareRoot())
        #expect(close(evaluation["macro_f1"], 0.7555555555555555))
        #expect(evaluation.exampleCount == 8)
        #expect(evaluation.confusion?.counts == [[2, 1, 0], [0, 2, 0], [1, 0, 2]])
        #expect(evaluation.baseline == Evaluation.Baseline(metric: "accuracy", value: 0.375, answer: "'a'"))
        #expect(!evaluation.isNoBetterThanBaseline)
    }

    @Test("Classes that are neither true nor answered do not count in macro-F1")
    func absentClass() {
        let evaluation = TextMetrics.evaluate(
            .classification, outputs: outputs([[0], [2], [2], [2]], width: 3),
            truths: [0, 0, 2, 2].map { .classIndex($0) }, labels: Self.names)
        #expect(close(evaluation["macro_f1"], 0.7333333333333334))
    }

    @Test("Sets of labels have micro- and macro-F1 and the share of sets that are all right")
    func labelSets() {
        let truths: [TextExample.Label] = [[0, 2], [], [1], [0, 1]].map { .labelIndices($0) }
        let evaluation = TextMetrics.evaluate(
            .multilabel, outputs: outputs([[0], [], [1, 2], [0]], width: 3), truths: truths, labels: Self.names)
        #expect(close(evaluation["micro_f1"], 0.6666666666666666))
        #expect(close(evaluation["macro_f1"], 0.5555555555555555))
        #expect(evaluation["accuracy"] == 0.25)
        #expect(evaluation.isNoBetterThanBaseline)
    }

    @Test("Numbers have R², errors and correlations, and the mean is their baseline")
    func numbers() {
        let truths: [Float] = [1, 2.5, -3, 4]
        let evaluation = TextMetrics.evaluate(
            .regression, outputs: [1.5, 2, -2, 3], truths: truths.map { .score($0) }, labels: ["score"])
        #expect(close(evaluation["r2"], 0.9080459770114943))
        #expect(close(evaluation["mse"], 0.625))
        #expect(close(evaluation["mae"], 0.75))
        let mean = TextMetrics.evaluate(
            .regression, outputs: [1.125, 1.125, 1.125, 1.125], truths: truths.map { .score($0) }, labels: ["score"])
        #expect(mean["r2"] == 0)
        #expect(mean.isNoBetterThanBaseline)
    }

    @Test("Examples without label are left out")
    func unlabelled() {
        let evaluation = TextMetrics.evaluate(
            .classification, outputs: outputs([[0], [1], [2]], width: 3),
            truths: [.classIndex(0), .none, .classIndex(0)], labels: Self.names)
        #expect(evaluation.exampleCount == 2)
        #expect(evaluation.primaryValue == 0.5)
    }
}
