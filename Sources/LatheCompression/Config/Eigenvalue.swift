import LatheFiles

extension CompressionConfig {
    /// How the largest eigenvalue of each block's Hessian is found, which stretches the periods of MoQ: the steeper the
    /// loss, the longer a bit stays. Source: DeepSpeed `deepspeed/runtime/constants.py`.
    public struct Eigenvalue: Sendable, Hashable {
        public var isEnabled = false
        public var isVerbose = false
        /// Power iterations at most.
        public var maximumIterations = 100
        /// The relative change at which iteration stops.
        public var tolerance = 1e-2
        /// Added to a norm before dividing by it.
        public var stability = 1e-6
        /// Optimizer steps from one estimate to the next.
        public var interval = 1
        /// What stands before a block's number in module paths.
        public var layerName = "bert.encoder.layer"
        /// The number of blocks; 0 for as many as the model has.
        public var layerCount = 0

        public init() {}
    }
}

extension CompressionConfig.Eigenvalue {
    init(_ fields: JSONFields) {
        read(fields)
        fields.reportUnreadKeys()
    }

    /// As above, unknown keys left alone: the section also stands outside `compression_training`.
    mutating func read(_ fields: JSONFields) {
        isEnabled = fields.bool("enabled", default: isEnabled)
        isVerbose = fields.bool("verbose", default: isVerbose)
        maximumIterations = fields.integer("max_iter", in: 1...1_000_000, default: maximumIterations)
        tolerance = fields.number("tol", in: 0...1, default: tolerance)
        stability = fields.number("stability", in: 0...1, default: stability)
        interval = fields.steps("gas_boundary_resolution", from: 1, default: interval)
        layerName = fields.value(
            "layer_name", "what stands before a block's number, such as \"bert.encoder.layer\"", default: layerName
        ) { value in
            value.string.flatMap { $0.isEmpty ? nil : $0 }
        }
        layerCount = fields.integer("layer_num", in: 0...10_000, default: layerCount)
    }

    /// The section `eigenvalue`.
    var json: JSONValue {
        [
            "enabled": .bool(isEnabled), "verbose": .bool(isVerbose), "max_iter": .integer(maximumIterations),
            "tol": .number(tolerance),
            "stability": .number(stability), "gas_boundary_resolution": .integer(interval),
            "layer_name": .string(layerName),
            "layer_num": .integer(layerCount),
        ]
    }
}
