import LatheCompression
import LatheFiles
import LatheTestFiles

/// A config with everything in it, and a small model that it fits.
enum ExampleConfig {
    static let json: JSONValue = [
        "train_batch_size": 32, "train_micro_batch_size_per_gpu": 8, "gradient_accumulation_steps": 4,
        "gradient_clipping": 1.0, "steps_per_print": 50,
        "optimizer": [
            "type": "AdamW", "params": ["lr": 2e-5, "betas": [0.9, 0.98], "eps": 1e-6, "weight_decay": 0.01],
        ],
        "scheduler": [
            "type": "WarmupDecayLR",
            "params": [
                "total_num_steps": 100, "warmup_min_lr": 0, "warmup_max_lr": 2e-5, "warmup_num_steps": 10,
                "warmup_type": "linear",
            ],
        ],
        "bf16": ["enabled": true],
        "compression_training": [
            "layer_reduction": [
                "enabled": true, "keep_number_layer": 2, "module_name_prefix": "bert.encoder.layer",
                "teacher_layer": [1, 3],
                "other_module_name": ["bert.embeddings", "classifier"],
            ],
            "weight_quantization": [
                "shared_parameters": [
                    "enabled": true, "quantizer_kernel": false, "schedule_offset": 0, "quantize_groups": 4,
                    "quantize_verbose": false,
                    "quantization_type": "symmetric", "quantize_weight_in_forward": true, "rounding": "nearest",
                    "fp16_mixed_quantize": ["enabled": false, "quantize_change_ratio": 0.1],
                ],
                "different_groups": [
                    "wq1": [
                        "params": ["start_bits": 12, "target_bits": 8, "quantization_period": 10],
                        "modules": ["attention.self", "word_embeddings"],
                    ],
                    "wq2": [
                        "params": ["start_bits": 4, "target_bits": 4, "quantization_period": 0],
                        "modules": ["intermediate"],
                    ],
                ],
            ],
            "activation_quantization": [
                "shared_parameters": [
                    "enabled": true, "quantization_type": "asymmetric", "range_calibration": "static",
                    "schedule_offset": 5,
                ],
                "different_groups": ["aq1": ["params": ["bits": 8], "modules": ["attention.self", "intermediate"]]],
            ],
            "sparse_pruning": [
                "shared_parameters": ["enabled": true, "schedule_offset": 20, "method": "topk"],
                "different_groups": ["sp1": ["params": ["dense_ratio": 0.3], "modules": ["self.query"]]],
            ],
            "row_pruning": [
                "shared_parameters": ["enabled": true, "schedule_offset": 30, "method": "topk"],
                "different_groups": [
                    "rp1": [
                        "params": ["dense_ratio": 0.5], "modules": ["intermediate.dense"],
                        "related_modules": [[#"layer.\w+.output.dense"#]],
                    ]
                ],
            ],
            "head_pruning": [
                "shared_parameters": ["enabled": true, "schedule_offset": 40, "method": "topk", "num_heads": 4],
                "different_groups": [
                    "hp1": [
                        "params": ["dense_ratio": 0.5], "modules": ["attention.output.dense"],
                        "related_modules": [["self.query", "self.key", "self.value"]],
                    ]
                ],
            ],
            "channel_pruning": [
                "shared_parameters": ["enabled": true, "schedule_offset": 50, "method": "l1"],
                "different_groups": [
                    "cp1": [
                        "params": ["dense_ratio": 0.5], "modules": ["conv1"], "related_modules": [["conv2", "bn1"]],
                    ]
                ],
            ],
        ],
    ]

    static let snipMomentum: JSONValue = [
        "shared_parameters": [
            "enabled": true, "method": "snip_momentum", "schedule_offset": 2, "schedule_offset_end": 6,
            "schedule_offset_stride": 1,
            "block_pattern": "4x1", "dense_ratio": 0.5, "excluded_modules": ["pooler"],
        ],
        "different_groups": [:],
    ]

    static let modules: [CompressibleModule] =
        [.init("bert.embeddings.word_embeddings", .embedding)]
        + (0..<2).flatMap { layer in
            [
                "attention.self.query", "attention.self.key", "attention.self.value", "attention.output.dense",
                "intermediate.dense", "output.dense",
            ].map {
                CompressibleModule("bert.encoder.layer.\(layer).\($0)", .linear)
            }
        }
        + [.init("conv1", .convolution), .init("bn1", .batchNorm), .init("conv2", .convolution)]
        + [.init("bert.pooler.dense", .linear), .init("classifier", .linear)]

    static func compression(_ changes: (String, JSONValue?)...) throws -> CompressionConfig {
        let changed = changes.reduce(json) { $0.setting("compression_training." + $1.0, to: $1.1) }
        return try DeepSpeedConfig(json: changed, file: "c.json").compression
    }
}
