import LatheCommandLine
import LatheFiles
import Testing

/// The configs that DeepSpeed's compression tutorials publish (DeepSpeedExamples, `compression/*/config` and
/// `training/MoQ/test.json`), with the values that the tutorials' scripts put into the two templates.
struct PublishedConfig: CustomTestStringConvertible {
    let name: String
    let json: JSONValue

    var testDescription: String { name }

    static let bert: [PublishedConfig] = [
        .bert(
            "ds_config", isHalf: true, weights: [("wq1", 1, all), ("wq2", 1, ["output.dense"])], quantizes: false,
            activations: [("aq1", 8, ["bert.encoder"])], isAsymmetric: true),
        .bert("ds_config_W1A8_Qgroup64_fp16", isHalf: true, groups: 64, weights: [("wq1", 1, all + ["output.dense"])]),
        .bert("ds_config_W1A8_Qgroup64_fp32", groups: 64, weights: [("wq1", 1, all + ["output.dense"])]),
        .bert(
            "ds_config_W1or2A8_Qgroup64_fp16", isHalf: true, groups: 64,
            weights: [("wq1", 1, all), ("wq2", 2, ["output.dense"])]),
        .bert("XTC/ds_config_W1A8_Qgroup1_fp32", weights: [("wq1", 1, all + ["output.dense"])]),
        .bert(
            "XTC/ds_config_layer_reduction_fp16", keptLayers: [1, 3, 5, 7, 9, 11],
            weights: [("wq1", 1, all + ["output.dense"])], quantizes: false),
        .bert(
            "XTC/ds_config_layer_reduction_W1Q8_fp32", keptLayers: [1, 3, 5, 7, 9, 11],
            weights: [("wq1", 1, all + ["output.dense"])]),
        .bert("ZeroQuant/ds_config_W8A8_Qgroup48_fp32", groups: 48, weights: [("wq1", 8, all + ["output.dense"])]),
        .bert(
            "ZeroQuant/ds_config_W48A8_Qgroup48_lkd_fp32", groups: 48,
            weights: [
                ("wq1", 8, ["attention.self", "attention.output.dense"]),
                ("wq2", 4, ["intermediate", "layer.\\w+.output.dense"]),
            ],
            activations: [("aq1", 8, ["attention.self", "attention.output.dense"])]),
    ]

    /// What the scripts make of the templates.
    static let filled: [PublishedConfig] = [
        .template(
            "layer_reduction", isHalf: true, reducesLayers: true, groups: 1, bits: (8, 4), activationBits: (4, 8)),
        .template("quant_weight", groups: 64, bits: (4, 2), quantizesWeights: true),
        .template("quant_activation", groups: 64, bits: (4, 2), quantizesActivations: true),
        .template("pruning_sparse", groups: 64, bits: (4, 2), sparse: sparse(true, 0.4)),
        .template("pruning_row", groups: 64, bits: (4, 2), prunesRows: true),
        .template("pruning_head", groups: 64, bits: (4, 2), prunesHeads: true),
        .template("pruning_sparse_snip_momentum", groups: 64, bits: (4, 2), sparse: snip),
    ]

    static let gpt2: [PublishedConfig] = [true, false].flatMap { isHalf -> [PublishedConfig] in
        let form = isHalf ? "fp16" : "fp32"
        return [
            .gpt2("ds_config_W8A8_Qgroup64_" + form, isHalf: isHalf, weights: [("wq1", 8, decoder)]),
            .gpt2(
                "ds_config_W4or8A8_Qgroup64_" + form, isHalf: isHalf,
                weights: [("wq1", 4, Array(decoder[2...])), ("wq2", 8, Array(decoder[..<2]))]),
        ]
    }

    /// Configs that compress nothing, which the tutorials train with.
    static let plain: [PublishedConfig] = [
        .init(name: "gpt2/ds_config", json: .object(head(8, 4, 50, isHalf: true, adam))),
        .init(name: "cifar/ds_config", json: .object(head(32, 32, 50, isHalf: true, adam))),
    ]

    static let channels = PublishedConfig(
        name: "cifar/ds_config_channel_prune",
        json: .object(
            head(32, 32, 50, isHalf: true, adam) + [
                .init(
                    "compression_training",
                    [
                        "weight_quantization": weightSection(
                            false, 1, inForward: false, isAsymmetric: true, ratio: 0.001, isVerbose: true,
                            [("wq1", 12, 8, 50, ["conv1"]), ("wq2", 12, 4, 50, ["conv2"])]),
                        "activation_quantization": activationSection(
                            false, isAsymmetric: true, [("aq1", 8, ["conv1"])]),
                        "sparse_pruning": [
                            "shared_parameters": ["enabled": false, "schedule_offset": 0, "method": "l1"],
                            "different_groups": [
                                "sp1": ["params": ["dense_ratio": 0.5], "modules": ["conv1", "conv2"]]
                            ],
                        ],
                        "channel_pruning": [
                            "shared_parameters": ["enabled": true, "schedule_offset": 0, "method": "topk"],
                            "different_groups": [
                                "cp1": [
                                    "params": ["dense_ratio": 0.5], "modules": ["layer....conv1"],
                                    "related_modules": [["layer....conv2", "layer....bn1"]],
                                ]
                            ],
                        ],
                    ])
            ]))

