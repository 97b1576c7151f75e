import LatheNN

/// A network all of whose layers compute with chosen weights, and read inputs of 8 bits where the weights have few,
/// until it is put back.
final class WholeNetwork {
    let units: [WeightUnit]
    private let rounding: WeightRounding
    private let probe: OutputProbe
    private let witness: OutputProbe
    private var trials: [WeightTrial]
    /// One for each layer that is no table.
    private let quantizers: [[ActivationQuantizer]]
    private(set) var choices: [WeightChoice]

    /// - Parameters:
    ///   - probe: what choices are made by.
    ///   - witness: other samples, which tell whether they were good ones.
    init(_ units: [WeightUnit], _ rounding: WeightRounding, _ probe: OutputProbe, witness: OutputProbe) {
        (self.units, self.rounding, self.probe, self.witness) = (units, rounding, probe, witness)
        trials = units.map { _ in WeightTrial(rounding) }
        choices = units.map { _ in .float }
        quantizers = units.map { unit in unit.layers.compactMap { Self.quantizer(attachedTo: $0.layer) } }
    }

    private static func quantizer(attachedTo layer: any CompressibleLayer) -> ActivationQuantizer? {
        guard let layer = layer as? any ProductLayer else { return nil }
        let quantizer = ActivationQuantizer(bits: 8)
        quantizer.isActive = false
        layer.activationTransforms.append(quantizer)
        return quantizer
    }

    /// Gives one unit what `choice` leaves of its weights.
    func set(_ choice: WeightChoice, at unit: Int) {
        if choices[unit] == choice { return }
        trials[unit].restore()
        if choice != .float { trials[unit].apply(choice, to: units[unit]) }
        choices[unit] = choice
        quantizers[unit].forEach { $0.isActive = choice.bits != nil }
    }

    /// Gives every unit its choice.
    func set(_ choices: [WeightChoice]) { for (unit, choice) in choices.enumerated() { set(choice, at: unit) } }

    /// How far the outputs now are from the original's.
    func damage() -> Double { probe.damage().divergence }

    /// How far the outputs for other samples are.
    func witnessedQualityLoss() -> Double { witness.damage().divergence }

    /// How far they would be if one unit had another choice.
    func damage(with choice: WeightChoice, at unit: Int) -> Double {
        let original = choices[unit]
        set(choice, at: unit)
        defer { set(original, at: unit) }
        return damage()
    }

    /// Puts everything back as it was.
    func restore() {
        trials.forEach { $0.restore() }
        let own = Set(quantizers.joined().map { ObjectIdentifier($0) })
        for (_, layer) in units.flatMap(\.layers) {
            (layer as? any ProductLayer)?.activationTransforms.removeAll { own.contains(ObjectIdentifier($0)) }
        }
    }
}
