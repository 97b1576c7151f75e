/// How often each class was answered for each true class, with the measures that scikit-learn computes from it.
package struct ConfusionMatrix: Sendable, Hashable, Codable {
    /// A matrix of more classes says nothing to people, and fills files.
    package static let classLimit = 100

    /// The names of the classes.
    package let labels: [String]
    /// The number of examples, `[true class][answer]`.
    package let counts: [[Int]]

    /// - Parameters:
    ///   - predictions: the answers, as places in `labels`.
    ///   - truths: the true classes, likewise.
    ///   - labels: the names of the classes.
    /// - Precondition: both lists are equally long.
    package init(predictions: [Int32], truths: [Int32], labels: [String]) {
        precondition(predictions.count == truths.count, "\(predictions.count) predictions for \(truths.count) labels")
        var counts = [[Int]](repeating: [Int](repeating: 0, count: labels.count), count: labels.count)
        for (prediction, truth) in zip(predictions, truths) { counts[Int(truth)][Int(prediction)] += 1 }
        (self.labels, self.counts) = (labels, counts)
    }
}

/// F1 scores of several classes or labels, as scikit-learn computes them with `zero_division=0`.
package struct F1Scores: Sendable {
    private var truePositives, predicted, actual: [Int]

    /// Nothing is counted yet.
    package init(classCount: Int) {
        let zeros = [Int](repeating: 0, count: classCount)
        (truePositives, predicted, actual) = (zeros, zeros, zeros)
    }

    /// Counts an example: the classes that were answered and those that are true.
    package mutating func add(predicted answers: some Sequence<Int32>, actual truths: some Sequence<Int32>) {
        let truths = Set(truths)
        for answer in answers {
            predicted[Int(answer)] += 1
            if truths.contains(answer) { truePositives[Int(answer)] += 1 }
        }
        for truth in truths { actual[Int(truth)] += 1 }
    }

    private func score(_ index: Int) -> Double {
        let total = predicted[index] + actual[index]
        return total == 0 ? 0 : 2 * Double(truePositives[index]) / Double(total)
    }

    /// The mean over the classes that occur, as an answer or as a truth: `f1_score(average="macro")` of lists of
    /// classes.
    package var macroOverPresent: Double {
        let present = actual.indices.filter { predicted[$0] + actual[$0] > 0 }
        return present.isEmpty ? 0 : present.reduce(0) { $0 + score($1) } / Double(present.count)
    }

    /// The mean over all labels: `f1_score(average="macro")` of indicator matrices.
    package var macroOverAll: Double {
        actual.isEmpty ? 0 : actual.indices.reduce(0) { $0 + score($1) } / Double(actual.count)
    }

    /// `2 Σ TP / (2 Σ TP + Σ FP + Σ FN)`: `f1_score(average="micro")`.
    package var micro: Double {
        let total = predicted.reduce(0, +) + actual.reduce(0, +)
        return total == 0 ? 0 : 2 * Double(truePositives.reduce(0, +)) / Double(total)
    }
}
