import LatheFiles

extension CompressionConfig.WeightQuantization {
    init(_ section: JSONFields) {
        let shared = section.object("shared_parameters")
        isEnabled = shared.bool("enabled", default: isEnabled)
        usesKernel = shared.bool("quantizer_kernel", default: usesKernel)
        scheduleOffset = shared.steps("schedule_offset", default: scheduleOffset)
        groupCount = shared.integer("quantize_groups", in: 1...1_000_000_000, default: groupCount)
        isVerbose = shared.bool("quantize_verbose", default: isVerbose)
        grid = shared.choice(
            "quantization_type", ["symmetric": .symmetric, "asymmetric": .asymmetric], default: grid)
        isInForward = shared.bool("quantize_weight_in_forward", default: isInForward)
        rounding = shared.choice("rounding", ["nearest": .nearest, "stochastic": .stochastic], default: rounding)
        mixing = Mixing(shared.object("fp16_mixed_quantize"))
        eigenvalue = CompressionConfig.Eigenvalue(shared.object("eigenvalue"))
        groups = CompressionConfig.Group.all(in: section, needed: isEnabled) { params in
            let problemCount = params.problems.count
            let bits = Bits(params)
            if isEnabled, params.problems.count == problemCount { check(bits, params) }
            return bits
        }
        shared.reportUnreadKeys()
        section.reportUnreadKeys()
        guard isEnabled else { return }
        checkMixing(shared)
        noteIgnored(shared)
    }

    /// Reports a share of float weights that never falls.
    func checkMixing(_ fields: JSONFields) {
        guard mixing.isEnabled, mixing.changeRatio == 0 else { return }
        fields.report(
            "fp16_mixed_quantize.quantize_change_ratio",
            "expected a number above 0, got 0; weights would stay float for ever")
    }

    /// Reports bits that contradict each other, the grid or the rounding.
    func check(_ bits: Bits, _ params: JSONFields) {
        if bits.startBits < bits.targetBits {
            params.report(
                "target_bits", "expected at most start_bits = \(bits.startBits), got \(bits.targetBits); bits only fall"
            )
        }
        guard bits.targetBits <= 2 else { return }
        let width = bits.targetBits == 1 ? "1 bit needs" : "2 bits need"
        if grid != .symmetric {
            params.report("target_bits", "\(width) quantization_type symmetric, got asymmetric; change one of them")
        }
        // In the forward pass rounding is to nearest anyway.
        if !isInForward, rounding != .nearest {
            params.report("target_bits", "\(width) rounding nearest, got stochastic; change one of them")
        }
    }

    private func noteIgnored(_ shared: JSONFields) {
        if usesKernel { shared.note("quantizer_kernel", "ignored; it names a CUDA kernel") }
        guard isInForward else { return }
        if mixing.isEnabled {
            shared.note("fp16_mixed_quantize", "has no effect with quantize_weight_in_forward, as in the original")
        }
        if eigenvalue.isEnabled {
            shared.note("eigenvalue", "has no effect with quantize_weight_in_forward, as in the original")
        }
        if rounding == .stochastic {
            shared.note(
                "rounding",
                "has no effect with quantize_weight_in_forward: the forward pass rounds to nearest, as in the original")
        }
    }

    /// Its section of a config.
    var json: JSONValue {
        var shared: [JSONValue.Member] = [
            .init("enabled", .bool(isEnabled)), .init("quantizer_kernel", .bool(usesKernel)),
            .init("schedule_offset", .integer(scheduleOffset)), .init("quantize_groups", .integer(groupCount)),
            .init("quantize_verbose", .bool(isVerbose)), .init("quantization_type", .string(grid.rawValue)),
            .init("quantize_weight_in_forward", .bool(isInForward)), .init("rounding", .string(rounding.rawValue)),
            .init(
                "fp16_mixed_quantize",
                ["enabled": .bool(mixing.isEnabled), "quantize_change_ratio": .number(mixing.changeRatio)]),
        ]
        if eigenvalue != .init() { shared.append(.init("eigenvalue", eigenvalue.json)) }
        return ["shared_parameters": .object(shared), "different_groups": groups.json(\.json)]
    }
}

extension CompressionConfig.WeightQuantization.Bits {
    fileprivate init(_ params: JSONFields) {
        startBits = params.integer("start_bits", in: 1...16)
        targetBits = params.integer("target_bits", in: 1...16)
        period = params.steps("quantization_period", default: 1)
    }

    fileprivate var json: JSONValue {
        [
            "start_bits": .integer(startBits), "target_bits": .integer(targetBits),
            "quantization_period": .integer(period),
        ]
    }
}

extension CompressionConfig.WeightQuantization.Mixing {
    init(_ fields: JSONFields) {
        isEnabled = fields.bool("enabled", default: isEnabled)
        changeRatio = fields.number("quantize_change_ratio", in: 0...1, default: changeRatio)
        fields.reportUnreadKeys()
    }
}