    /// The config of MoQ's tutorial.
    static let moq = PublishedConfig(
        name: "MoQ/test",
        json: [
            "steps_per_print": 10, "gradient_clipping": 1.0, "fp16": ["initial_scale_power": 16, "enabled": true],
            "quantize_training": [
                "enabled": true, "quantize_verbose": true, "quantizer_kernel": true,
                "quantize_algo": ["q_type": "symmetric"],
                "quantize_bits": ["start_bits": 16, "target_bits": 8],
                "quantize_schedule": ["quantize_period": 400, "schedule_offset": 0], "quantize_groups": 8,
            ],
        ])
}

// MARK: - Parts

extension PublishedConfig {
    private typealias Weights = [(name: String, bits: Int, modules: [String])]

    private static let all = ["attention.self", "intermediate", "word_embeddings"]
    private static let decoder = ["attn.c_attn", "attn.c_proj", "mlp.c_fc", "mlp.c_proj"]
    private static let adam: JSONValue = [
        "type": "Adam", "params": ["lr": 0.001, "betas": [0.8, 0.999], "eps": 1e-08, "weight_decay": 3e-07],
    ]

    private static func head(_ batch: Int, _ micro: Int, _ print: Int, isHalf: Bool, _ optimizer: JSONValue? = nil)
        -> [JSONValue.Member]
    {
        let first: [JSONValue.Member] = [
            .init("train_batch_size", .integer(batch)), .init("train_micro_batch_size_per_gpu", .integer(micro)),
            .init("steps_per_print", .integer(print)),
        ]
        return first + (optimizer.map { [.init("optimizer", $0)] } ?? []) + [
            .init("zero_optimization", ["stage": 0]), .init("fp16", ["enabled": .bool(isHalf)]),
            .init("gradient_clipping", 1.0), .init("prescale_gradients", true),
            .init("wall_clock_breakdown", false),
        ]
    }

    private static func modules(_ names: [String]) -> JSONValue { .array(names.map(JSONValue.string)) }

    private static func weightSection(
        _ isEnabled: Bool, _ groups: Int, inForward: Bool, isAsymmetric: Bool = false, ratio: JSONValue = 0.1,
        isVerbose: Bool = false,
        _ parts: [(name: String, start: Int, target: Int, period: Int, modules: [String])]
    ) -> JSONValue {
        [
            "shared_parameters": [
                "enabled": .bool(isEnabled), "quantizer_kernel": false, "schedule_offset": 0,
                "quantize_groups": .integer(groups), "quantize_verbose": .bool(isVerbose),
                "quantization_type": isAsymmetric ? "asymmetric" : "symmetric",
                "quantize_weight_in_forward": .bool(inForward), "rounding": "nearest",
                "fp16_mixed_quantize": ["enabled": false, "quantize_change_ratio": ratio],
            ],
            "different_groups": .object(
                parts.map { part in
                    let params: JSONValue = [
                        "start_bits": .integer(part.start), "target_bits": .integer(part.target),
                        "quantization_period": .integer(part.period),
                    ]
                    return .init(part.name, ["params": params, "modules": modules(part.modules)])
                }),
        ]
    }

    private static func activationSection(
        _ isEnabled: Bool, isAsymmetric: Bool = false, _ parts: [(name: String, bits: Int, modules: [String])]
    ) -> JSONValue {
        [
            "shared_parameters": [
                "enabled": .bool(isEnabled), "quantization_type": isAsymmetric ? "asymmetric" : "symmetric",
                "range_calibration": "dynamic", "schedule_offset": 0,
            ],
            "different_groups": .object(
                parts.map { .init($0.name, ["params": ["bits": .integer($0.bits)], "modules": modules($0.modules)]) }),
        ]
    }

    private static func sparse(
        _ isEnabled: Bool, _ ratio: Double, _ names: [String] = ["attention.self", "output.dense", "intermediate"]
    ) -> JSONValue {
        [
            "shared_parameters": ["enabled": .bool(isEnabled), "schedule_offset": 2000, "method": "l1"],
            "different_groups": ["sp1": ["params": ["dense_ratio": .number(ratio)], "modules": modules(names)]],
        ]
    }

    private static let snip: JSONValue = [
        "shared_parameters": [
            "enabled": true, "schedule_offset": 1000, "schedule_offset_end": 51000, "schedule_offset_stride": 1000,
            "method": "snip_momentum", "block_pattern": "4x1",
            "dense_ratio": 0.2, "excluded_modules": ["classifier", "pooler"],
        ],
        "different_groups": [:],
    ]

