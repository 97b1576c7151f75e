/// The measures that GLUE defines for each task.
///
/// ```swift
/// let metrics = GlueMetrics.evaluate(.mrpc, classes: predictions, labels: labels)
/// metrics    // ["accuracy": 0.86, "f1": 0.9]
/// metrics[GlueMetrics.primaryName(.mrpc)]
/// ```
package enum GlueMetrics {
    /// The names of a task's measures, in the order to print them: stable keys.
    package static func names(_ task: GlueTask) -> [String] {
        switch task {
        case .cola: ["matthews_correlation"]
        case .stsb: ["pearson", "spearmanr"]
        case .mrpc, .qqp: ["accuracy", "f1"]
        case .mnli: ["accuracy", "accuracy_mm"]
        case .sst2, .qnli, .rte, .wnli: ["accuracy"]
        }
    }

    /// The measure by which the best of several models is chosen, as in DeepSpeed's GLUE example:
    /// `matthews_correlation` for CoLA, `pearson` for STS-B, `accuracy` for the others (for MNLI, on the matched set).
    /// More is better for all.
    package static func primaryName(_ task: GlueTask) -> String {
        switch task {
        case .cola: "matthews_correlation"
        case .stsb: "pearson"
        default: "accuracy"
        }
    }

    /// The measures of predicted classes. For MNLI these are the matched set's; see
    /// ``merge(matched:mismatched:)``.
    /// - Precondition: the task is no regression, and both lists are equally long.
    package static func evaluate(_ task: GlueTask, classes: [Int32], labels: [Int32]) -> [String: Double] {
        switch task {
        case .cola: ["matthews_correlation": ClassificationMetrics.matthewsCorrelation(classes, labels)]
        case .mrpc, .qqp:
            [
                "accuracy": ClassificationMetrics.accuracy(classes, labels),
                "f1": ClassificationMetrics.f1(classes, labels),
            ]
        case .sst2, .mnli, .qnli, .rte, .wnli: ["accuracy": ClassificationMetrics.accuracy(classes, labels)]
        case .stsb: preconditionFailure("STS-B has scores, not classes")
        }
    }

    /// The measures of predicted scores.
    /// - Precondition: the task is STS-B, and both lists are equally long.
    package static func evaluate(_ task: GlueTask, scores: [Float], labels: [Float]) -> [String: Double] {
        precondition(task.isRegression, "\(task.rawValue) has classes, not scores")
        return ["pearson": Correlation.pearson(scores, labels), "spearmanr": Correlation.spearman(scores, labels)]
    }

    /// MNLI's measures from those of its two sets: the second set's accuracy becomes `accuracy_mm`.
    package static func merge(matched: [String: Double], mismatched: [String: Double]) -> [String: Double] {
        var merged = matched
        merged["accuracy_mm"] = mismatched["accuracy"]
        return merged
    }

    /// The measures of a model's outputs for examples.
    ///
    /// The largest output is the predicted class, the first of equal ones; for STS-B the only output is the score.
    /// Examples without label are left out.
    /// - Parameters:
    ///   - task: says which metrics.
    ///   - outputs: `[labels.count, task.labelCount]`, row by row.
    ///   - labels: one for each example.
    /// - Precondition: `outputs` has that many numbers, and the labels are the task's.
    package static func evaluate(_ task: GlueTask, outputs: [Float], labels: [TextExample.Label]) -> [String: Double] {
        let width = task.labelCount
        precondition(outputs.count == labels.count * width, "\(outputs.count) outputs for \(labels.count) examples")
        var classes: [Int32] = []
        var classLabels: [Int32] = []
        var scores: [Float] = []
        var scoreLabels: [Float] = []
        for (row, label) in labels.enumerated() {
            switch label {
            case .none, .labelIndices: continue
            case .score(let score):
                scores.append(outputs[row * width])
                scoreLabels.append(score)
            case .classIndex(let index):
                classes.append(Int32(outputs[row * width..<(row + 1) * width].largestPlace))
                classLabels.append(index)
            }
        }
        return task.isRegression
            ? evaluate(task, scores: scores, labels: scoreLabels)
            : evaluate(task, classes: classes, labels: classLabels)
    }
}
