import LatheCheckpoints
import LatheModels
import LatheTensor

/// The content of a model's directory, or of a single file with weights. Nothing is computed but a search for
/// elements that are not finite, and models that Lathe cannot run are shown too.
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
    /// The tensors with elements that are NaN or infinite, in the order of the file; buffers that a model computes
    /// anyway may have such elements.
    package let notFinite: [(name: String, element: NonFiniteElement)]

    /// - Parameter path: a directory, or a file.
    /// - Throws: `CheckpointError`.
    public init(_ path: String) throws {
        let isDirectory = ModelSource.isDirectory(path)
        let checkpoint = isDirectory ? try Checkpoint(directory: path) : try Checkpoint(path: path)
        self.path = checkpoint.path
        files = checkpoint.files.map(\.path)
        var configuration: ModelConfiguration?, problem: String?
        if isDirectory {
            do { configuration = try PretrainedModel.configuration(in: path) } catch {
                problem = String(describing: error)
            }
        }
        (self.configuration, configurationProblem) = (configuration, problem)
        let kinds = configuration.map(PartKinds.init)
        let packing = configuration.flatMap { PackedEntries(checkpoint, $0) }
        let naming = configuration.map { $0.architecture.family.checkpointNaming }
        notFinite = checkpoint.entries.compactMap { entry in
            guard entry.dtype?.isFloatingPoint == true, naming?.isBuffer(entry.name) != true else { return nil }
            // A tensor that cannot be read is still listed.
            return (try? checkpoint.tensor(entry.name))?.firstNonFinite.map { (entry.name, $0) }
        }
        tree = TensorTree(try checkpoint.entries.map { try packing?.described($0) ?? $0 }) { kinds?[$0] }
    }
}

/// What kinds of parts stand where in a model.
private struct PartKinds {
    private let kinds: [String: String]
    private let naming: CheckpointNaming

    init(_ configuration: ModelConfiguration) {
        naming = configuration.architecture.family.checkpointNaming
        kinds = configuration.makeOutline().namedModules.reduce(into: [:]) {
            $0[$1.path] = String(describing: type(of: $1.module))
        }
    }

    /// The kind of the part at `path` of a checkpoint, whose names may have the base's prefix or lack it.
    subscript(path: String) -> String? {
        naming.moduleNames(of: path).lazy.compactMap { kinds[$0] }.first
    }
}
