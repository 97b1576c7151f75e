import LatheFiles
import LatheWorkflows

/// What was done to a model's outputs, as people read it.
enum DamageText {
    static func divergence(_ damage: Damage) -> String {
        damage.divergence.isFinite ? Quantity.decimal(damage.divergence, damage.divergence < 0.01 ? 6 : 4) : "inf"
    }

    /// `divergence 0.0123, 1.6% of answers changed`
    static func line(_ damage: Damage) -> String {
        "divergence \(divergence(damage))"
            + (damage.changed.map { ", \(Quantity.percent($0)) of answers changed" } ?? "")
    }
}
