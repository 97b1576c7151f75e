import LatheFiles
import LatheWorkflows

/// What was done to a model's outputs, as people read it.
enum QualityLossText {
    static func divergence(_ damage: QualityLoss) -> String {
        damage.divergence.isFinite ? Quantity.decimal(damage.divergence, damage.divergence < 0.01 ? 6 : 4) : "inf"
    }

    /// `divergence 0.0123, 1.6% of answers changed`
    static func line(_ damage: QualityLoss) -> String {
        "divergence \(divergence(damage))"
            + (damage.changed.map { ", \(Quantity.percent($0)) of answers changed" } ?? "")
    }
}
