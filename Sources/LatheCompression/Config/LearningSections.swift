import LatheFiles

/// Sections of a DeepSpeed config that change what a model learns and that Lathe does not have.
enum LearningSections {
    /// Sections that are about memory, speed, several processes or logs, and change nothing in what is learned.
    private static let harmless: Set<String> = [
        "activation_checkpointing", "aio", "autotuning", "checkpoint", "comet", "comms_logger", "compile",
        "csv_monitor", "data_types",
        "flops_profiler", "hybrid_engine", "monitor_config", "nebula", "pipeline", "sequence_parallel", "tensorboard",
        "tensor_parallel", "timers", "wandb",
        "zero_optimization",
    ]

    /// Sections that are in force without saying so.
    private static let alwaysEnabled: Set<String> = ["sparse_attention"]

    /// Reports enabled sections that no reader has asked for.
    static func check(_ fields: JSONFields) {
        for key in fields.unreadPaths where !harmless.contains(key) {
            guard let section = fields.peek(key)?.object, !section.isEmpty else { continue }
            let isEnabled = fields.peek(key)?["enabled"]
            guard isEnabled == true || isEnabled == nil && alwaysEnabled.contains(key) else { continue }
            fields.report(
                key, "is enabled, and Lathe does not have it; remove it, set enabled to false, or have it ignored",
                isIgnorable: true)
        }
    }
}
