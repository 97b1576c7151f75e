import LatheCheckpoints
import LatheModels
import LathePacking

/// Says which tensors of a checkpoint are parts of packed weights.
struct PackedEntries {
    private let checkpoint: Checkpoint
    private let config: QuantizationConfig
    private let naming: CheckpointNaming

    /// Nil where nothing is packed.
    init?(_ checkpoint: Checkpoint, _ configuration: ModelConfiguration) {
        guard let config = configuration.quantization else { return nil }
        (self.checkpoint, self.config, naming) = (
            checkpoint, config, configuration.architecture.family.checkpointNaming
        )
    }

    func described(_ entry: CheckpointEntry) throws -> CheckpointEntry {
        let end = ".weight"
        guard let suffix = PackedForm.suffixes.union([""]).first(where: { entry.name.hasSuffix(end + $0) }) else {
            return entry
        }
        let path = String(entry.name.dropLast(end.count + suffix.count)), names = naming.moduleNames(of: path)
        guard ["_scale", "_mask"].contains(where: { checkpoint[path + end + $0] != nil }),
            let scheme = ["Linear", "Embedding", "Conv2d"].lazy.compactMap({ config.scheme(of: names, kind: $0) })
                .first,
            scheme.format != PackedForm.dense
        else { return entry }
        var result = entry
        guard ["", "_packed", "_kept"].contains(suffix) else {
            result.packing = .description
            return result
        }
        let shape = try suffix.isEmpty ? entry.shape : statedShape(path + end + "_shape") ?? entry.shape
        result.packing = .codes(
            shape: shape,
            bits: Double(8 * entry.elementCount * entry.storedType.byteWidth) / Double(max(shape.elementCount, 1)))
        return result
    }

    /// The sizes that a tensor states; nil for what are none.
    private func statedShape(_ name: String) throws -> [Int]? {
        guard let entry = checkpoint[name], entry.storedType == .i64, entry.elementCount <= 8 else { return nil }
        let sizes = try checkpoint.tensor(name).withUnsafeBytes { Array($0.bindMemory(to: Int.self)) }
        return sizes.allSatisfy { (0...1 << 30).contains($0) } && sizes.reduce(1.0, { $0 * Double($1) }) < 1e15
            ? sizes : nil
    }
}
