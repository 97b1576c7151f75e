import LatheFiles

/// Sections of `compression_training` as DeepSpeed has them, for the demo's networks.
enum DemoConfig {
    /// Weights of so many bits for modules with these patterns.
    static func weights(_ modules: [Int: [String]], groups: Int = 1) -> JSONValue.Member {
        let groupsByBits = modules.sorted { $0.key < $1.key }.map { bits, patterns -> JSONValue.Member in
            let parameters: JSONValue = [
                "start_bits": .integer(bits), "target_bits": .integer(bits), "quantization_period": 0,
            ]
            return .init("w\(bits)", group(parameters, patterns))
        }
        return section(
            "weight_quantization",
            [
                "quantize_weight_in_forward": true, "quantize_groups": .integer(groups),
                "quantization_type": "symmetric", "schedule_offset": 0,
            ],
            .object(groupsByBits))
    }

    /// Inputs of 8 bits, each row with a scale of its own.
    static func inputs(_ modules: [String]) -> JSONValue.Member {
        section(
            "activation_quantization",
            ["quantization_type": "symmetric", "range_calibration": "dynamic", "schedule_offset": 0],
            ["a8": group(["bits": 8], modules)])
    }

    /// The encoder's layers 1 and 3, counted from 0.
    static let everySecondLayer = JSONValue.Member(
        "layer_reduction",
        [
            "enabled": true, "keep_number_layer": 2, "module_name_prefix": "encoder.layer", "teacher_layer": [1, 3],
            "other_module_name": ["embeddings", "classifier"],
        ])

    static let halfTheHeads = section(
        "head_pruning", ["method": "topk", "num_heads": 4, "schedule_offset": 0],
        [
            "h50": group(
                ["dense_ratio": 0.5], [#"attention\.output"#], related: ["self.query", "self.key", "self.value"])
        ])

    static let halfTheRows = section(
        "row_pruning", ["method": "topk", "schedule_offset": 0],
        ["r50": group(["dense_ratio": 0.5], ["intermediate"], related: [#"layer\.\d\.output"#])])

    /// A share of the encoder's weights in a pattern of blocks: ever fewer in the first half of the steps.
    static func sparse(_ pattern: String, kept share: Double, steps: Int) -> JSONValue.Member {
        section(
            "sparse_pruning",
            [
                "method": "snip_momentum", "block_pattern": .string(pattern), "dense_ratio": .number(share),
                "schedule_offset": 0,
                "schedule_offset_end": .integer(max(steps / 2, 1)),
                "schedule_offset_stride": .integer(max(steps / 16, 1)),
                "excluded_modules": ["embeddings"],
            ], [:])
    }

    /// Inside the residual network's blocks.
    static let halfTheChannels = section(
        "channel_pruning", ["method": "topk", "schedule_offset": 0],
        [
            "c50": group(
                ["dense_ratio": 0.5], [#"layer\d\.\d\.conv1"#], related: [#"layer\d\.\d\.bn1"#, #"layer\d\.\d\.conv2"#])
        ])

    private static func section(_ key: String, _ shared: JSONValue, _ groups: JSONValue) -> JSONValue.Member {
        .init(
            key,
            [
                "shared_parameters": .object([.init("enabled", true)] + (shared.object ?? [])),
                "different_groups": groups,
            ])
    }

    private static func group(_ parameters: JSONValue, _ modules: [String], related: [String] = []) -> JSONValue {
        func list(_ names: [String]) -> JSONValue { .array(names.map(JSONValue.string)) }
        let members: [JSONValue.Member] = [.init("params", parameters), .init("modules", list(modules))]
        return .object(members + (related.isEmpty ? [] : [.init("related_modules", .array([list(related)]))]))
    }
}
