import LatheTensor

/// Measures of a classifier's predictions.
package enum Accuracy {
    /// The share of rows whose largest logit is the label's.
    /// - Parameters:
    ///   - logits: `[count, classes]`.
    ///   - labels: one per row.
    package static func of(_ logits: Tensor, _ labels: [Int32]) -> Double {
        precondition(logits.shape[0] == labels.count, "\(labels.count) labels for logits \(logits.shape)")
        if labels.isEmpty { return 0 }
        let correct = zip(logits.argmax().int32Array, labels).count { $0 == $1 }
        return Double(correct) / Double(labels.count)
    }
}
