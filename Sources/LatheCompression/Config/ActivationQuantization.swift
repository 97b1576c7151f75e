import LatheFiles
import LatheTensor

extension CompressionConfig {
    /// Layer inputs that are rounded to 8 or 4 bits.
    public struct ActivationQuantization: TechniqueSection, Hashable {
        /// Where the range of the codes comes from.
        public enum RangeCalibration: String, Sendable, Hashable, CaseIterable {
            /// Each token's own values; each image's in a convolution.
            case dynamic
            /// A moving average of the ranges seen in training, one for the whole tensor.
            case `static`
        }

        /// The bits of a group of modules.
        public struct Bits: Sendable, Hashable {
            /// 4 or 8.
            public var bits: Int

            public init(_ bits: Int) { self.bits = bits }
        }

        public var isEnabled = false
        public var grid = QuantizationGrid.symmetric
        public var rangeCalibration = RangeCalibration.dynamic
        public var scheduleOffset = 1000
        public var groups: [Group<Bits>] = []

        public init() {}

        public var scopes: [(group: String, scope: ModuleScope)] { groups.scopes() }
    }
}

extension CompressionConfig.ActivationQuantization {
    init(_ section: JSONFields) {
        let shared = section.object("shared_parameters")
        isEnabled = shared.bool("enabled", default: isEnabled)
        grid = shared.choice(
            "quantization_type", ["symmetric": .symmetric, "asymmetric": .asymmetric], default: grid)
        rangeCalibration = shared.choice(
            "range_calibration", ["dynamic": .dynamic, "static": .static], default: rangeCalibration)
        scheduleOffset = shared.steps("schedule_offset", default: scheduleOffset)
        groups = CompressionConfig.Group.all(in: section, needed: isEnabled) { params in
            Bits(
                params.value("bits", "4 or 8", stopgap: 8) { value in
                    value.integer.flatMap { [4, 8].contains($0) ? $0 : nil }
                })
        }
        shared.reportUnreadKeys()
        section.reportUnreadKeys()
    }

    /// Its section of a config.
    var json: JSONValue {
        [
            "shared_parameters": [
                "enabled": .bool(isEnabled), "quantization_type": .string(grid.rawValue),
                "range_calibration": .string(rangeCalibration.rawValue), "schedule_offset": .integer(scheduleOffset),
            ],
            "different_groups": groups.json { ["bits": .integer($0.bits)] },
        ]
    }
}
