import Foundation
import LatheModels
import LatheTensor

/// A model in ONNX's words, for ONNX Runtime and other tools.
///
/// ```swift
/// let model = try PretrainedModel(directory: "sentiment-w8a8")
/// try ONNXModel(model, weights: .int8).write(to: "sentiment.onnx")
/// ```
///
/// Inputs and outputs have the names of `transformers`, batch and sequence any size. The graph computes what Lathe
/// computes, rounding of inputs included.
public struct ONNXModel {
    /// How weights lie in the file.
    public enum Weights: String, Sendable, CaseIterable {
        /// Floats, whatever the model has.
        case float32 = "f32"
        /// The codes of packed layers as int8 with their scales, multiplied in integers where the layer's inputs are
        /// quantised; floats elsewhere. ONNX Runtime multiplies uint8 inputs fastest by int8 weights, but its sums may
        /// saturate on x86 CPUs without VNNI.
        case int8
        /// The same with weights as uint8 and inputs rounded by elementary operators: exact on every CPU and in more
        /// runtimes, and slower.
        case uint8
    }

    /// The most bytes of weights that one file holds; what is more lies beside it. Protobuf's messages end at 2 GiB.
    static let mostBytesInside = 1_900_000_000

    private let builder: GraphBuilder

    /// Builds the graph of `model`.
    /// - Parameters:
    ///   - model: the model to write.
    ///   - weights: the form of the weights in the file.
    ///   - inputRanges: static ranges of layers' inputs, by the layers' paths, in place of a range for each token or
    ///     image. Layers with a scale for each output use them; their inputs are then rounded otherwise than in Lathe.
    ///     Ignored for `float32`.
    /// - Throws: `ExportError.unsupportedModel`, `nothingQuantized`, `unsupportedInput`, `rangeNotMeasured`.
    public init(_ model: PretrainedModel, weights: Weights = .float32, inputRanges: [String: ClosedRange<Float>] = [:])
        throws
    {
        try model.network.checkWeightForms()
        if weights != .float32, model.network.codedLayers.isEmpty { throw ExportError.nothingQuantized }
        let ranges =
            weights == .float32
            ? [:]
            : inputRanges.mapValues { ActivationGrid.Range(low: min($0.lowerBound, 0), high: max($0.upperBound, 0)) }
        builder = GraphBuilder(model.network, weights: weights, inputRanges: ranges)
        guard let network = model.network as? any GraphDescribable else {
            throw ExportError.unsupportedModel(
                format: "onnx", got: model.configuration.architecture.className, supported: ModelArchitecture.classNames
            )
        }
        try network.describe(in: builder)
    }

    /// The names of the inputs, in their order.
    public var inputs: [String] { builder.inputs.map(\.name) }
    /// The names of the outputs.
    public var outputs: [String] { builder.outputs.map(\.name) }

    /// Writes the model. Weights of more than 1.9 GB lie in a file beside it, `path` with `.data` behind, which is
    /// written first.
    /// - Returns: the files with their bytes.
    /// - Throws: `FileError`. Each file appears whole or not at all.
    @discardableResult
    public func write(to path: String) throws -> [(path: String, byteCount: Int)] {
        try write(to: path, mostBytesInside: Self.mostBytesInside)
    }

    func write(to path: String, mostBytesInside limit: Int) throws -> [(path: String, byteCount: Int)] {
        var files: [(path: String, byteCount: Int)] = []
        var nodes = Onnx_GraphProto(), values = Onnx_GraphProto(),
            weights: [(message: Onnx_TensorProto, bytes: Tensor?)]
        (nodes.name, nodes.node, values.input, values.output) = (
            "lathe", builder.nodes, builder.inputs, builder.outputs
        )
        if builder.weights.reduce(0, { $0 + $1.tensor.byteCount }) <= limit {
            weights = builder.weights.map { (Onnx_TensorProto($0.name, $0.tensor, holdsBytes: false), $0.tensor) }
        } else {
            let data = try ExternalWeights(builder.weights).write(beside: path)
            weights = data.messages.map { ($0, nil) }
            files.append((data.path, data.byteCount))
        }
        var before = Onnx_ModelProto(), after = Onnx_ModelProto(), operators = Onnx_OperatorSetIdProto()
        (before.irVersion, before.producerName) = (Int64(GraphBuilder.formatVersion), "lathe")
        operators.version = Int64(GraphBuilder.operatorSet)
        after.opsetImport = [operators]
        let byteCount = try GraphFile(before: before, after: after, nodes: nodes, values: values, weights: weights)
            .write(to: path)
        return [(path, byteCount)] + files
    }
}

extension Onnx_TensorProto {
    init(_ name: String, _ tensor: Tensor, holdsBytes: Bool) {
        self.init()
        guard let type = tensor.dtype.onnx else { preconditionFailure("weights of \(tensor.dtype) in ONNX") }
        self.name = name
        dims = tensor.shape.map(Int64.init)
        dataType = Int32(type.rawValue)
        if holdsBytes { rawData = tensor.withUnsafeBytes { Data($0) } }
    }
}
