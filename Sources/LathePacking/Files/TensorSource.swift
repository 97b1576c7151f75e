import LatheCheckpoints
import LatheFiles
import LatheTensor

/// Tensors with names, from which a network is loaded: a file, or a checkpoint whose names have been adapted.
package protocol TensorSource {
    /// What messages call it.
    var path: String { get }
    /// All tensors, in order.
    var names: [String] { get }
    /// The shape of the tensor called `name`, or nil.
    func shape(of name: String) -> [Int]?
    /// The tensor called `name`, in the form that the file has.
    func stored(_ name: String) throws -> StoredTensor
    /// What it says of packed weights and quantised inputs; nil where it has none.
    /// - Throws: what is wrong in that.
    func quantization() throws -> QuantizationConfig?
    /// The layers that pruning made smaller than the network makes them; nil where it says nothing of it.
    /// - Throws: what is wrong in that.
    func prunedShapes() throws -> PrunedShapes?
    /// What `quantization()` may call the layer at a path of the network, and a layer of this kind (`Linear`,
    /// `Embedding`, `Conv2d`).
    func quantizationNames(of path: String, kind: String) -> (names: [String], kind: String)
    /// Whether a tensor that the network does not have may stay unread, if all others fit.
    func mayIgnore(_ name: String) -> Bool
    /// The file that has the tensor called `name`, and the tensor's name in that file.
    func origin(of name: String) -> (file: String, tensor: String)
}

extension TensorSource {
    /// The tensor called `name`.
    func tensor(_ name: String) throws -> Tensor {
        let stored = try stored(name)
        return stored.ordered(as: stored.dtype, isTransposed: false)
    }

    package func prunedShapes() throws -> PrunedShapes? { nil }

    package func mayIgnore(_ name: String) -> Bool { false }

    package func quantizationNames(of path: String, kind: String) -> (names: [String], kind: String) { ([path], kind) }

    package func origin(of name: String) -> (file: String, tensor: String) { (path, name) }
}

extension SafetensorsFile: TensorSource {
    package func shape(of name: String) -> [Int]? { self[name]?.shape }

    /// The tensor called `name`, where the mapped file has it.
    package func stored(_ name: String) throws -> StoredTensor { StoredTensor(try mappedTensor(name)) }

    /// What the file's metadata says under `quantization_config`.
    package func quantization() throws -> QuantizationConfig? {
        try described(QuantizationConfig.fieldName) { QuantizationConfig($0) }
    }

    /// What the file's metadata says under `lathe_pruned`.
    package func prunedShapes() throws -> PrunedShapes? {
        try described(PrunedShapes.fieldName) { PrunedShapes($0) }
    }

    /// Reads what the metadata has in JSON under `name`, as if it stood in a `config.json`.
    private func described<Description>(_ name: String, _ read: (JSONFields) -> Description?) throws -> Description? {
        guard let text = metadata[name] else { return nil }
        let value: JSONValue
        do throws(JSONError) {
            value = try StrictJSON.parse(text)
        } catch {
            throw ModuleFileError(file: path, problems: [.damaged(name, "\(error)")])
        }
        let fields = JSONFields(.object([.init(name, value)])), description = read(fields)
        if !fields.problems.isEmpty {
            throw ModuleFileError(file: path, problems: fields.problems.map { .damaged($0.key, $0.text) })
        }
        return description
    }
}
