import LatheFiles

extension CompressionConfig {
    /// Rows of linear layers, or output channels of convolutions, that become 0 or leave.
    public struct StructuredPruning: TechniqueSection, Hashable {
        /// Which rows or channels stay.
        public enum Method: String, Sendable, Hashable, CaseIterable {
            /// Those with the largest sum of magnitudes at the start, once for all.
            case l1
            /// Those with the highest learned scores.
            case topK = "topk"
        }

        public var isEnabled = false
        public var method = Method.l1
        public var scheduleOffset = 1000
        public var groups: [Group<Density>] = []

        public init() {}

        public var scopes: [(group: String, scope: ModuleScope)] { groups.scopes() }
    }
}

extension CompressionConfig.StructuredPruning {
    init(_ section: JSONFields) {
        let shared = section.object("shared_parameters")
        isEnabled = shared.bool("enabled", default: isEnabled)
        method = shared.choice("method", ["l1": .l1, "topk": .topK], default: method)
        scheduleOffset = shared.steps("schedule_offset", default: scheduleOffset)
        groups = CompressionConfig.Group.all(in: section, needed: isEnabled, relates: true) {
            .init($0.ratio("dense_ratio"))
        }
        shared.reportUnreadKeys()
        section.reportUnreadKeys()
    }

    /// Its section of a config.
    var json: JSONValue {
        [
            "shared_parameters": [
                "enabled": .bool(isEnabled), "method": .string(method.rawValue),
                "schedule_offset": .integer(scheduleOffset),
            ],
            "different_groups": groups.json { ["dense_ratio": .number($0.ratio)] },
        ]
    }
}
