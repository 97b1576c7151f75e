import LatheFiles

extension CompressionConfig {
    /// Attention heads, blocks of columns of the output projection, that become 0 or leave. Those with the highest
    /// learned scores stay (`topk`).
    public struct HeadPruning: TechniqueSection, Hashable {
        public var isEnabled = false
        public var scheduleOffset = 1000
        /// Heads of each attention before pruning; there if the technique is enabled.
        public var headCount: Int?
        public var groups: [Group<Density>] = []

        public init() {}

        public var scopes: [(group: String, scope: ModuleScope)] { groups.scopes() }
    }
}

extension CompressionConfig.HeadPruning {
    init(_ section: JSONFields) {
        let shared = section.object("shared_parameters")
        isEnabled = shared.bool("enabled", default: isEnabled)
        _ = shared.value("method", "topk, the only method for heads", default: "topk") { $0 == "topk" ? "topk" : nil }
        scheduleOffset = shared.steps("schedule_offset", default: scheduleOffset)
        if isEnabled || shared["num_heads"] != nil { headCount = shared.integer("num_heads", in: 1...65536) }
        groups = CompressionConfig.Group.all(in: section, needed: isEnabled, relates: true) {
            .init($0.ratio("dense_ratio"))
        }
        shared.reportUnreadKeys()
        section.reportUnreadKeys()
    }

    /// Its section of a config.
    var json: JSONValue {
        var shared: [JSONValue.Member] = [
            .init("enabled", .bool(isEnabled)), .init("method", "topk"),
            .init("schedule_offset", .integer(scheduleOffset)),
        ]
        if let headCount { shared.append(.init("num_heads", .integer(headCount))) }
        return [
            "shared_parameters": .object(shared),
            "different_groups": groups.json { ["dense_ratio": .number($0.ratio)] },
        ]
    }
}