    private static func structure(rows: (Bool, Double), heads: (Bool, Double)) -> [JSONValue.Member] {
        let shared = { (isEnabled: Bool, more: [JSONValue.Member]) -> JSONValue in
            .object(
                [.init("enabled", .bool(isEnabled)), .init("schedule_offset", 2000), .init("method", "topk")] + more)
        }
        let group = { (ratio: Double, own: JSONValue, related: JSONValue) -> JSONValue in
            ["rp1": ["params": ["dense_ratio": .number(ratio)], "modules": own, "related_modules": related]]
        }
        return [
            .init(
                "row_pruning",
                [
                    "shared_parameters": shared(rows.0, []),
                    "different_groups": group(rows.1, ["intermediate.dense"], [["layer.\\w+.output.dense"]]),
                ]),
            .init(
                "head_pruning",
                [
                    "shared_parameters": shared(heads.0, [.init("num_heads", 12)]),
                    "different_groups": group(
                        heads.1, ["attention.output.dense"], [["self.query", "self.key", "self.value"]]),
                ]),
        ]
    }

    private static func layers(_ isEnabled: Bool, _ kept: [Int]) -> JSONValue.Member {
        .init(
            "layer_reduction",
            [
                "enabled": .bool(isEnabled), "keep_number_layer": .integer(kept.count),
                "module_name_prefix": "bert.encoder.layer",
                "teacher_layer": .array(kept.map(JSONValue.integer)),
                "other_module_name": ["bert.pooler", "bert.embeddings", "classifier"],
            ])
    }

    private static func bert(
        _ name: String, isHalf: Bool = false, groups: Int = 1, keptLayers: [Int]? = nil, weights: Weights,
        quantizes: Bool = true,
        activations: Weights = [("aq1", 8, ["attention.self", "intermediate", "output.dense"])],
        isAsymmetric: Bool = false
    ) -> PublishedConfig {
        let inForward = !isHalf || !quantizes
        let sections =
            [
                layers(keptLayers != nil, keptLayers ?? [2, 4, 6, 8, 10]),
                .init(
                    "weight_quantization",
                    weightSection(
                        quantizes, groups, inForward: inForward,
                        weights.map { ($0.name, $0.bits, $0.bits, 0, $0.modules) })),
                .init("activation_quantization", activationSection(quantizes, isAsymmetric: isAsymmetric, activations)),
                .init("sparse_pruning", sparse(false, 0.5, ["attention.self"])),
            ] + structure(rows: (false, 0.5), heads: (false, 0.5))
        return .init(
            name: "bert/" + name,
            json: .object(head(32, 32, 200, isHalf: isHalf) + [.init("compression_training", .object(sections))]))
    }

    private static func template(
        _ name: String, isHalf: Bool = false, reducesLayers: Bool = false, groups: Int, bits: (Int, Int),
        activationBits: (Int, Int) = (8, 4),
        quantizesWeights: Bool = false, quantizesActivations: Bool = false, sparse: JSONValue? = nil,
        prunesRows: Bool = false, prunesHeads: Bool = false
    ) -> PublishedConfig {
        let parts = [
            ("wq1", bits.0, bits.0, 0, ["attention.self", "word_embeddings"]),
            ("wq2", bits.1, bits.1, 0, ["output.dense", "intermediate"]),
        ]
        let sections =
            [
                layers(reducesLayers, [2, 4, 6, 8, 10]),
                .init("weight_quantization", weightSection(quantizesWeights, groups, inForward: !isHalf, parts)),
                .init(
                    "activation_quantization",
                    activationSection(
                        quantizesActivations,
                        [
                            ("aq1", activationBits.0, ["attention.self"]),
                            ("aq2", activationBits.1, ["output.dense", "intermediate"]),
                        ])),
                .init("sparse_pruning", sparse ?? Self.sparse(false, 0.6)),
            ] + structure(rows: (prunesRows, 0.6), heads: (prunesHeads, 0.6))
        return .init(
            name: "bert/" + name + ".sh",
            json: .object(head(32, 32, 200, isHalf: isHalf) + [.init("compression_training", .object(sections))]))
    }

    private static func gpt2(_ name: String, isHalf: Bool, weights: Weights) -> PublishedConfig {
        let sections: JSONValue = [
            "weight_quantization": weightSection(
                true, 64, inForward: !isHalf, ratio: 1, weights.map { ($0.name, $0.bits, $0.bits, 0, $0.modules) }),
            "activation_quantization": activationSection(true, [("aq1", 8, decoder)]),
        ]
        return .init(
            name: "gpt2/" + name,
            json: .object(head(8, 4, 50, isHalf: isHalf, adam) + [.init("compression_training", sections)]))
    }
}
