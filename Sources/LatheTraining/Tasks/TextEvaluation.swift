import LatheModels
import LatheTensor

/// Measures classifiers of texts.
package enum TextEvaluation {
    /// Texts that go through the model at once.
    private static let batchSize = 32

    /// The outputs of `model` for every text, `[texts.count, model.labelCount]` row by row. Runs as inference.
    /// - Parameters:
    ///   - model: what classifies.
    ///   - texts: tokenized for it.
    ///   - report: hears how many texts are done.
    package static func outputs(
        of model: some SequenceClassifier, for texts: TokenizedTexts, report: (Int) -> Void = { _ in }
    ) -> [Float] {
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

    /// The scores of a model's outputs.
    /// - Parameters:
    ///   - task: fixes the metrics.
    ///   - sets: outputs and labels; one set, or MNLI's matched and mismatched one.
    ///   - labels: the names of the outputs.
    package static func evaluation(
        _ task: TextTask, _ sets: [(outputs: [Float], labels: [TextExample.Label])], labels: [String]
    ) -> Evaluation {
        guard let glue = task.glue else {
            return TextMetrics.evaluate(
                task, outputs: sets.flatMap(\.outputs), truths: sets.flatMap(\.labels), labels: labels)
        }
        let results = sets.map { GlueMetrics.evaluate(glue, outputs: $0.outputs, labels: $0.labels) }
        let merged =
            results.count > 1 ? GlueMetrics.merge(matched: results[0], mismatched: results[1]) : results.first ?? [:]
        let counts = sets.map { $0.labels.count { $0 != .none } }
        let shares = ["accuracy": counts.first ?? 0, "accuracy_mm": counts.last ?? 0]
        let metrics = GlueMetrics.names(glue).compactMap { name in
            merged[name].map { value in
                shares[name].map { .share(name, value, of: $0) } ?? Evaluation.Metric(name, value)
            }
        }
        var evaluation = Evaluation(metrics, primary: GlueMetrics.primaryName(glue), exampleCount: counts.reduce(0, +))
        evaluation.baseline = TextMetrics.baseline(task, sets.first?.labels ?? [], labels: labels)
        if task.problem == .singleLabel { evaluation.confusion = confusion(sets, labels) }
        return evaluation
    }

    private static func confusion(_ sets: [(outputs: [Float], labels: [TextExample.Label])], _ labels: [String])
        -> ConfusionMatrix?
    {
        var answers: [Int32] = [], truths: [Int32] = []
        for (outputs, expected) in sets {
            for case (let row, .classIndex(let truth)) in expected.enumerated() {
                answers.append(Int32(outputs[row * labels.count..<(row + 1) * labels.count].largestPlace))
                truths.append(truth)
            }
        }
        return TextMetrics.confusion(answers, truths, labels)
    }
}
