import LatheTraining
import Testing

@Suite("GLUE's measures")
struct GlueMetricsTests {
    @Test("Keys of each task, and the one that chooses the best model")
    func names() {
        #expect(
            GlueTask.allCases.map(GlueMetrics.names) == [
                ["matthews_correlation"], ["accuracy"], ["accuracy", "f1"], ["pearson", "spearmanr"],
                ["accuracy", "f1"],
                ["accuracy", "accuracy_mm"], ["accuracy"], ["accuracy"], ["accuracy"],
            ])
        for task in GlueTask.allCases { #expect(GlueMetrics.names(task).contains(GlueMetrics.primaryName(task))) }
        #expect(GlueMetrics.primaryName(.cola) == "matthews_correlation")
        #expect(GlueMetrics.primaryName(.stsb) == "pearson")
    }

    @Test("Evaluation gives the named keys", arguments: GlueTask.allCases)
    func keys(task: GlueTask) {
        let examples = (0..<6).map { index in
            TextExample(text: "x", label: task.isRegression ? .score(Float(index % 4)) : .classIndex(Int32(index % 2)))
        }
        let outputs = examples.indices.flatMap { index -> [Float] in
            task.isRegression ? [Float(index % 4)] : (0..<task.labelCount).map { $0 == index % 2 ? 1 : 0 }
        }
        var metrics = GlueMetrics.evaluate(task, outputs: outputs, labels: examples.map(\.label))
        if task == .mnli { metrics = GlueMetrics.merge(matched: metrics, mismatched: ["accuracy": 1]) }
        #expect(Set(metrics.keys) == Set(GlueMetrics.names(task)))
        #expect(metrics.values.allSatisfy { abs($0 - 1) < 1e-12 })
    }

    @Test("Examples without label do not count; of equal outputs the first is taken")
    func outputs() {
        let examples = [
            TextExample(text: "a", label: .classIndex(0)), TextExample(text: "b"),
            TextExample(text: "c", label: .classIndex(1)),
        ]
        #expect(
            GlueMetrics.evaluate(.sst2, outputs: [1, 1, 0, 5, 0.5, 0.5], labels: examples.map(\.label)) == [
                "accuracy": 0.5
            ])
        #expect(GlueMetrics.evaluate(.stsb, outputs: [], labels: []) == ["pearson": 0, "spearmanr": 0])
    }

    @Test("MNLI's second set")
    func mismatched() {
        let merged = GlueMetrics.merge(matched: ["accuracy": 0.75], mismatched: ["accuracy": 0.5])
        #expect(merged == ["accuracy": 0.75, "accuracy_mm": 0.5])
    }
}
