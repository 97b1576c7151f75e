/// Measures of predicted numbers against true ones, as scikit-learn computes them.
package enum RegressionMetrics {
    /// `1 - Σ (y - ŷ)² / Σ (y - mean y)²`: 0 for always answering the mean. Where all true numbers are equal: 1 if
    /// every answer is right, else 0.
    package static func r2(_ predictions: [Float], _ truths: [Float]) -> Double {
        let mean = truths.reduce(0) { $0 + Double($1) } / Double(max(truths.count, 1))
        let spread = truths.reduce(0) { $0 + square(Double($1) - mean) }, error = squaredError(predictions, truths)
        if spread == 0 { return error == 0 ? 1 : 0 }
        return 1 - error / spread
    }

    /// The mean of `(y - ŷ)²`.
    package static func meanSquaredError(_ predictions: [Float], _ truths: [Float]) -> Double {
        squaredError(predictions, truths) / Double(max(truths.count, 1))
    }

    /// The mean of `|y - ŷ|`.
    package static func meanAbsoluteError(_ predictions: [Float], _ truths: [Float]) -> Double {
        zip(predictions, truths).reduce(0) { $0 + abs(Double($1.0) - Double($1.1)) } / Double(max(truths.count, 1))
    }

    private static func squaredError(_ predictions: [Float], _ truths: [Float]) -> Double {
        precondition(predictions.count == truths.count, "\(predictions.count) predictions for \(truths.count) numbers")
        return zip(predictions, truths).reduce(0) { $0 + square(Double($1.0) - Double($1.1)) }
    }

    private static func square(_ value: Double) -> Double { value * value }
}
