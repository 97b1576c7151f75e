import LatheTraining
import Testing

@Suite("Evaluation")
struct EvaluationTests {
    private func accuracy(_ value: Double) -> Evaluation {
        Evaluation([.init("f1", 0.1), .init("accuracy", value)], primary: "accuracy")
    }
    private func perplexity(_ value: Double) -> Evaluation {
        Evaluation([.init("perplexity", value)], primary: "perplexity", isHigherBetter: false)
    }

    @Test("The primary measure decides, upwards for accuracy and downwards for perplexity")
    func better() {
        #expect(accuracy(0.8).isBetter(than: accuracy(0.7)))
        #expect(!accuracy(0.7).isBetter(than: accuracy(0.8)))
        #expect(perplexity(20).isBetter(than: perplexity(30)))
        #expect(!perplexity(30).isBetter(than: perplexity(20)))
        #expect(!accuracy(0.8).isBetter(than: accuracy(0.8)))
    }

    @Test("A number is better than nothing, and NaN better than none")
    func nothing() {
        #expect(accuracy(0).isBetter(than: nil))
        #expect(!perplexity(.nan).isBetter(than: nil))
        #expect(!perplexity(.nan).isBetter(than: perplexity(1)))
    }

    @Test("JSON keeps the order of the measures")
    func json() {
        #expect(accuracy(0.75).json.text() == #"{"f1":0.1,"accuracy":0.75}"#)
    }
}

extension EvaluationTests {
    @Test("A share has the binomial standard error, and none without examples")
    func standardError() {
        #expect(Evaluation.Metric.share("accuracy", 0.8, of: 100).standardError == (0.8 * (1 - 0.8) / 100).squareRoot())
        #expect(Evaluation.Metric.share("accuracy", 0, of: 0).standardError == nil)
    }

    @Test("Measured texts count those with a label, and shares of them have a standard error")
    func countsExamples() {
        let labels: [TextExample.Label] = [.classIndex(0), .none, .classIndex(1), .classIndex(1), .classIndex(0)]
        let outputs: [Float] = [1, 0, 1, 0, 0, 1, 1, 0, 1, 0]
        let evaluation = TextEvaluation.evaluation(.glue(.sst2), [(outputs, labels)], labels: ["negative", "positive"])
        #expect(evaluation.exampleCount == 4)
        #expect(evaluation.metrics == [.share("accuracy", 0.75, of: 4)])
    }
}
