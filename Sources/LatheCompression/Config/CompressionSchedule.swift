import LatheTensor

/// What of a config is in force at which step. A step is a forward pass with the update behind it, counted from 0. Where periods follow the curvature of the
/// loss, bits are those of the steepest block, which fall last.
///
/// ```swift
/// let schedule = CompressionSchedule(config)
/// schedule.techniques(at: 0)                       // [.weightQuantization]
/// schedule.warnings(totalSteps: 660)               // "….schedule_offset: 1000, but training has 660 steps; …"
/// ```
public struct CompressionSchedule: Sendable, Hashable {
    public let config: CompressionConfig

    public init(_ config: CompressionConfig) {
        self.config = config
    }

    /// Whether `technique` is in force in the forward pass of `step`: from its offset on, for ever.
    public func isInForce(_ technique: Technique, at step: Int) -> Bool {
        let section = config.section(technique)
        return section.isEnabled && step >= section.scheduleOffset
    }

    /// The techniques in force in the forward pass of `step`.
    public func techniques(at step: Int) -> [Technique] {
        Technique.allCases.filter { isInForce($0, at: step) }
    }

    /// The techniques that come into force at `step`.
    public func techniquesBeginning(at step: Int) -> [Technique] {
        config.enabledTechniques.filter { config.section($0).scheduleOffset == step }
    }

    /// The first step at which everything enabled is in force; 0 if nothing is. No model from before is a fair best one.
    public var lastBeginning: Int {
        config.enabledTechniques.map { config.section($0).scheduleOffset }.max() ?? 0
    }

    /// The step from which nothing changes any more: everything in force, the last bit gone, no float weight mixed in, the last mask renewed.
    public var lastChange: Int {
        let weights = config.weightQuantization
        let drops = weights.isEnabled ? weights.groups.map { weights.scheduleOffset.addingClamped(bitSchedule(of: $0).lastDrop) } : []
        return ([lastBeginning] + drops.map { $0.addingClamped(mixedSteps) } + [renewals?.last ?? 0]).max() ?? 0
    }

    /// The bits to which weights of `group` are rounded at `step`; nil before the offset. Where weights are rounded after the optimizer's update and not
    /// in the forward pass, this is what the update before `step` left, and the first update is that of the offset's step.
    public func bits(of group: CompressionConfig.Group<CompressionConfig.WeightQuantization.Bits>, at step: Int) -> Int? {
        guard isInForce(.weightQuantization, at: step) else { return nil }
        return bitSchedule(of: group).bits(after: step - config.weightQuantization.scheduleOffset)
    }

    private func bitSchedule(of group: CompressionConfig.Group<CompressionConfig.WeightQuantization.Bits>) -> BitSchedule {
        BitSchedule(group.parameters, stretch: config.weightQuantization.followsCurvature ? BitSchedule.largestStretch : 1)
    }

    /// ρ, the share of the float weight in what the network computes with at `step`: MoQ's `ρ w + (1 - ρ) q(w)`. The update of the offset's step is the first
    /// after which ρ is lower than 1, by the change ratio; so it falls at every update, to 0, and returns to 1 when any group loses a bit. It is 0 where
    /// weights are not mixed, and where they are rounded in the forward pass.
    ///
    /// Source: DeepSpeed `deepspeed/runtime/quantize.py`, whose last ρ may lie below 0 for a step.
    public func floatShare(at step: Int) -> Double {
        floatShare(at: step, config.weightQuantization.groups.map(bitSchedule))
    }

    /// As above, where weights lose bits as `schedules` say.
    func floatShare(at step: Int, _ schedules: [BitSchedule]) -> Double {
        let weights = config.weightQuantization
        guard isMixed else { return 0 }
        let steps = step - weights.scheduleOffset
        guard steps > 0 else { return 1 }
        let lastDrop = schedules.map { $0.lastDrop(upTo: steps) }.max() ?? 0
        return max(0, 1 - weights.mixing.changeRatio * Double(steps - lastDrop))
    }

