import LatheNN
import LatheRuntime
import LatheTensor

/// What lies in a model's directory, or in a single file with weights. Nothing is computed, and models that Lathe cannot run are shown too.
public struct ModelInspection {
    /// The file with the weights, or the index of several.
    public let path: String
    /// All files with weights.
    public let files: [String]
    /// The parts of the model and their tensors.
    public let tree: TensorTree
    /// What `config.json` says; nil where there is none, or one of a model that Lathe does not have.
    public let configuration: ModelConfiguration?
    /// Why the configuration is nil; nil for a file alone.
    public let configurationProblem: String?

    /// - Parameter path: a directory, or a file.
    /// - Throws: `CheckpointError`.
    public init(_ path: String) throws {
        let isDirectory = ModelSource.isDirectory(path)
        let checkpoint = isDirectory ? try Checkpoint(directory: path) : try Checkpoint(path: path)
        self.path = checkpoint.path
        files = checkpoint.files.map(\.path)
        var configuration: ModelConfiguration?, problem: String?
        if isDirectory {
            do { configuration = try PretrainedModel.configuration(in: path) } catch { problem = String(describing: error) }
        }
        (self.configuration, configurationProblem) = (configuration, problem)
        let kinds = configuration.map(PartKinds.init)
        let packing = configuration.flatMap { PackedEntries(checkpoint, $0) }
        tree = TensorTree(try checkpoint.entries.map { try packing?.described($0) ?? $0 }) { kinds?[$0] }
    }
}

/// Says which tensors of a checkpoint are parts of packed weights.
private struct PackedEntries {
    private let checkpoint: Checkpoint
    private let config: QuantizationConfig
    private let naming: CheckpointNaming

    /// Nil where nothing is packed.
    init?(_ checkpoint: Checkpoint, _ configuration: ModelConfiguration) {
        guard let config = configuration.quantization else { return nil }
        (self.checkpoint, self.config, naming) = (checkpoint, config, CheckpointNaming(configuration.architecture))
    }

    func described(_ entry: CheckpointEntry) throws -> CheckpointEntry {
        let end = ".weight"
        guard let suffix = PackedForm.suffixes.union([""]).first(where: { entry.name.hasSuffix(end + $0) }) else { return entry }
        let path = String(entry.name.dropLast(end.count + suffix.count)), names = naming.moduleNames(of: path)
        guard ["_scale", "_mask"].contains(where: { checkpoint[path + end + $0] != nil }),
            let scheme = ["Linear", "Embedding", "Conv2d"].lazy.compactMap({ config.scheme(of: names, kind: $0) }).first,
            scheme.format != PackedForm.dense
        else { return entry }
        var result = entry
        guard ["", "_packed", "_kept"].contains(suffix) else {
            result.packing = .description
            return result
        }
        let shape = try suffix.isEmpty ? entry.shape : statedShape(path + end + "_shape") ?? entry.shape
        result.packing = .codes(shape: shape, bits: Double(8 * entry.elementCount * entry.storedType.byteWidth) / Double(max(shape.elementCount, 1)))
        return result
    }

    /// The sizes that a tensor states; nil for what are none.
    private func statedShape(_ name: String) throws -> [Int]? {
        guard let entry = checkpoint[name], entry.storedType == .i64, entry.elementCount <= 8 else { return nil }
        let sizes = try checkpoint.tensor(name).withUnsafeBytes { Array($0.bindMemory(to: Int.self)) }
        return sizes.allSatisfy { (0...1 << 30).contains($0) } && sizes.reduce(1.0, { $0 * Double($1) }) < 1e15 ? sizes : nil
    }
}

/// What kinds of parts stand where in a model.
private struct PartKinds {
    private let kinds: [String: String]
    private let naming: CheckpointNaming

    init(_ configuration: ModelConfiguration) {
        naming = CheckpointNaming(configuration.architecture)
        kinds = configuration.outline.makeNetwork().namedModules.reduce(into: [:]) { $0[$1.path] = String(describing: type(of: $1.module)) }
    }

    /// The kind of the part at `path` of a checkpoint, whose names may have the base's prefix or lack it.
    subscript(path: String) -> String? {
        naming.moduleNames(of: path).lazy.compactMap { kinds[$0] }.first
    }
}

extension ModelConfiguration {
    /// The same parts in their smallest sizes, which take no memory worth mentioning.
    fileprivate var outline: ModelConfiguration {
        var result = self
        switch sizes {
        case .bert(var sizes):
            (sizes.encoder.hiddenSize, sizes.encoder.intermediateSize) = (sizes.encoder.headCount, 1)
            (sizes.vocabularySize, sizes.tokenTypeCount, sizes.paddingToken, sizes.labelCount) = (1, 1, 0, 1)
            sizes.positionCount = 2
            result.sizes = .bert(sizes)
        case .gpt2(var sizes):
            (sizes.hiddenSize, sizes.intermediateSize) = (sizes.headCount, 1)
            (sizes.vocabularySize, sizes.positionCount) = (1, 1)
            result.sizes = .gpt2(sizes)
        case .resnet(var sizes):
            (sizes.baseChannels, sizes.labelCount) = (1, 1)
            result.sizes = .resnet(sizes)
        case .patchEncoder(var sizes):
            (sizes.encoder.hiddenSize, sizes.encoder.intermediateSize) = (sizes.encoder.headCount, 1)
            (sizes.imageSize, sizes.patchSize, sizes.labelCount) = (1, 1, 1)
            result.sizes = .patchEncoder(sizes)
        }
        return result
    }
}
