import LatheNN
import LatheRuntime
import LatheTensor

/// A checkpoint under the names and in the shapes that a module has.
struct AdaptedCheckpoint: TensorSource {
    let path: String
    /// What the module has, and what it has not under the file's own name.
    let names: [String]
    /// Tensors of other tasks' heads, which nothing reads.
    let unusedHeads: [String]
    private let checkpoint: Checkpoint
    private let naming: CheckpointNaming
    /// The entry for each of `names`.
    private let entries: [String: CheckpointEntry]

    private let config: QuantizationConfig?
    /// Whether weights that a family has transposed in files are not, as DeepSpeed's `convert_conv1d_to_linear` leaves them.
    private let hasLinearLayout: Bool

    /// - Parameters:
    ///   - expected: the names of the module's tensors.
    ///   - quantization: what the model's configuration says of packed weights.
    init(_ checkpoint: Checkpoint, naming: CheckpointNaming, expected: Set<String>, quantization: QuantizationConfig?) {
        var names: [String] = [], unusedHeads: [String] = []
        var entries: [String: CheckpointEntry] = [:]
        for entry in checkpoint.entries where !naming.isBuffer(entry.name) {
            let candidates = naming.moduleNames(of: entry.name)
            if let name = candidates.first(where: expected.contains) {
                // A tensor under two of its names is the same one twice.
                if entries.updateValue(entries[name] ?? entry, forKey: name) == nil { names.append(name) }
            } else if let name = Self.quantizedName(of: entry.name, naming, expected) {
                names.append(name)
                entries[name] = entry
            } else if naming.isHead(entry.name) {
                unusedHeads.append(entry.name)
            } else {
                names.append(entry.name)
                entries[entry.name] = entry
            }
        }
        path = checkpoint.path
        (self.names, self.unusedHeads, self.entries) = (names, unusedHeads, entries)
        self.checkpoint = checkpoint
        self.naming = naming
        config = quantization
        hasLinearLayout = Self.hasLinearLayout(entries, naming)
    }

    /// Whether the weights that a family has transposed, `[in, out]`, are `[out, in]` here. Biases tell the outputs; square weights say nothing.
    private static func hasLinearLayout(_ entries: [String: CheckpointEntry], _ naming: CheckpointNaming) -> Bool {
        let end = "weight"
        let answers = entries.compactMap { name, entry -> Bool? in
            guard naming.isTransposed(name), entry.shape.count == 2, entry.shape[0] != entry.shape[1],
                let outputs = entries[name.dropLast(end.count) + "bias"]?.shape.first
            else { return nil }
            return entry.shape[0] == outputs
        }
        return !answers.isEmpty && answers.allSatisfy { $0 }
    }

    /// The name of a packed weight's tensor, or of the range of a layer's inputs, for a layer that the module has; nil for other tensors.
    private static func quantizedName(of name: String, _ naming: CheckpointNaming, _ expected: Set<String>) -> String? {
        let weight = "weight"
        func found(_ end: String, _ replacement: String) -> String? {
            guard name.hasSuffix(end) else { return nil }
            let names = naming.moduleNames(of: name.dropLast(end.count) + replacement)
            return names.first(where: expected.contains).map { $0.dropLast(replacement.count) + end }
        }
        return found(InputQuantizer.rangeName, weight) ?? PackedForm.suffixes.lazy.compactMap { found(weight + $0, weight) }.first
    }

    func quantization() -> QuantizationConfig? { config }

    func quantizationNames(of path: String, kind: String) -> (names: [String], kind: String) {
        // What a checkpoint without the base's prefix, or with it, calls the layer.
        let isConv1D = naming.isTransposed(path + ".weight")
        return (naming.moduleNames(of: path), isConv1D ? "Conv1D" : kind)
    }

    func origin(of name: String) -> (file: String, tensor: String) {
        let stored = entries[name]?.name ?? name
        return (checkpoint.file(of: stored) ?? path, stored)
    }

    func shape(of name: String) -> [Int]? {
        guard let shape = entries[name]?.shape else { return nil }
        return isTransposed(name) ? shape.reversed() : shape
    }

    func tensor(_ name: String) throws -> Tensor {
        guard let entry = entries[name] else { throw CheckpointError.noSuchTensor(file: path, tensor: name, count: names.count) }
        let tensor = try checkpoint.tensor(entry.name)
        return isTransposed(name) ? tensor.transposed() : tensor
    }

    /// Packed weights lie as the module has them, in every family.
    private func isTransposed(_ name: String) -> Bool {
        naming.isTransposed(name) && !hasLinearLayout && entries[name]?.shape.count == 2 && entries[name + "_scale"] == nil
    }
}
