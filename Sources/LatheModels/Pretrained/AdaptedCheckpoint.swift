import LatheCheckpoints
import LatheFiles
import LatheNN
import LathePacking
import LatheTensor

/// A checkpoint under the names and in the shapes that a module has.
struct AdaptedCheckpoint: TensorSource {
    let path: String
    /// What the module has, and what it has not under the file's own name.
    let names: [String]
    /// Tensors of other tasks' heads, which nothing reads.
    let unusedHeads: [String]
    /// Tensors that are no part of the module, under the file's own names.
    let unknown: [String]
    private let checkpoint: Checkpoint
    private let naming: CheckpointNaming
    /// The entry for each of `names`.
    private let entries: [String: CheckpointEntry]

    private let config: QuantizationConfig?
    /// Whether weights that a family has transposed in files are not, as DeepSpeed's `convert_conv1d_to_linear` leaves
    /// them.
    private let hasLinearLayout: Bool

    /// - Parameters:
    ///   - expected: the names of the module's tensors.
    ///   - quantization: what the model's configuration says of packed weights.
    ///   - isTied: whether a head computes with the word embedding's table.
    /// - Throws: `ModuleFileError` if two tensors are the same one of the module and differ; `CheckpointError`.
    init(
        _ checkpoint: Checkpoint, naming: CheckpointNaming, expected: Set<String>, quantization: QuantizationConfig?,
        isTied: Bool
    ) throws {
        var names: [String] = [], unusedHeads: [String] = [], unknown: [String] = []
        var entries: [String: CheckpointEntry] = [:]
        for entry in checkpoint.entries where !naming.isBuffer(entry.name) {
            let candidates = naming.moduleNames(of: entry.name)
            if let name = candidates.first(where: expected.contains) {
                guard let other = entries.updateValue(entry, forKey: name) else {
                    names.append(name)
                    continue
                }
                entries[name] = try Self.choice(of: other, entry, for: name, checkpoint, naming, isTied: isTied)
            } else if let name = Self.quantizedName(of: entry.name, naming, expected) {
                names.append(name)
                entries[name] = entry
            } else if naming.isHead(entry.name) {
                unusedHeads.append(entry.name)
            } else {
                names.append(entry.name)
                unknown.append(entry.name)
                entries[entry.name] = entry
            }
        }
        // Of a tied pair, a file may have either.
        if isTied, let tied = naming.tied, expected.contains(tied.table), entries[tied.table] == nil,
            let head = entries[tied.head]
        {
            names.append(tied.table)
            entries[tied.table] = head
        }
        path = checkpoint.path
        (self.names, self.unusedHeads, self.unknown, self.entries) = (names, unusedHeads, unknown, entries)
        self.checkpoint = checkpoint
        self.naming = naming
        config = quantization
        hasLinearLayout = Self.hasLinearLayout(entries, naming)
    }

    /// The tensor that counts where a file has two for one of the module: either, if they are equal; the one with the
    /// module's own name for the bias of a head that is not tied, as in transformers.
    private static func choice(
        of first: CheckpointEntry, _ second: CheckpointEntry, for name: String, _ checkpoint: Checkpoint,
        _ naming: CheckpointNaming, isTied: Bool
    ) throws -> CheckpointEntry {
        if !isTied, naming.renamed.contains(where: { $0.module == name }) {
            if let own = [first, second].first(where: { $0.name == name }) { return own }
        }
        if try checkpoint.hasEqualElements(first, second) { return first }
        let text =
            "the file also has \(MessageText.plain(second.name)), another name of the same tensor, with other numbers; keep one of them"
        throw ModuleFileError(file: checkpoint.path, problems: [.damaged(first.name, text)])
    }

    /// Makes sure that a model whose class nobody has named has no head.
    /// - Throws: `ModelFileError.unnamedHead`.
    func checkHeads(_ configuration: ModelConfiguration, directory: String) throws(ModelFileError) {
        let heads = unusedHeads.filter { !$0.hasPrefix("pooler.") && !$0.contains(".pooler.") }
        if !configuration.namesClass, !heads.isEmpty { throw .unnamedHead(directory: directory, tensors: heads) }
    }

    /// A note of the tensors that nothing reads; `nil` if there are none.
    /// - Parameter isComplete: whether heads belong to the model, too.
    func note(isComplete: Bool) -> String? {
        let unread = (isComplete ? unusedHeads : []) + unknown, shown = 3
        if unread.isEmpty { return nil }
        let names = unread.prefix(shown).map { MessageText.shortened($0, to: 80) } + (unread.count > shown ? ["…"] : [])
        return
            "\(path): \(unread.count == 1 ? "1 tensor is" : "\(unread.count) tensors are") no part of the model and not read: "
            + names.joined(separator: ", ")
    }

    func mayIgnore(_ name: String) -> Bool { unknown.contains(name) }

    /// Whether the weights that a family has transposed, `[in, out]`, are `[out, in]` here. Biases tell the outputs;
    /// square weights say nothing.
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

    /// The name of a packed weight's tensor, or of the range of a layer's inputs, for a layer that the module has; nil
    /// for other tensors.
    private static func quantizedName(of name: String, _ naming: CheckpointNaming, _ expected: Set<String>) -> String? {
        let weight = "weight"
        func found(_ end: String, _ replacement: String) -> String? {
            guard name.hasSuffix(end) else { return nil }
            let names = naming.moduleNames(of: name.dropLast(end.count) + replacement)
            return names.first(where: expected.contains).map { $0.dropLast(replacement.count) + end }
        }
        return found(ActivationQuantizer.rangeName, weight)
            ?? PackedForm.suffixes.lazy.compactMap { found(weight + $0, weight) }.first
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

    func stored(_ name: String) throws -> StoredTensor {
        guard let entry = entries[name] else {
            throw CheckpointError.noSuchTensor(file: path, tensor: name, count: names.count)
        }
        return StoredTensor(try checkpoint.tensor(entry.name), isTransposed: isTransposed(name))
    }

    /// Packed weights lie as the module has them, in every family.
    private func isTransposed(_ name: String) -> Bool {
        naming.isTransposed(name) && !hasLinearLayout && entries[name]?.shape.count == 2
            && entries[name + "_scale"] == nil
    }
}
