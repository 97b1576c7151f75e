import LatheNN
import LatheTensor

/// Builds an ONNX graph node by node. Nodes and weights are named by the paths of the modules that they come from.
final class GraphBuilder {
    /// The release of ONNX's operators: the first one with layer normalisation.
    static let operatorSet = 17
    /// The release of the file format that goes with it.
    static let formatVersion = 8

    /// The form of the weights in the file.
    let weightForm: ONNXModel.Weights
    /// The static ranges of layers' inputs, by the layers' paths; other layers keep their own.
    let inputRanges: [String: ActivationGrid.Range]
    private(set) var nodes: [Onnx_NodeProto] = []
    private(set) var inputs: [Onnx_ValueInfoProto] = []
    private(set) var outputs: [Onnx_ValueInfoProto] = []
    /// What the file holds of weights and other constants, in the order in which they are first used.
    private(set) var weights: [(name: String, tensor: Tensor)] = []

    private let paths: [ObjectIdentifier: String]
    private var scope = ""
    private var taken: [String: Int] = [:]
    private var constants: [ConstantKey: GraphValue] = [:]
    /// Inputs that were rounded already, since layers share them.
    var rounded: [RoundingKey: GraphValue] = [:]
    var quantized: [RoundingKey: QuantizedInput] = [:]
    /// Tables of embeddings, for the heads that share them.
    var tables: [SharedTable] = []

    /// - Parameters:
    ///   - network: the modules whose paths name things.
    ///   - weights: the form of the weights in the file.
    ///   - inputRanges: static ranges of layers' inputs, by the layers' paths.
    init(_ network: any Module, weights: ONNXModel.Weights, inputRanges: [String: ActivationGrid.Range] = [:]) {
        (weightForm, self.inputRanges) = (weights, inputRanges)
        paths = Dictionary(network.namedModules.map { (ObjectIdentifier($0.module), $0.path) }) { first, _ in first }
    }

    /// Whether low-bit weights stay codes.
    var keepsCodes: Bool { weightForm != .float32 }

    // MARK: Names

    /// Where `module` stands in the network.
    func path(of module: any Module) -> String { paths[ObjectIdentifier(module)] ?? "" }

    /// Names what `body` adds after `module`.
    func within<Result>(_ module: any Module, _ body: () throws -> Result) rethrows -> Result {
        let outer = scope
        defer { scope = outer }
        scope = path(of: module)
        return try body()
    }

    private func unique(_ name: String) -> String {
        let count = taken[name, default: 0]
        taken[name] = count + 1
        return count == 0 ? name : "\(name)_\(count)"
    }

    // MARK: Nodes

    /// Adds a node with one output.
    func add(_ operation: String, _ inputs: GraphValue..., attributes: [GraphAttribute] = []) -> GraphValue {
        add(operation, inputs, attributes: attributes, outputCount: 1)[0]
    }

    /// Adds a node with `outputCount` outputs.
    func add(_ operation: String, _ inputs: [GraphValue], attributes: [GraphAttribute] = [], outputCount: Int)
        -> [GraphValue]
    {
        let parts = scope.isEmpty ? [] : scope.split(separator: ".").map(String.init)
        var node = Onnx_NodeProto()
        node.name = unique("/" + (parts + [operation]).joined(separator: "/"))
        node.opType = operation
        node.input = inputs.map(\.name)
        node.output = (0..<outputCount).map { "\(node.name)_output_\($0)" }
        node.attribute = attributes.map(\.message)
        nodes.append(node)
        return node.output.map(GraphValue.init)
    }

    // MARK: Weights and constants

    /// Adds a tensor under a name of its own.
    func weight(_ name: String, _ tensor: Tensor) -> GraphValue {
        let name = unique(name)
        weights.append((name, tensor.inFileMemory()))
        return GraphValue(name: name)
    }

    /// A tensor that any number of nodes may share.
    func constant(_ tensor: Tensor) -> GraphValue {
        let key = ConstantKey(shape: tensor.shape, dtype: tensor.dtype, bytes: tensor.withUnsafeBytes(Array.init))
        if let value = constants[key] { return value }
        let value = weight("constant", tensor)
        constants[key] = value
        return value
    }

    func constant(_ value: Float) -> GraphValue { constant(Tensor(value)) }

    /// int64 values, `[count]`.
    func constant(_ values: [Int]) -> GraphValue { constant(Tensor(int64: values, shape: [values.count])) }

    // MARK: Inputs and outputs

    func input(_ name: String, _ type: Onnx_TensorProto.DataType, _ axes: [GraphAxis]) -> GraphValue {
        inputs.append(Self.information(unique(name), type, axes))
        return GraphValue(name: name)
    }

    /// Makes what a node computes an output called `name`.
    func output(_ value: GraphValue, as name: String, _ axes: [GraphAxis]) {
        for index in nodes.indices {
            nodes[index].output = nodes[index].output.map { $0 == value.name ? name : $0 }
            nodes[index].input = nodes[index].input.map { $0 == value.name ? name : $0 }
        }
        outputs.append(Self.information(name, .float, axes))
    }

    private static func information(_ name: String, _ type: Onnx_TensorProto.DataType, _ axes: [GraphAxis])
        -> Onnx_ValueInfoProto
    {
        var information = Onnx_ValueInfoProto()
        information.name = name
        information.type.tensorType.elemType = Int32(type.rawValue)
        information.type.tensorType.shape.dim = axes.map { axis in
            var dimension = Onnx_TensorShapeProto.Dimension()
            switch axis {
            case .size(let size): dimension.dimValue = Int64(size)
            case .named(let name): dimension.dimParam = name
            }
            return dimension
        }
        return information
    }
}

/// What tells constants apart.
private struct ConstantKey: Hashable {
    let shape: [Int]
    let dtype: DType
    let bytes: [UInt8]
}

extension Tensor {
    /// An int64 tensor of the given values in row-major order.
    init(int64 values: [Int], shape: [Int]) {
        self = values.map(Int64.init).withUnsafeBytes { Tensor(bytes: $0, shape: shape, dtype: .int64) }
    }

    /// A uint8 tensor of shape `[]`.
    init(uint8 value: UInt8) {
        self = Swift.withUnsafeBytes(of: value) { Tensor(bytes: $0, shape: [], dtype: .uint8) }
    }
}
