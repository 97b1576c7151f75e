import LatheFiles

extension CompressionConfig.SparsePruning {
    /// The keys that only `snip_momentum` has a use for.
    private static let snipKeys = [
        "dense_ratio", "block_pattern", "schedule_offset_end", "schedule_offset_stride", "excluded_modules",
    ]

    init(_ section: JSONFields) {
        let shared = section.object("shared_parameters")
        isEnabled = shared.bool("enabled", default: isEnabled)
        scheduleOffset = shared.steps("schedule_offset", default: scheduleOffset)
        let snip = Self.snipMomentum(shared, offset: scheduleOffset)
        method = shared.choice(
            "method", ["l1": .l1, "topk": .topK, "snip_momentum": .snipMomentum(snip)], default: method)
        let isSnip = method == .snipMomentum(snip)
        groups = CompressionConfig.Group.all(in: section, needed: isEnabled && !isSnip) {
            .init($0.ratio("dense_ratio"))
        }
        shared.reportUnreadKeys()
        section.reportUnreadKeys()
        guard isEnabled else { return }
        if isSnip {
            check(snip, shared, section)
        } else {
            noteIgnored(shared)
        }
    }

    /// Read whatever the method, so that what is wrong is told.
    private static func snipMomentum(_ shared: JSONFields, offset: Int) -> SnipMomentum {
        var snip = SnipMomentum(offsetEnd: shared.steps("schedule_offset_end", default: offset))
        snip.denseRatio = shared.ratio("dense_ratio", includingOne: false, default: snip.denseRatio)
        snip.blockPattern = shared.value(
            "block_pattern", "NxM such as \"4x1\", or N:M with N ≤ M such as \"2:4\"", default: snip.blockPattern
        ) { value in
            value.string.flatMap { BlockPattern($0) }
        }
        snip.offsetStride = shared.steps("schedule_offset_stride", from: 1, default: snip.offsetStride)
        let excluded = shared.value("excluded_modules", "a list of patterns", default: []) { $0.array }
        snip.excludedModules = excluded.enumerated().compactMap {
            ModuleScope.pattern($1, "excluded_modules[\($0)]", shared)
        }
        if snip.offsetEnd < offset {
            shared.report("schedule_offset_end", "expected at least schedule_offset = \(offset), got \(snip.offsetEnd)")
        }
        return snip
    }

    private func check(_ snip: SnipMomentum, _ shared: JSONFields, _ section: JSONFields) {
        if !groups.isEmpty {
            section.report(
                "different_groups",
                "snip_momentum takes all layers but excluded_modules; remove the groups, or choose l1 or topk")
        }
        if scheduleOffset == 0, snip.offsetEnd > 0, snip.offsetEnd < snip.offsetStride {
            shared.report(
                "schedule_offset_stride",
                "expected at most schedule_offset_end = \(snip.offsetEnd), got \(snip.offsetStride); else masks are made at step 0 only, "
                    + "before there are scores")
        }
        if snip.offsetEnd == 0 {
            shared.report(
                "schedule_offset_end",
                "expected at least 1, got 0; scores are gathered in training, and at step 0 there are none")
        }
        if case .among(let pruned, let count) = snip.blockPattern,
            1 - snip.denseRatio > Double(pruned) / Double(count) + 1e-9
        {
            let least = Double(count - pruned) / Double(count)
            shared.report(
                "dense_ratio",
                "expected at least \(least) with block_pattern \(snip.blockPattern), got \(snip.denseRatio)")
        }
        if snip.excludedModules.contains(.everything) {
            shared.report("excluded_modules", "\"*\" excludes every module; name those to leave dense")
        }
    }

    private func noteIgnored(_ shared: JSONFields) {
        for key in Self.snipKeys where shared[key] != nil {
            let effect =
                key == "schedule_offset_end"
                ? "has no effect; pruning stays on once it has begun" : "ignored; only snip_momentum has a use for it"
            shared.note(key, effect)
        }
    }

    /// Its section of a config.
    var json: JSONValue {
        var shared: [JSONValue.Member] = [
            .init("enabled", .bool(isEnabled)), .init("method", .string(method.name)),
            .init("schedule_offset", .integer(scheduleOffset)),
        ]
        if case .snipMomentum(let snip) = method {
            shared += [
                .init("block_pattern", .string(snip.blockPattern.description)),
                .init("dense_ratio", .number(snip.denseRatio)),
                .init("schedule_offset_end", .integer(snip.offsetEnd)),
                .init("schedule_offset_stride", .integer(snip.offsetStride)),
                .init("excluded_modules", .array(snip.excludedModules.map { .string($0.source) })),
            ]
        }
        return [
            "shared_parameters": .object(shared),
            "different_groups": groups.json { ["dense_ratio": .number($0.ratio)] },
        ]
    }
}

extension CompressionConfig.SparsePruning.Method {
    /// As a config writes it.
    var name: String {
        switch self {
        case .l1: "l1"
        case .topK: "topk"
        case .snipMomentum: "snip_momentum"
        }
    }
}
