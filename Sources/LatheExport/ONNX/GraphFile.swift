import Foundation
import LatheFiles
import LatheTensor

/// Writes a model message with its weights one after another, so that no message holds the bytes of all.
///
/// A message is its fields one behind the other, so the parts of a field that holds a message can be written by
/// themselves once its length is known (https://protobuf.dev/programming-guides/encoding).
struct GraphFile {
    /// The numbers of the fields that are written by hand.
    private enum Field {
        static let graph = 7, initializer = 5, rawData = 9
    }

    /// The model without its graph: what precedes the graph in the file, and what follows it.
    let before, after: Onnx_ModelProto
    /// The graph without weights, likewise.
    let nodes, values: Onnx_GraphProto
    /// The weights whose bytes the file holds, and those that it only describes.
    let weights: [(message: Onnx_TensorProto, bytes: Tensor?)]

    /// Writes the file, all or nothing.
    /// - Returns: its bytes.
    /// - Throws: `FileError`.
    func write(to path: String) throws -> Int {
        let nodes: [UInt8] = try nodes.serializedBytes(), values: [UInt8] = try values.serializedBytes()
        let headers = try weights.map { weight in
            let description: [UInt8] = try weight.message.serializedBytes()
            let data = weight.bytes.map { Self.start(of: Field.rawData, byteCount: $0.byteCount) } ?? []
            let byteCount = description.count + data.count + (weight.bytes?.byteCount ?? 0)
            return Self.start(of: Field.initializer, byteCount: byteCount) + description + data
        }
        let weightBytes = zip(headers, weights).reduce(0) { $0 + $1.0.count + ($1.1.bytes?.byteCount ?? 0) }
        let before: [UInt8] = try before.serializedBytes(), after: [UInt8] = try after.serializedBytes()
        var byteCount = 0
        try AtomicFile.write(to: path) { file in
            try file.write(
                before + Self.start(of: Field.graph, byteCount: nodes.count + weightBytes + values.count) + nodes)
            for (header, weight) in zip(headers, weights) {
                try file.write(header)
                if let bytes = weight.bytes { try bytes.withUnsafeBytes { try file.write($0) } }
            }
            try file.write(values + after)
            byteCount = file.byteCount
        }
        return byteCount
    }

    /// The start of a field of so many bytes: its number with the wire type of bytes, and the length.
    private static func start(of field: Int, byteCount: Int) -> [UInt8] {
        variableLength(field << 3 | 2) + variableLength(byteCount)
    }

    private static func variableLength(_ value: Int) -> [UInt8] {
        var rest = value, bytes: [UInt8] = []
        repeat {
            bytes.append(UInt8(rest & 0x7F) | (rest > 0x7F ? 0x80 : 0))
            rest >>= 7
        } while rest > 0
        return bytes
    }
}
