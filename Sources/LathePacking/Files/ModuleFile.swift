import LatheCheckpoints
import LatheNN
import LatheTensor

/// The name and the form that a tensor gets in a file.
package struct TensorForm {
    package var name: String
    /// The type of the elements.
    package var dtype: DType
    /// Whether the file has the transpose of the matrix.
    package var isTransposed = false

    /// The form of a tensor in computations: floating-point numbers as float32.
    package init(name: String, of tensor: StoredTensor) {
        (self.name, dtype) = (name, tensor.dtype.isFloatingPoint ? .float32 : tensor.dtype)
    }
}

/// Writes a network's tensors to a safetensors file and reads them back, packed weights as they are.
public enum ModuleFile {
    /// Writes everything that `module` holds to `path`, atomically. A parameter that stands in several places is
    /// written once, under its first path, and so is a packed table that a head shares. The file's metadata describes the
    /// packed weights and names the layers that are smaller than the network makes them.
    /// - Parameters:
    ///   - module: the network.
    ///   - path: the file; one that is there is replaced.
    ///   - pruned: those layers, for a network that is loaded by itself; one with a `config.json` has them there.
    ///   - metadata: further metadata of the file.
    public static func save(
        _ module: some Module, to path: String, pruned: PrunedShapes = .init(), metadata: [String: String] = [:]
    ) throws {
        try writer(for: module, pruned: pruned, metadata: metadata) { TensorForm(name: $0, of: $1) }.write(to: path)
    }

    /// Returns the content of a network's file, so that a tensor that cannot be stored is found before anything is
    /// written.
    /// - Parameters:
    ///   - module: the network.
    ///   - pruned: the layers that are smaller than the network makes them.
    ///   - metadata: further metadata of the file.
    ///   - stored: returns the name and the form that a tensor gets in the file.
    package static func writer(
        for module: some Module, pruned: PrunedShapes = .init(), metadata: [String: String] = [:],
        as stored: (_ name: String, _ tensor: StoredTensor) throws -> TensorForm
    ) throws -> SafetensorsWriter {
        if let error = module.unknownForms.first { throw error }
        var metadata = ["format": "pt"].merging(metadata) { $1 }
        if let config = QuantizationConfig(module.layerSchemes(includesActivations: false), opensInPython: false) {
            metadata[QuantizationConfig.fieldName] = config.json.text()
        }
        if !pruned.isEmpty { metadata[PrunedShapes.fieldName] = pruned.json.text() }
        var writer = SafetensorsWriter(metadata: metadata)
        var written: Set<ObjectIdentifier> = []
        var repeated = Set(
            module.namedParameters.filter { !written.insert(ObjectIdentifier($0.parameter)).inserted }.map(\.path))
        for path in module.packedHeads {
            repeated.formUnion(PackedForm.suffixes.union([""]).map { "\(path).weight\($0)" })
        }
        for (name, tensor) in module.namedStoredTensors where !repeated.contains(name) {
            let form = try stored(name, tensor)
            let shape = form.isTransposed ? tensor.shape.reversed() : tensor.shape
            // A weight that has another form in the file takes it when its turn to be written comes.
            writer.add(form.name, type: form.dtype.safetensorsType, shape: shape) { emit in
                try tensor.ordered(as: form.dtype, isTransposed: form.isTransposed).withUnsafeBytes(emit)
            }
        }
        return writer
    }

    /// Gives `module` the tensors of the file at `path`. A layer becomes packed where the file has its packed weight,
    /// and smaller where pruning made it so.
    /// - Returns: which layers became smaller.
    /// - Throws: `ModuleFileError` that lists everything that does not fit; the module is unchanged then.
    @discardableResult
    public static func load(_ path: String, into module: some Module) throws -> PrunedShapes {
        let file = try SafetensorsFile(path: path)
        try load(file, into: module)
        return try file.prunedShapes() ?? PrunedShapes()
    }

    /// As above, from any source of tensors.
    /// - Parameters:
    ///   - source: has the tensors.
    ///   - module: gets them.
    ///   - mayStay: whether a parameter keeps its value where the source has none, or one of another shape.
    /// - Returns: the parameters that kept their values.
    @discardableResult
    package static func load(
        _ source: some TensorSource, into module: some Module,
        whereMissing mayStay: (_ name: String) -> Bool = { _ in false }
    ) throws -> [String] {
        let (problems, undo) = try source.prunedShapes()?.apply(to: module) ?? ([], {})
        do {
            guard problems.isEmpty else {
                throw ModuleFileError(
                    file: source.path, problems: problems.map { .damaged(PrunedShapes.fieldName, $0) })
            }
            var reader = ModuleReader(source: source)
            try reader.read(module, mayStay)
            try reader.assign()
            return reader.kept
        } catch {
            undo()
            throw error
        }
    }
}
