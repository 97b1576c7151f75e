import LatheTensor

extension DeepSpeedConfig {
    init(_ fields: JSONFields) {
        batch = BatchSizes(fields)
        let clip = fields.number("gradient_clipping", in: 0...Double.greatestFiniteMagnitude, default: 0)
        gradientClip = clip > 0 ? clip : nil
        stepsPerPrint = fields.steps("steps_per_print", from: 1, default: stepsPerPrint)
        optimizer = fields.objectIfPresent("optimizer").map { OptimizerSettings($0) }
        scheduler = fields.objectIfPresent("scheduler").map { SchedulerSettings($0) }
        precision = Self.precision(fields)
        compression = CompressionConfig(fields.object("compression_training"))
        readEigenvalue(fields)
        noteUse(fields)
        let ignored = fields.unreadPaths
        if !ignored.isEmpty { fields.note(ignored.joined(separator: ", "), "ignored; Lathe has no use for it") }
        notes = fields.notes
    }

    private static func precision(_ fields: JSONFields) -> Precision {
        let isHalf = fields.object("fp16").bool("enabled", default: false)
        // The second is the older name.
        let isBrain = (fields.objectIfPresent("bf16") ?? fields.object("bfloat16")).bool("enabled", default: false)
        if isHalf, isBrain { fields.report("fp16.enabled", "fp16 and bf16 cannot both be enabled; switch one of them off") }
        if isHalf, !isBrain { fields.note("fp16.enabled", "on a CPU this means bf16 mixed precision") }
        return isHalf || isBrain ? .bfloat16 : .float32
    }

    /// The place of the section differs between upstream's releases.
    private mutating func readEigenvalue(_ fields: JSONFields) {
        guard let outer = fields.objectIfPresent("eigenvalue") else { return }
        if fields["compression_training"]?[Technique.weightQuantization.key]?["shared_parameters"]?["eigenvalue"] != nil {
            fields.report("eigenvalue", "stands in compression_training.weight_quantization.shared_parameters as well; keep one of them")
        }
        compression.weightQuantization.eigenvalue.read(outer)
    }

    private func noteUse(_ fields: JSONFields) {
        let weights = compression.weightQuantization
        let key = "compression_training." + Technique.weightQuantization.key + ".shared_parameters"
        if weights.isEnabled, !weights.isInForward, precision == .float32 {
            fields.note(
                key + ".quantize_weight_in_forward",
                "false or absent: weights are quantized after each optimizer step, in float32 too, where the original asked for fp16")
        }
        if weights.eigenvalue.isEnabled, !weights.groups.contains(where: { $0.parameters.startBits > $0.parameters.targetBits }) {
            fields.note(key + ".eigenvalue", "has no effect; no group's start_bits are above its target_bits")
        }
        if fields["compression_training"] != nil, compression.enabledTechniques.isEmpty, !compression.layerReduction.isEnabled {
            fields.note("compression_training", "nothing in it is enabled")
        }
    }
}
