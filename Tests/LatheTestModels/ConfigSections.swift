import LatheCompression
import LatheFiles

/// Sections of `compression_training` for tests, and configs of them.
package struct ConfigSection {
    package let key: String
    package let value: JSONValue

    private init(_ key: String, shared: JSONValue, group: JSONValue) {
        self.key = key
        value = [
            "shared_parameters": .object([.init("enabled", true)] + (shared.object ?? [])),
            "different_groups": ["g1": group],
        ]
    }

    private init(_ key: String, _ value: JSONValue) { (self.key, self.value) = (key, value) }

    private static func list(_ names: [String]) -> JSONValue { .array(names.map(JSONValue.string)) }

    private static func group(_ parameters: JSONValue, _ modules: [String], _ related: [String] = []) -> JSONValue {
        let members: [JSONValue.Member] = [.init("params", parameters), .init("modules", list(modules))]
        return .object(members + (related.isEmpty ? [] : [.init("related_modules", .array([list(related)]))]))
    }

    package static func weights(
        _ bits: Int, _ modules: [String], groups: Int = 1, offset: Int = 0, inForward: Bool = true,
        type: String = "symmetric"
    ) -> Self {
        Self(
            "weight_quantization",
            shared: [
                "schedule_offset": .integer(offset), "quantize_groups": .integer(groups),
                "quantize_weight_in_forward": .bool(inForward),
                "quantization_type": .string(type), "rounding": "nearest",
            ],
            group: group(
                ["start_bits": .integer(bits), "target_bits": .integer(bits), "quantization_period": 0], modules))
    }

    package static func inputs(
        _ bits: Int, _ modules: [String], offset: Int = 0, range: String = "dynamic", type: String = "symmetric"
    ) -> Self {
        Self(
            "activation_quantization",
            shared: [
                "schedule_offset": .integer(offset), "quantization_type": .string(type),
                "range_calibration": .string(range),
            ],
            group: group(["bits": .integer(bits)], modules))
    }

    package static func sparse(_ ratio: Double, _ modules: [String], method: String = "l1", offset: Int = 0) -> Self {
        Self(
            "sparse_pruning", shared: ["schedule_offset": .integer(offset), "method": .string(method)],
            group: group(["dense_ratio": .number(ratio)], modules))
    }

    /// `snip_momentum` for all layers of a BERT but the head and the pooler, in force after two steps.
    package static func snip(_ ratio: Double, pattern: String = "4x1") -> Self {
        Self(
            "sparse_pruning",
            [
                "shared_parameters": [
                    "enabled": true, "method": "snip_momentum", "schedule_offset": 0, "schedule_offset_end": 2,
                    "schedule_offset_stride": 1,
                    "block_pattern": .string(pattern), "dense_ratio": .number(ratio), "excluded_modules": ["pooler"],
                ],
                "different_groups": [:],
            ])
    }

    package static func rows(
        _ ratio: Double, _ modules: [String], _ related: [String], method: String = "topk", offset: Int = 0
    ) -> Self {
        Self(
            "row_pruning", shared: ["schedule_offset": .integer(offset), "method": .string(method)],
            group: group(["dense_ratio": .number(ratio)], modules, related))
    }

    package static func heads(_ ratio: Double, of count: Int, _ modules: [String], _ related: [String], offset: Int = 0)
        -> Self
    {
        Self(
            "head_pruning",
            shared: ["schedule_offset": .integer(offset), "method": "topk", "num_heads": .integer(count)],
            group: group(["dense_ratio": .number(ratio)], modules, related))
    }

    package static func channels(
        _ ratio: Double, _ modules: [String], _ related: [String], method: String = "l1", offset: Int = 0
    ) -> Self {
        Self(
            "channel_pruning", shared: ["schedule_offset": .integer(offset), "method": .string(method)],
            group: group(["dense_ratio": .number(ratio)], modules, related))
    }

    package static func layers(
        _ kept: [Int], prefix: String = "bert.encoder.layer",
        others: [String] = ["bert.embeddings", "bert.pooler", "classifier"]
    ) -> Self {
        Self(
            "layer_reduction",
            [
                "enabled": true, "keep_number_layer": .integer(kept.count), "module_name_prefix": .string(prefix),
                "teacher_layer": .array(kept.map(JSONValue.integer)), "other_module_name": list(others),
            ])
    }

    /// Half the feed-forward rows of BERT.
    package static let bertRows = rows(0.5, ["intermediate.dense"], [#"layer.\w+.output.dense"#])
    /// One of two heads of BERT.
    package static let bertHeads = heads(
        0.5, of: 2, ["attention.output.dense"], ["self.query", "self.key", "self.value"])
    /// The linear layers of BERT's encoder.
    package static let bertLayers = ["attention.self", "output.dense", "intermediate"]
    package static let gptRows = rows(0.5, ["mlp.c_fc"], ["mlp.c_proj"])
    package static let gptHeads = heads(0.5, of: 2, ["attn.c_proj"], ["attn.c_attn"])
}

extension Array where Element == ConfigSection {
    /// The text of a config with these sections.
    package var json: JSONValue {
        ["train_batch_size": 8, "compression_training": .object(map { .init($0.key, $0.value) })]
    }

    package func config() throws -> DeepSpeedConfig { try DeepSpeedConfig(json: json, file: "c.json") }
}
