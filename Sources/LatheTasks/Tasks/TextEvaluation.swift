import LatheModels
import LatheTensor

/// Measures classifiers of texts.
public enum TextEvaluation {
    /// Texts that go through the model at once.
    private static let batchSize = 32

    /// The outputs of `model` for every text, `[texts.count, model.labelCount]` row by row. Runs as inference.
    /// - Parameters:
    ///   - model: what classifies.
    ///   - texts: tokenized for it.
    ///   - report: hears how many texts are done.
    public static func outputs(of model: some SequenceClassifier, for texts: TokenizedTexts, report: (Int) -> Void = { _ in }) -> [Float] {
        let width = model.labelCount
        var outputs = [Float](repeating: 0, count: texts.count * width), done = 0
        withInference {
            for batch in texts.batches(of: batchSize) {
                let logits = model(texts.batch(batch)).floatArray
                for (row, index) in batch.enumerated() {
                    for column in 0..<width { outputs[index * width + column] = logits[row * width + column] }
                }
                done += batch.count
                report(done)
            }
        }
        return outputs
    }

    /// The measures of GLUE's `task` for a model's outputs; MNLI's two sets come as two.
    /// - Parameters:
    ///   - task: says which metrics.
    ///   - sets: outputs and labels; one set, or MNLI's matched and mismatched one.
    public static func evaluation(_ task: GlueTask, _ sets: [(outputs: [Float], labels: [ExampleLabel])]) -> Evaluation {
        let results = sets.map { GlueMetrics.evaluate(task, outputs: $0.outputs, labels: $0.labels) }
        let merged = results.count > 1 ? GlueMetrics.merge(matched: results[0], mismatched: results[1]) : results.first ?? [:]
        let counts = sets.map { $0.labels.count { $0 != .none } }
        let shares = ["accuracy": counts.first ?? 0, "accuracy_mm": counts.last ?? 0]
        let metrics = GlueMetrics.names(task).compactMap { name in
            merged[name].map { value in shares[name].map { .share(name, value, of: $0) } ?? Evaluation.Metric(name, value) }
        }
        return Evaluation(metrics, primary: GlueMetrics.primaryName(task), exampleCount: counts.reduce(0, +))
    }
}