    private var isMixed: Bool {
        let weights = config.weightQuantization
        return weights.isEnabled && !weights.isInForward && weights.mixing.isEnabled
    }

    /// Updates until ρ has fallen from 1 to 0.
    private var mixedSteps: Int {
        guard isMixed else { return 0 }
        return Int(exactly: (1 / config.weightQuantization.mixing.changeRatio).rounded(.up)) ?? .max
    }

    /// When masks are renewed; nil if sparse pruning is off or has another method than `snip_momentum`.
    public var renewals: RenewalSchedule? {
        guard config.sparsePruning.isEnabled, case .snipMomentum(let snip) = config.sparsePruning.method else { return nil }
        return RenewalSchedule(snip, offset: config.sparsePruning.scheduleOffset)
    }
}

extension CompressionSchedule {
    /// The first step of a training of `totalSteps` steps after which a model may be the best one, for `TrainingOptions.firstBestStep`: models from before
    /// compression would beat those under it.
    public func firstBestStep(totalSteps: Int) -> Int { min(lastChange < totalSteps ? max(lastChange, 1) : lastBeginning, totalSteps) }

    /// What would still be to come when training of `totalSteps` steps ends.
    public func warnings(totalSteps: Int) -> [JSONFields.Note] {
        let late = config.enabledTechniques.filter { config.section($0).scheduleOffset >= totalSteps }
        var warnings = late.map { technique in
            JSONFields.Note(
                key: "compression_training.\(technique.key).shared_parameters.schedule_offset",
                text: "\(config.section(technique).scheduleOffset), but training has \(totalSteps) steps; it would never be in force, "
                    + "so lower the offset or train longer")
        }
        if isInForce(.weightQuantization, at: totalSteps - 1) { warnings += bitWarnings(totalSteps) }
        if let renewals, isInForce(.sparsePruning, at: totalSteps - 1), renewals.last >= totalSteps {
            let percent = Int((renewals.sparsity(at: totalSteps - 1) * 100).rounded())
            warnings.append(
                .init(
                    key: "compression_training.\(Technique.sparsePruning.key).shared_parameters.schedule_offset_end",
                    text: "the last masks are made at step \(renewals.last), but training has \(totalSteps) steps; it would end with \(percent)% pruned "
                        + "instead of \(Int((renewals.target * 100).rounded()))%, so lower the end or train longer"))
        }
        return warnings
    }

    private func bitWarnings(_ totalSteps: Int) -> [JSONFields.Note] {
        let weights = config.weightQuantization
        // The last forward pass is that of the last step, while the last update comes behind it.
        let lastStep = weights.isInForward ? totalSteps - 1 : totalSteps
        return mixingWarnings(totalSteps) + weights.groups.compactMap { group in
            let target = group.parameters.targetBits
            guard let bits = bits(of: group, at: lastStep), bits > target else { return nil }
            let drop = weights.scheduleOffset.addingClamped(bitSchedule(of: group).lastDrop)
            return .init(
                key: "compression_training.\(Technique.weightQuantization.key).different_groups.\(group.name).params.quantization_period",
                text: "\(target) bits are reached at step \(drop), but training has \(totalSteps) steps; it would end at \(bits) bits, "
                    + "so shorten the period or train longer")
        }
    }
}

extension CompressionSchedule {
    private func mixingWarnings(_ totalSteps: Int) -> [JSONFields.Note] {
        let share = floatShare(at: totalSteps)
        guard share > 0 else { return [] }
        return [
            .init(
                key: "compression_training.\(Technique.weightQuantization.key).shared_parameters.fp16_mixed_quantize.quantize_change_ratio",
                text: "when training of \(totalSteps) steps ends, \(max(1, Int((share * 100).rounded())))% of what the network computes with would still be "
                    + "float weights, which the saved model has not; raise the ratio or train longer")
        ]
    }
}

extension Int {
    /// The sum, or the largest integer if that is smaller.
    func addingClamped(_ other: Int) -> Int {
        let (sum, overflow) = addingReportingOverflow(other)
        return overflow ? .max : sum
    }
}
