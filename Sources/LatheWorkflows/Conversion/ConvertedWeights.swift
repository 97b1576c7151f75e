import LatheCheckpoints
import LatheNN
import LatheTensor

/// The tensors of a model that is converted, in the types that they get.
struct ConvertedWeights {
    /// The tensors that are written, under the names that they have.
    let entries: [CheckpointEntry]
    private let checkpoint: Checkpoint
    private let floats: DType?
    private let packing: PackedEntries?

    /// - Parameter floats: the type of floats; nil keeps that of each tensor.
    init(_ model: ConvertedModel, floats: DType?) {
        let checkpoint = model.checkpoint, naming = model.configuration.architecture.family.checkpointNaming
        // What PyTorch's files have under two names, safetensors files have once, where the model knows that they are
        // one.
        entries = checkpoint.entries.filter { entry in
            !(naming.moduleNames(of: entry.name).contains(where: model.repeatedParameters.contains)
                && checkpoint.sharesElements(entry.name))
        }
        self.checkpoint = checkpoint
        self.floats = floats
        packing = PackedEntries(checkpoint, model.configuration)
    }

    /// Writes the file, all or nothing, tensor by tensor.
    /// - Throws: `NarrowingError`, and what is wrong with the files.
    func write(to path: String) throws {
        var writer = SafetensorsWriter(metadata: metadata)
        for entry in entries {
            guard let floats, try isNarrowed(entry), entry.storedType != floats.safetensorsType else {
                writer.add(entry.name, type: entry.storedType, shape: entry.shape) { emit in
                    try checkpoint.withStoredBytes(of: entry.name, emit)
                }
                continue
            }
            writer.add(entry.name, type: floats.safetensorsType, shape: entry.shape) { emit in
                try converted(entry, to: floats).withUnsafeBytes { try emit($0) }
            }
        }
        try writer.write(to: path)
    }

    /// What the files say of themselves; `transformers` needs `format`.
    private var metadata: [String: String] {
        checkpoint.files.reversed().reduce(into: ["format": "pt"]) { result, file in
            if let file = file as? SafetensorsCheckpoint { result.merge(file.metadata) { $1 } }
        }
    }

    /// Whether the tensor has the type of floats: all but integers, and the scales and ranges of packed weights, which
    /// are float32.
    private func isNarrowed(_ entry: CheckpointEntry) throws -> Bool {
        let isFloat = entry.storedType == .f64 || DType(entry.storedType)?.isFloatingPoint == true
        guard isFloat, !entry.name.hasSuffix("." + ActivationQuantizer.rangeName) else { return false }
        return try (packing?.described(entry) ?? entry).packing != .description
    }

    private func converted(_ entry: CheckpointEntry, to floats: DType) throws -> Tensor {
        let tensor = try checkpoint.tensor(entry.name)
        do throws(NarrowingError) {
            return try tensor.narrowed(to: floats, named: entry.name)
        } catch {
            throw error.inFile(checkpoint.file(of: entry.name) ?? checkpoint.path)
        }
    }
}
