import LatheFiles

/// The state of a schedule when training ends.
extension CompressionSchedule {
    /// The first step of a training of `totalSteps` steps after which a model may be the best one, for
    /// `TrainingOptions.firstBestStep`: that of the last change within the training, since models of more bits, or from
    /// before compression, would beat those after it.
    public func firstBestStep(totalSteps: Int) -> Int { min(max(lastChange(upTo: totalSteps), 1), totalSteps) }

    /// The last of the first `totalSteps` steps at which anything changes; 0 if nothing does.
    private func lastChange(upTo totalSteps: Int) -> Int {
        if lastChange <= totalSteps { return lastChange }
        let weights = config.weightQuantization, reached = techniques(after: totalSteps)
        var changes = reached.map { firstStep(of: $0) }
        if reached.contains(.weightQuantization) {
            // Where the curvature of the loss decides, the step is not known before; and mixed weights change with
            // every step.
            if weights.followsCurvature || floatShare(at: totalSteps) > 0 { return totalSteps }
            let steps = totalSteps - weights.scheduleOffset
            changes += weights.groups.map { weights.scheduleOffset + bitSchedule(of: $0).lastDrop(upTo: steps) }
        }
        if let renewals, reached.contains(.sparsePruning), totalSteps >= renewals.first {
            changes.append(min(renewals.last, totalSteps - (totalSteps - renewals.first) % renewals.stride))
        }
        return changes.max() ?? 0
    }

    /// Notes on what is still to come when a training of `totalSteps` steps ends: the model that is measured and saved
    /// is without it.
    public func warnings(totalSteps: Int) -> [JSONFields.Note] {
        var warnings = config.enabledTechniques.compactMap { offsetWarning($0, totalSteps) }
        let reached = techniques(after: totalSteps)
        if reached.contains(.weightQuantization) { warnings += mixingWarnings(totalSteps) + bitWarnings(totalSteps) }
        if let renewals, reached.contains(.sparsePruning), renewals.last > totalSteps {
            let percent = Int((renewals.sparsity(at: totalSteps) * 100).rounded())
            warnings.append(
                .init(
                    key: Self.key(.sparsePruning, "shared_parameters.schedule_offset_end"),
                    text:
                        "the last masks are made at step \(renewals.last), but training has \(totalSteps) steps; it ends with \(percent)% pruned "
                        + "instead of \(Int((renewals.target * 100).rounded()))%, so lower the end or train longer"))
        }
        return warnings
    }

    private func offsetWarning(_ technique: Technique, _ totalSteps: Int) -> JSONFields.Note? {
        let offset = config.section(technique).scheduleOffset, first = firstStep(of: technique)
        guard offset >= totalSteps else { return nil }
        let effect =
            first > totalSteps
            ? "it does not come into force, and the saved model is without it"
            : "it comes into force when the last step is done, and nothing is trained under it"
        return .init(
            key: Self.key(technique, "shared_parameters.schedule_offset"),
            text: "\(offset), but training has \(totalSteps) steps; \(effect), so lower the offset or train longer")
    }

    private func bitWarnings(_ totalSteps: Int) -> [JSONFields.Note] {
        let weights = config.weightQuantization
        return weights.groups.compactMap { group in
            let target = group.parameters.targetBits
            guard let bits = bits(of: group, at: totalSteps), bits > target else { return nil }
            let drop = weights.scheduleOffset.addingClamped(bitSchedule(of: group).lastDrop)
            return .init(
                key: Self.key(.weightQuantization, "different_groups.\(group.name).params.quantization_period"),
                text:
                    "\(target) bits are reached at step \(drop), but training has \(totalSteps) steps; it ends at \(bits) bits, "
                    + "so shorten the period or train longer")
        }
    }

    private func mixingWarnings(_ totalSteps: Int) -> [JSONFields.Note] {
        let share = floatShare(at: totalSteps)
        guard share > 0 else { return [] }
        return [
            .init(
                key: Self.key(.weightQuantization, "shared_parameters.fp16_mixed_quantize.quantize_change_ratio"),
                text:
                    "when training of \(totalSteps) steps ends, \(max(1, Int((share * 100).rounded())))% of what the network computes with are still "
                    + "float weights, so that the saved weights are floats; raise the ratio or train longer")
        ]
    }

    private static func key(_ technique: Technique, _ rest: String) -> String {
        "compression_training.\(technique.key).\(rest)"
    }
}
