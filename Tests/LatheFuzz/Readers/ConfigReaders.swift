import LatheCompression
import LatheFiles
import LatheHub
import LatheWorkflows

private let configTokens =
    jsonTokens
    + [
        "\"auto\"", "\"enabled\": true,", "\"method\": \"topk\",", "\"method\": \"snip_momentum\",",
        "\"block_pattern\": \"4x1\",",
        "\"range_calibration\": \"static\",",
        "\"modules\": [\"*\"],", "\"modules\": [\"re\"]", "\"related_modules\": [[]]",
        "\"eigenvalue\": {\"enabled\": true},", "\"bf16\": {\"enabled\": true},",
        "\"excluded_modules\": [\"a\"],", "\"fp16\": {\"enabled\": true},", "(((((((((((((((((((((", "[[:alpha:]]",
        "(?<n>a)\\\\k<n>", "{1,999999999}",
        "\\\\p{Lu}", "(?i)", "a|b", ".*+?", "9223372036854775807", "0.5", "0", "1e-3",
    ].map { Array($0.utf8) }

private let configs = [
    #"""
    {"train_batch_size": 32, "train_micro_batch_size_per_gpu": 8, "steps_per_print": 200, "zero_optimization": {"stage": 0}, "fp16": {"enabled": false},
    "gradient_clipping": 1.0, "optimizer": {"type": "AdamW", "params": {"lr": 1e-4, "betas": [0.9, 0.999], "eps": 1e-8, "weight_decay": 0.01}},
    "scheduler": {"type": "WarmupDecayLR", "params": {"warmup_min_lr": 0, "warmup_max_lr": 1e-4, "warmup_num_steps": 10, "total_num_steps": 100}},
    "compression_training": {
    "layer_reduction": {"enabled": true, "keep_number_layer": 3, "module_name_prefix": "bert.encoder.layer", "teacher_layer": [1, 3, 5],
    "other_module_name": ["bert.pooler", "classifier"]},
    "weight_quantization": {"shared_parameters": {"enabled": true, "quantizer_kernel": false, "schedule_offset": 0, "quantize_groups": 48,
    "quantize_verbose": false, "quantization_type": "symmetric", "quantize_weight_in_forward": true, "rounding": "nearest",
    "fp16_mixed_quantize": {"enabled": false, "quantize_change_ratio": 0.1}},
    "different_groups": {"wq1": {"params": {"start_bits": 8, "target_bits": 4, "quantization_period": 50}, "modules": ["attention.self", "layer.\\w+.output.dense"]}}},
    "activation_quantization": {"shared_parameters": {"enabled": true, "quantization_type": "asymmetric", "range_calibration": "dynamic", "schedule_offset": 0},
    "different_groups": {"aq1": {"params": {"bits": 8}, "modules": ["attention.self"]}}}}}
    """#,
    #"""
    {"compression_training": {
    "sparse_pruning": {"shared_parameters": {"enabled": true, "schedule_offset": 44, "schedule_offset_end": 440, "schedule_offset_stride": 2,
    "method": "snip_momentum", "block_pattern": "4x1", "dense_ratio": 0.3, "excluded_modules": ["classifier"]}},
    "row_pruning": {"shared_parameters": {"enabled": true, "schedule_offset": 44, "method": "topk"},
    "different_groups": {"rp1": {"params": {"dense_ratio": 0.5}, "modules": ["intermediate.dense"], "related_modules": [["layer.\\w+.output.dense"]]}}},
    "head_pruning": {"shared_parameters": {"enabled": true, "schedule_offset": 44, "method": "topk", "num_heads": 12},
    "different_groups": {"rp1": {"params": {"dense_ratio": 0.5}, "modules": ["attention.output.dense"], "related_modules": [["self.query", "self.key"]]}}},
    "channel_pruning": {"shared_parameters": {"enabled": true, "method": "l1"},
    "different_groups": {"cp1": {"params": {"dense_ratio": 0.5}, "modules": ["layer\\d\\.\\d\\.conv1"], "related_modules": [["layer\\d\\.\\d\\.bn1"]]}}}}}
    """#,
]

private let tables = [
    #"""
    {"group_by": "layer", "quantize_groups": 1, "scales": "search", "calibration": "64 sequences", "units": [
    {"name": "a", "layers": ["a"], "parameters": 1024, "bytes": 4096, "trials": [
    {"bits": 4, "density": 1, "bytes": 512, "saved": 3584, "divergence": 0.015, "changed": 0.1},
    {"bits": null, "density": 0.5, "bytes": 2048, "saved": 2048, "divergence": null, "changed": null}]},
    {"name": "b", "layers": ["b.c", "b.d"], "parameters": 3, "bytes": 12, "trials": []}]}
    """#,
    #"{"group_by": "block", "quantize_groups": 48, "scales": "original", "calibration": "", "units": []}"#,
]

/// Readers of what tells how to compress.
func configReaders() throws -> [FuzzReader] {
    let scratch = try Scratch()
    let tableTokens = [
        "\"density\": 1e-300", "\"bits\": 9", "\"divergence\": 1e308", "\"trials\": [{}]", "9223372036854775807",
        "block",
    ]
    return [
        FuzzReader("deepspeed-config", seeds: configs.map { [FuzzFile("f", $0)] }, tokens: configTokens) { input in
            let config = try DeepSpeedConfig(json: try StrictJSON.parse(input[0].bytes), file: "f")
            let written: JSONValue = ["compression_training": config.compression.json]
            try BrokenPromise.check(
                try DeepSpeedConfig(json: written, file: "f").compression == config.compression,
                "does not read back what it writes")
            // A single letter: what takes long on long names is the pattern's own affair.
            for group in config.compression.weightQuantization.groups {
                for pattern in group.scope.patterns { _ = pattern.matches("a") }
            }
        },
        FuzzReader(
            "sensitivity", seeds: tables.map { [FuzzFile("table.json", $0)] },
            tokens: jsonTokens + tableTokens.map { Array($0.utf8) }
        ) { input in
            let table = try SensitivityTable(path: try scratch.fill("table", input) + "/table.json")
            let written = FuzzFile("table.json", table.json.text(.pretty))
            try BrokenPromise.check(
                try SensitivityTable(path: try scratch.fill("table", [written]) + "/table.json") == table,
                "does not read back what it writes")
            let trials = table.units.filter { !$0.trials.isEmpty }.map {
                $0.trials.map { ByteBudget.Option(byteCount: $0.byteCount, cost: $0.damage.divergence) }
            }
            if !trials.isEmpty { _ = ByteBudget(trials).largest }
        },
        FuzzReader(
            "hub-reference", seeds: ["org/name@v1.0", "gpt2", "a-b/c_d.e@refs/pr/1"].map { [FuzzFile("f", $0)] },
            tokens: ["@", "/", "..", "--", ".git", "\0", " ", "%2e", "\u{2024}"].map { Array($0.utf8) }
        ) { input in
            let reference = try HubReference(String(decoding: input[0].bytes, as: UTF8.self)),
                parts = reference.repository.split(separator: "/")
            try BrokenPromise.check(
                parts.count <= 2 && !reference.repository.contains("..") && !reference.revision.contains(".."),
                "\(reference)")
        },
    ]
}
