import LatheFiles
import LatheTensor

/// The section `quantize_training`, by which releases of DeepSpeed before `compression_training` ask for MoQ. Defaults
/// are DeepSpeed's.
///
/// Source: DeepSpeed 0.5 `deepspeed/runtime/{config,constants,quantize}.py`.
extension CompressionConfig.WeightQuantization {
    /// The key of the section, and the name of the group that it is translated into.
    static let olderKey = "quantize_training"

    /// Reads the section as weights of all layers that are rounded after each optimizer step; `nil` where it is
    /// disabled.
    init?(quantizeTraining fields: JSONFields) {
        self.init()
        isEnabled = fields.bool("enabled", default: false)
        isInForward = false
        isVerbose = fields.bool("quantize_verbose", default: isVerbose)
        usesKernel = fields.bool("quantizer_kernel", default: usesKernel)
        groupCount = fields.integer("quantize_groups", in: 1...1_000_000_000, default: groupCount)
        readAlgorithm(fields)
        let schedule = fields.object("quantize_schedule")
        let period = schedule.steps("quantize_period", default: 1000)
        scheduleOffset = schedule.steps("schedule_offset", default: 1000)
        let width = fields.object("quantize_bits")
        let bits = Bits(
            startBits: width.integer("start_bits", in: 1...16, default: 16),
            targetBits: width.integer("target_bits", in: 1...16, default: 8), period: period)
        mixing = Mixing(fields.object("fp16_mixed_quantize"))
        eigenvalue = CompressionConfig.Eigenvalue(fields.object("eigenvalue"))
        check(bits, width)
        checkMixing(fields)
        groups = [.init(Self.olderKey, bits, ModuleScope([.everything]))]
        [schedule, width, fields].forEach { $0.reportUnreadKeys() }
        if usesKernel { fields.note("quantizer_kernel", "ignored; it names a CUDA kernel") }
    }

    /// The kind of grid and the rounding, which have a section of their own in DeepSpeed's code, and none in its
    /// tutorials.
    private mutating func readAlgorithm(_ fields: JSONFields) {
        let types: KeyValuePairs<String, QuantizationGrid> = [
            "symmetric": .symmetric, "asymmetric": .asymmetric,
        ]
        let roundings: KeyValuePairs<String, FakeQuantization.Rounding> = [
            "nearest": .nearest, "stochastic": .stochastic,
        ]
        grid = fields.choice("quantize_type", types, default: grid)
        rounding = fields.choice("rounding", roundings, default: rounding)
        for key in ["quantize_algo", "quantize-algo"] {
            guard let algorithm = fields.objectIfPresent(key) else { continue }
            grid = algorithm.choice("q_type", types, default: grid)
            rounding = algorithm.choice("rounding", roundings, default: rounding)
            algorithm.reportUnreadKeys()
        }
    }
}
