import LatheFiles
import LatheTensor
import LatheTraining

extension DeepSpeedConfig {
    /// - Parameters:
    ///   - fields: of the whole file, without `"auto"`.
    ///   - automaticKeys: the keys that had it.
    ///   - purpose: what the file is read for.
    init(_ fields: JSONFields, _ automaticKeys: Set<String>, _ purpose: Purpose) {
        self.automaticKeys = automaticKeys
        readTraining(fields, purpose)
        precision = Self.precision(fields)
        compression = CompressionConfig(fields.object("compression_training"))
        readOlderQuantization(fields)
        readEigenvalue(fields)
        noteUse(fields)
        LearningSections.check(fields)
        let ignored = fields.unreadPaths
        if !ignored.isEmpty { fields.note(ignored.joined(separator: ", "), "ignored; Lathe has no use for it") }
        notes += fields.notes
    }

    /// Reads what only training has a use for.
    private mutating func readTraining(_ fields: JSONFields, _ purpose: Purpose) {
        let own = purpose == .training ? fields : fields.apart
        batch = BatchSizes(own)
        let clip = own.number("gradient_clipping", in: 0...Double.greatestFiniteMagnitude, default: 0)
        gradientClip = clip > 0 ? clip : nil
        stepsPerPrint = own.steps("steps_per_print", from: 1, default: stepsPerPrint)
        optimizer = own.objectIfPresent("optimizer").map { OptimizerSettings($0) }
        scheduler = own.objectIfPresent("scheduler").map { SchedulerSettings($0, isAutomatic: automaticKeys.contains) }
        curriculum = SequenceCurriculum(own.object("curriculum_learning", uncheckedIf: { $0["enabled"] == false }))
        guard purpose == .compressionOnly else { return }
        let keys =
            BatchSizes.keys + ["gradient_clipping", "steps_per_print", "optimizer", "scheduler", "curriculum_learning"]
        keys.forEach { _ = fields[$0] }
        notes = own.notes + own.problems.map { .init(key: $0.key, text: $0.text + " (matters to training only)") }
    }

    /// The section that asked for MoQ before there was `compression_training`.
    private mutating func readOlderQuantization(_ fields: JSONFields) {
        let key = CompressionConfig.WeightQuantization.olderKey
        let section = fields.object(key, uncheckedIf: { $0["enabled"] == false })
        guard section["enabled"] != nil, let older = CompressionConfig.WeightQuantization(quantizeTraining: section),
            older.isEnabled
        else { return }
        if compression.weightQuantization.isEnabled {
            fields.report(
                key, "is enabled beside compression_training.\(Technique.weightQuantization.key); keep one of them")
        }
        compression.weightQuantization = older
        fields.note(
            key,
            "read as compression_training.\(Technique.weightQuantization.key) of all layers, after each optimizer step (MoQ)"
        )
    }

    private static func precision(_ fields: JSONFields) -> Precision {
        let isHalf = ["fp16", "amp"].map { fields.object($0).bool("enabled", default: false) }.contains(true)
        // The second is the older name.
        let isBrain = (fields.objectIfPresent("bf16") ?? fields.object("bfloat16")).bool("enabled", default: false)
        if isHalf, isBrain {
            fields.report("fp16.enabled", "fp16 and bf16 cannot both be enabled; switch one of them off")
        }
        if isHalf, !isBrain { fields.note("fp16.enabled", "on a CPU this means bf16 mixed precision") }
        return isHalf || isBrain ? .bfloat16 : .float32
    }

    /// The place of the section differs between upstream's releases.
    private mutating func readEigenvalue(_ fields: JSONFields) {
        guard let outer = fields.objectIfPresent("eigenvalue") else { return }
        if fields["compression_training"]?[Technique.weightQuantization.key]?["shared_parameters"]?["eigenvalue"] != nil
        {
            fields.report(
                "eigenvalue",
                "stands in compression_training.weight_quantization.shared_parameters as well; keep one of them")
        }
        compression.weightQuantization.eigenvalue.read(outer)
    }

    private func noteUse(_ fields: JSONFields) {
        let weights = compression.weightQuantization
        let key = "compression_training." + Technique.weightQuantization.key + ".shared_parameters"
        if weights.isEnabled, !weights.isInForward, precision == .float32 {
            fields.note(
                key + ".quantize_weight_in_forward",
                "false or absent: weights are quantized after each optimizer step, in float32 too, where the original asked for fp16"
            )
        }
        if weights.eigenvalue.isEnabled,
            !weights.groups.contains(where: { $0.parameters.startBits > $0.parameters.targetBits })
        {
            fields.note(key + ".eigenvalue", "has no effect; no group's start_bits are above its target_bits")
        }
        if fields["compression_training"] != nil, !asksForCompression {
            fields.note("compression_training", "nothing in it is enabled")
        }
    }
}
