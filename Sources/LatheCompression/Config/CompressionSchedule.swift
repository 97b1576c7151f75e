/// What of a config is in force at which step. A step is a forward pass with the update behind it, counted from 0.
/// Where periods follow the curvature of the loss, bits are those of the steepest block, which fall last.
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

    /// The first step at which everything enabled is in force; 0 if nothing is. No model from before is a fair best
    /// one.
    public var lastBeginning: Int {
        config.enabledTechniques.map { config.section($0).scheduleOffset }.max() ?? 0
    }

    /// The number of steps after which `technique` is in force for the first time. Weights that are rounded in the
    /// optimizer's step are so after the offset's step.
    public func firstStep(of technique: Technique) -> Int {
        let isLater = technique == .weightQuantization && !config.weightQuantization.isInForward
        return config.section(technique).scheduleOffset + (isLater ? 1 : 0)
    }

    /// The techniques that a training of `totalSteps` steps ends with: those that its last model is computed with.
    public func techniques(after totalSteps: Int) -> [Technique] {
        config.enabledTechniques.filter { firstStep(of: $0) <= totalSteps }
    }

    /// The step from which nothing changes any more: everything in force, the last bit gone, no float weight mixed in,
    /// the last mask renewed.
    public var lastChange: Int {
        let weights = config.weightQuantization
        let drops =
            weights.isEnabled
            ? weights.groups.map { weights.scheduleOffset.addingClamped(bitSchedule(of: $0).lastDrop) } : []
        return ([lastBeginning] + drops.map { $0.addingClamped(mixedSteps) } + [renewals?.last ?? 0]).max() ?? 0
    }

    /// The bits to which weights of `group` are rounded at `step`; nil before the offset. Where weights are rounded
    /// after the optimizer's update and not in the forward pass, this is what the update before `step` left, and the
    /// first update is that of the offset's step.
    public func bits(of group: CompressionConfig.Group<CompressionConfig.WeightQuantization.Bits>, at step: Int) -> Int?
    {
        guard isInForce(.weightQuantization, at: step) else { return nil }
        return bitSchedule(of: group).bits(after: step - config.weightQuantization.scheduleOffset)
    }

    func bitSchedule(of group: CompressionConfig.Group<CompressionConfig.WeightQuantization.Bits>) -> BitSchedule {
        BitSchedule(
            group.parameters, stretch: config.weightQuantization.followsCurvature ? BitSchedule.largestStretch : 1)
    }

    /// ρ, the share of the float weight in what the network computes with at `step`: MoQ's `ρ w + (1 - ρ) q(w)`. The
    /// update of the offset's step is the first after which ρ is lower than 1, by the change ratio; so it falls at
    /// every update, to 0, and returns to 1 when any group loses a bit. It is 0 where weights are not mixed, and where
    /// they are rounded in the forward pass.
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
    package var renewals: RenewalSchedule? {
        guard config.sparsePruning.isEnabled, case .snipMomentum(let snip) = config.sparsePruning.method else {
            return nil
        }
        return RenewalSchedule(snip, offset: config.sparsePruning.scheduleOffset)
    }
}

extension Int {
    /// The sum, or the largest integer if that is smaller.
    func addingClamped(_ other: Int) -> Int {
        let (sum, overflow) = addingReportingOverflow(other)
        return overflow ? .max : sum
    }
}
