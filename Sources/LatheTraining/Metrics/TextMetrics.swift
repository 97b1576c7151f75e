/// Scores of a model of texts.
package enum TextMetrics {
    /// The scores of outputs on a user's own data. Examples without label are left out.
    ///
    /// - Classes: `accuracy`, by which models are chosen, and `macro_f1`.
    /// - Labels: `micro_f1`, by which models are chosen, `macro_f1`, and `accuracy`, the share of examples whose labels
    ///   are all right; a label is answered where its probability is above one half.
    /// - Numbers: `r2`, by which models are chosen, `mse`, `mae`, `pearson` and `spearmanr`.
    /// - Parameters:
    ///   - task: one whose columns and labels are the user's.
    ///   - outputs: `[labels.count, labelNames.count]`, row by row.
    ///   - truths: one for each example.
    ///   - labels: the names of the outputs.
    package static func evaluate(_ task: TextTask, outputs: [Float], truths: [TextExample.Label], labels: [String])
        -> Evaluation
    {
        precondition(
            outputs.count == truths.count * labels.count,
            "\(outputs.count) outputs for \(truths.count) examples of \(labels.count) labels")
        let rows = truths.indices.map { outputs[$0 * labels.count..<($0 + 1) * labels.count] }
        var evaluation =
            switch task.problem {
            case .singleLabel: classes(rows, truths, labels)
            case .multiLabel: labelSets(rows, truths, labels)
            case .regression: numbers(rows, truths)
            }
        evaluation.baseline = baseline(task, truths, labels: labels)
        return evaluation
    }

    private static func classes(_ rows: [ArraySlice<Float>], _ truths: [TextExample.Label], _ labels: [String])
        -> Evaluation
    {
        var answers: [Int32] = [], expected: [Int32] = [], scores = F1Scores(classCount: labels.count)
        for case (let row, .classIndex(let truth)) in zip(rows, truths) {
            let answer = Int32(row.largestPlace)
            answers.append(answer)
            expected.append(truth)
            scores.add(predicted: [answer], actual: [truth])
        }
        let accuracy = ClassificationMetrics.accuracy(answers, expected)
        var evaluation = Evaluation(
            [.share("accuracy", accuracy, of: expected.count), .init("macro_f1", scores.macroOverPresent)],
            primary: "accuracy",
            exampleCount: expected.count)
        evaluation.confusion = confusion(answers, expected, labels)
        return evaluation
    }

    private static func labelSets(_ rows: [ArraySlice<Float>], _ truths: [TextExample.Label], _ labels: [String])
        -> Evaluation
    {
        var scores = F1Scores(classCount: labels.count), right = 0, count = 0
        for case (let row, .labelIndices(let truth)) in zip(rows, truths) {
            let answers = row.enumerated().filter { $0.element > 0 }.map { Int32($0.offset) }
            scores.add(predicted: answers, actual: truth)
            right += answers == truth ? 1 : 0
            count += 1
        }
        let accuracy = Evaluation.Metric.share("accuracy", count == 0 ? 0 : Double(right) / Double(count), of: count)
        return Evaluation(
            [.init("micro_f1", scores.micro), .init("macro_f1", scores.macroOverAll), accuracy], primary: "micro_f1",
            exampleCount: count)
    }

    private static func numbers(_ rows: [ArraySlice<Float>], _ truths: [TextExample.Label]) -> Evaluation {
        var answers: [Float] = [], expected: [Float] = []
        for case (let row, .score(let truth)) in zip(rows, truths) {
            answers.append(row[row.startIndex])
            expected.append(truth)
        }
        return Evaluation(
            [
                .init("r2", RegressionMetrics.r2(answers, expected)),
                .init("mse", RegressionMetrics.meanSquaredError(answers, expected)),
                .init("mae", RegressionMetrics.meanAbsoluteError(answers, expected)),
                .init("pearson", Correlation.pearson(answers, expected)),
                .init("spearmanr", Correlation.spearman(answers, expected)),
            ], primary: "r2", exampleCount: expected.count)
    }

    /// The confusion matrix, unless there are too many classes for one.
    static func confusion(_ answers: [Int32], _ truths: [Int32], _ labels: [String]) -> ConfusionMatrix? {
        labels.count <= ConfusionMatrix.classLimit
            ? ConfusionMatrix(predictions: answers, truths: truths, labels: labels) : nil
    }

    /// The score of the commonest answer: the majority class, the commonest set of labels, or the mean; `nil` without
    /// examples.
    static func baseline(_ task: TextTask, _ truths: [TextExample.Label], labels: [String]) -> Evaluation.Baseline? {
        let known = truths.filter { $0 != .none }
        guard !known.isEmpty else { return nil }
        if task.problem == .regression {
            return task.glue == nil ? .init(metric: "r2", value: 0, answer: "the mean") : nil
        }
        let counts = Dictionary(known.map { ($0, 1) }, uniquingKeysWith: +)
        guard let commonest = counts.max(by: { ($0.value, name($1.key, labels)) < ($1.value, name($0.key, labels)) })
        else { return nil }
        let metric = task.glue.map { GlueMetrics.primaryName($0) } ?? "accuracy"
        // Matthews' correlation of a single answer is 0.
        let value = metric == "accuracy" ? Double(commonest.value) / Double(known.count) : 0
        return .init(metric: metric, value: value, answer: name(commonest.key, labels))
    }

    private static func name(_ label: TextExample.Label, _ labels: [String]) -> String {
        switch label {
        case .classIndex(let index): "'\(labels[Int(index)])'"
        case .labelIndices(let indices):
            indices.isEmpty ? "no label" : indices.map { "'\(labels[Int($0)])'" }.joined(separator: " and ")
        case .score, .none: ""
        }
    }
}
