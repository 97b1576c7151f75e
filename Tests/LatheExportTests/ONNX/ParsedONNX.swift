import Foundation
import LatheModels
import SwiftProtobuf

@testable import LatheExport

/// A file read back, with what tests ask of it.
struct ParsedONNX {
    let model: Onnx_ModelProto
    var graph: Onnx_GraphProto { model.graph }

    init(_ path: String) throws {
        model = try Onnx_ModelProto(serializedBytes: Data(contentsOf: URL(fileURLWithPath: path)))
    }

    /// Writes `model` into `directory` and reads it back.
    init(
        _ model: PretrainedModel, _ weights: ONNXModel.Weights = .float32,
        inputRanges: [String: ClosedRange<Float>] = [:], in directory: String
    ) throws {
        let path = directory + "/\(weights.rawValue).onnx"
        try ONNXModel(model, weights: weights, inputRanges: inputRanges).write(to: path)
        try self.init(path)
    }

    func weight(_ name: String) -> Onnx_TensorProto? { graph.initializer.first { $0.name == name } }
    func count(_ operation: String) -> Int { graph.node.count { $0.opType == operation } }

    /// What is wrong with how nodes hang together: values that are read before they are there, that two nodes give,
    /// outputs that none gives.
    var problems: [String] {
        var known = Set(graph.input.map(\.name)).union(graph.initializer.map(\.name)), problems: [String] = []
        if known.count != graph.input.count + graph.initializer.count {
            problems.append("a name stands for two weights or inputs")
        }
        for node in graph.node {
            problems += node.input.filter { !known.contains($0) }.map { "\(node.name) reads \($0)" }
            problems += node.output.filter { !known.insert($0).inserted }.map { "\(node.name) gives \($0) again" }
        }
        if Set(graph.node.map(\.name)).count != graph.node.count { problems.append("a name stands for two nodes") }
        let read = Set(graph.node.flatMap(\.input))
        problems += graph.initializer.map(\.name).filter { !read.contains($0) }.map { "nobody reads \($0)" }
        return problems + graph.output.map(\.name).filter { !known.contains($0) }.map { "no node gives \($0)" }
    }

    /// Axes of an input or output: sizes, and names of those that may change.
    static func axes(_ value: Onnx_ValueInfoProto) -> [String] {
        value.type.tensorType.shape.dim.map { $0.dimParam.isEmpty ? String($0.dimValue) : $0.dimParam }
    }
}

extension PretrainedModel {
    /// Opens the model in `directory` and packs all linear layers, convolutions and token embeddings in 8 bits.
    init(packing directory: String) throws {
        try self.init(directory: directory)
        network.packWeights(.w8a8) { _ in true }
    }
}
