/// Measures of predicted classes against true ones, as scikit-learn computes them.
package enum ClassificationMetrics {
    /// The share of predictions that are right; 0 where there are none.
    /// - Precondition: both lists are equally long.
    package static func accuracy(_ predictions: [Int32], _ labels: [Int32]) -> Double {
        check(predictions, labels)
        if labels.isEmpty { return 0 }
        return Double(zip(predictions, labels).count { $0 == $1 }) / Double(labels.count)
    }

    /// The harmonic mean of precision and recall of one class: `2 TP / (2 TP + FP + FN)`.
    ///
    /// 0 where the class is neither predicted nor true anywhere, as with scikit-learn's `zero_division=0`.
    /// - Precondition: both lists are equally long.
    package static func f1(_ predictions: [Int32], _ labels: [Int32], positive: Int32 = 1) -> Double {
        check(predictions, labels)
        var both = 0
        var either = 0
        for (prediction, label) in zip(predictions, labels) {
            both += prediction == positive && label == positive ? 2 : 0
            either += (prediction == positive ? 1 : 0) + (label == positive ? 1 : 0)
        }
        return either == 0 ? 0 : Double(both) / Double(either)
    }

    /// Matthews' correlation coefficient, for any number of classes (Gorodkin's `R_K`).
    ///
    /// With `c` right predictions of `s`, and class `k` predicted `p_k` times and true `t_k` times:
    /// `(c s - Σ p_k t_k) / √((s² - Σ p_k²)(s² - Σ t_k²))`. 0 where predictions or labels are all one class, and where
    /// there are none, as in scikit-learn.
    /// - Precondition: both lists are equally long.
    package static func matthewsCorrelation(_ predictions: [Int32], _ labels: [Int32]) -> Double {
        check(predictions, labels)
        var predicted: [Int32: Double] = [:]
        var actual: [Int32: Double] = [:]
        for prediction in predictions { predicted[prediction, default: 0] += 1 }
        for label in labels { actual[label, default: 0] += 1 }
        // Sums of whole numbers, exact whatever the order of the dictionary.
        let count = Double(labels.count)
        let right = Double(zip(predictions, labels).count { $0 == $1 })
        let chance = predicted.reduce(0) { $0 + $1.value * (actual[$1.key] ?? 0) }
        let predictedSpread = count * count - predicted.values.reduce(0) { $0 + $1 * $1 }
        let actualSpread = count * count - actual.values.reduce(0) { $0 + $1 * $1 }
        if predictedSpread == 0 || actualSpread == 0 { return 0 }
        return (right * count - chance) / (predictedSpread * actualSpread).squareRoot()
    }

    private static func check(_ predictions: [Int32], _ labels: [Int32]) {
        precondition(predictions.count == labels.count, "\(predictions.count) predictions for \(labels.count) labels")
    }
}
