import LatheTasks
import LatheTensor
import Testing

@Suite("Evaluation")
struct EvaluationTests {
    private func accuracy(_ value: Double) -> Evaluation { Evaluation([.init("f1", 0.1), .init("accuracy", value)], primary: "accuracy") }
    private func perplexity(_ value: Double) -> Evaluation { Evaluation([.init("perplexity", value)], primary: "perplexity", isHigherBetter: false) }

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
