import LatheFiles

// Sections of `compression_training`, for whatever the network consists of.

extension CommentedJSON {
    /// Weights of so many bits, and inputs of 8.
    mutating func quantize(_ network: StarterNetwork, bits: Int) {
        var groups = CommentedJSON()
        groups.add(
            "layers", Self.weights(bits, network.layers),
            "Each pattern is searched in the paths of the layers. Layers that need more bits get a group of their own."
        )
        addWords(network, bits, to: &groups)
        addWeights(network, groups, scales: bits == 1 ? 1 : network.groupCount)
        var inputs = CommentedJSON(), shared = CommentedJSON(), readers = CommentedJSON(), group = CommentedJSON()
        shared.add("enabled", true)
        shared.add("quantization_type", "symmetric")
        shared.add(
            "range_calibration", "dynamic",
            "dynamic: each row has the scale of its largest value, and nothing is learned.")
        shared.add("schedule_offset", 0)
        inputs.add("shared_parameters", shared)
        group.add("params", ["bits": 8])
        group.add("modules", Self.list(network.layers + network.guessing))
        readers.add("inputs", group)
        inputs.add("different_groups", readers)
        add("activation_quantization", inputs, "With inputs of 8 bits, products run in integers.")
    }

    /// The table of words, in 8 bits at least where it guesses words too, which is more than looking them up.
    private func addWords(_ network: StarterNetwork, _ bits: Int, to groups: inout CommentedJSON) {
        if network.words.isEmpty { return }
        let comment =
            network.guessing.isEmpty
            ? "" : " It is the output layer too; named together and with equal bits, they stay one."
        groups.add(
            "words", Self.weights(network.guessing.isEmpty ? bits : max(bits, 8), network.words),
            "The table of words: each row has its own scale." + comment)
    }

    private mutating func addWeights(_ network: StarterNetwork, _ groups: CommentedJSON, scales: Int) {
        var weights = CommentedJSON(), shared = CommentedJSON()
        shared.add("enabled", true)
        shared.add("schedule_offset", 0, "The step from which weights are rounded.")
        shared.add(
            "quantize_groups", .integer(scales),
            "Equal parts of a weight with a scale each; the number has to divide every layer's weights.",
            scales == 1 ? "1: one scale for the whole." : "Here a scale for each row of the narrowest layer.")
        shared.add("quantization_type", "symmetric")
        shared.add("quantize_weight_in_forward", true)
        shared.add("rounding", "nearest")
        weights.add("shared_parameters", shared)
        weights.add("different_groups", groups)
        add("weight_quantization", weights)
    }

    /// Every second layer goes; the table of words, which would be the largest part of what is left, gets 8 bits.
    mutating func halveLayers(_ network: StarterNetwork) {
        let kept = network.layerCount / 2, layers = (1...kept).map { $0 * network.layerCount / kept - 1 }
        var section = CommentedJSON()
        section.add("enabled", true)
        section.add("keep_number_layer", .integer(kept))
        section.add("module_name_prefix", .string(network.stack))
        section.add(
            "teacher_layer", .array(layers.map(JSONValue.integer)),
            "The layers, counted from 0, that the student's begin with; it has as many as stand here.")
        section.add("other_module_name", Self.list(network.beside), "What else begins as the teacher's.")
        add("layer_reduction", section)
        if network.words.isEmpty { return }
        var groups = CommentedJSON()
        addWords(network, 8, to: &groups)
        addWeights(network, groups, scales: 1)
    }

    /// So many of the heads and of the feed-forward rows stay.
    mutating func pruneHeadsAndRows(_ network: StarterNetwork, kept: Double) {
        if let heads = network.heads, let count = network.headCount {
            var shared = Self.pruning
            shared.add("num_heads", .integer(count))
            addPruning("head_pruning", shared, [heads], kept, "Heads of the attention that matter least.")
        }
        if let rows = network.rows {
            addPruning("row_pruning", Self.pruning, [rows], kept, "Rows of the feed-forward networks.")
        }
    }

    /// So many of the channels inside residual blocks stay.
    mutating func pruneChannels(_ network: StarterNetwork, kept: Double) {
        addPruning(
            "channel_pruning", Self.pruning, network.channels, kept,
            "Channels inside residual blocks; those that blocks add up stay.")
    }

    private mutating func addPruning(
        _ key: String, _ shared: CommentedJSON, _ families: [StarterNetwork.Family], _ kept: Double, _ comment: String
    ) {
        var section = CommentedJSON(), groups = CommentedJSON(), group = CommentedJSON()
        group.add("params", ["dense_ratio": .number(kept)], "The share that stays.")
        group.add("modules", Self.list(families.map(\.pattern)))
        group.add(
            "related_modules", .array(families.map { Self.list($0.related) }),
            "What shrinks along with them, a list for each pattern.")
        groups.add("parts", group)
        section.add("shared_parameters", shared)
        section.add("different_groups", groups)
        add(key, section, comment)
    }

    private static var pruning: CommentedJSON {
        var shared = CommentedJSON()
        shared.add("enabled", true)
        shared.add("schedule_offset", 0, "The step from which they are left out.")
        shared.add("method", "topk", "topk learns what matters; l1 goes by magnitude at that step.")
        return shared
    }

    private static func weights(_ bits: Int, _ modules: [String]) -> CommentedJSON {
        var group = CommentedJSON()
        group.add("params", ["start_bits": .integer(bits), "target_bits": .integer(bits), "quantization_period": 0])
        group.add("modules", list(modules))
        return group
    }

    private static func list(_ names: [String]) -> JSONValue { .array(names.map(JSONValue.string)) }
}
