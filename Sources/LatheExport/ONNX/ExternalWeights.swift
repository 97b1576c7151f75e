import LatheFiles
import LatheTensor

/// Weights in a file of their own, which the model names: ONNX's form for models beyond 2 GiB.
struct ExternalWeights {
    /// Smaller tensors stay in the model, where tools that do not load the data can see shapes and indices.
    private static let leastBytes = 1024
    /// Tensors begin at multiples of this, so that the file can be mapped.
    private static let alignment = 4096

    private let weights: [(name: String, tensor: Tensor)]

    init(_ weights: [(name: String, tensor: Tensor)]) {
        self.weights = weights
    }

    /// Writes the data beside the model at `path`.
    /// - Returns: the file, its bytes, and what the model says of each weight.
    /// - Throws: `FileError`.
    func write(beside path: String) throws -> (path: String, byteCount: Int, messages: [Onnx_TensorProto]) {
        let target = path + ".data", name = target.split(separator: "/").last.map(String.init) ?? target
        var messages: [Onnx_TensorProto] = [], end = 0
        try AtomicFile.write(to: target) { file in
            for (weight, tensor) in weights {
                let isOutside = tensor.byteCount >= Self.leastBytes
                var message = Onnx_TensorProto(weight, tensor, holdsBytes: !isOutside)
                if isOutside {
                    try file.write(
                        [UInt8](
                            repeating: 0, count: (Self.alignment - file.byteCount % Self.alignment) % Self.alignment))
                    message.dataLocation = .external
                    message.externalData = [
                        ("location", name), ("offset", String(file.byteCount)), ("length", String(tensor.byteCount)),
                    ].map(Self.entry)
                    try tensor.withUnsafeBytes { try file.write($0) }
                }
                messages.append(message)
            }
            end = file.byteCount
        }
        return (target, end, messages)
    }

    private static func entry(_ key: String, _ value: String) -> Onnx_StringStringEntryProto {
        var entry = Onnx_StringStringEntryProto()
        (entry.key, entry.value) = (key, value)
        return entry
    }
}
