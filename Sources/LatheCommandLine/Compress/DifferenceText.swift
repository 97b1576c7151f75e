import LatheCompression
import LatheFiles

/// The result of comparing a saved model with the one that was compressed, as text and as JSON.
enum DifferenceText {
    /// `outputs differ by at most 2.1% of the largest (1.0% rms; activations that round to a neighbouring step), labels equal on 16 of 16`
    static func line(_ difference: OutputDifference) -> String {
        let causes = difference.causes.map(text).joined(separator: ", ")
        let amount =
            difference.largest == 0
            ? "outputs are equal"
            : "outputs differ by at most \(percent(difference.largest)) of the largest (\(percent(difference.rms)) rms; \(causes))"
        guard let labels = difference.labels else { return amount }
        return amount
            + ", \(labels.areTokens ? "predicted tokens" : "labels") equal on \(labels.equal) of \(labels.count)"
    }

    /// The members of a command's object.
    static func members(_ difference: OutputDifference) -> [JSONValue.Member] {
        [
            .init("largest_difference", .number(Double(difference.largest))),
            .init("rms_difference", .number(Double(difference.rms))),
            .init("same_labels", difference.labels.map { .number($0.share) } ?? .null),
        ]
    }

    private static func percent(_ share: Float) -> String { Quantity.compact(Double(share) * 100) + "%" }

    private static func text(_ cause: OutputDifference.Cause) -> String {
        switch cause {
        case .roundedActivations: "activations that round to a neighbouring step"
        case .narrowedWeights(let type): "weights stored as \(type.rawValue)"
        case .imageBorders: "borders of images, which miss the constants of removed channels"
        case .orderOfSums: "sums in another order"
        }
    }
}
