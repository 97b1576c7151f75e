import LatheNN
import LatheTensor

/// The sizes of layers that pruning made smaller than the rest of a `config.json` says: fewer rows, columns, channels, heads.
///
/// In the file:
///
///     "lathe_pruned": {
///       "shapes": {"bert.encoder.layer.0.intermediate.dense": [1536, 768], "bert.encoder.layer.0.output.dense": [768, 1536]},
///       "heads": {"bert.encoder.layer.0.attention.self": 6}
///     }
public struct PrunedShapes: Sendable, Hashable {
    static let fieldName = "lathe_pruned"

    /// The shape of a layer's weight, by the layer's path.
    public var shapes: [String: [Int]] = [:]
    /// The number of heads of an attention, by its path.
    public var heads: [String: Int] = [:]

    public init() {}

    public var isEmpty: Bool { shapes.isEmpty && heads.isEmpty }

    // MARK: config.json

    /// Reads the field, if it is there.
    init(_ fields: JSONFields) {
        guard let value = fields[Self.fieldName] else { return }
        for member in value["shapes"]?.object ?? [] {
            let sizes = member.value.array?.compactMap(\.integer) ?? []
            if sizes.isEmpty || sizes.count != member.value.array?.count || !sizes.allSatisfy({ $0 > 0 }) {
                fields.report("\(Self.fieldName).shapes.\(member.key)", "expected the sizes of a weight, such as [1536, 768]")
            } else {
                shapes[member.key] = sizes
            }
        }
        for member in value["heads"]?.object ?? [] {
            if let count = member.value.integer, count > 0 {
                heads[member.key] = count
            } else {
                fields.report("\(Self.fieldName).heads.\(member.key)", "expected a number of heads")
            }
        }
    }

    /// The field, to be written.
    var json: JSONValue {
        [
            "shapes": .object(shapes.sorted { $0.key < $1.key }.map { .init($0.key, .array($0.value.map(JSONValue.integer))) }),
            "heads": .object(heads.sorted { $0.key < $1.key }.map { .init($0.key, .integer($0.value)) }),
        ]
    }

    // MARK: Networks

    /// Makes the layers of `network`, which have the sizes of the configuration, as small as they are here. Their numbers become zeros, to be read from a
    /// file.
    /// - Throws: `ModelFileError.pruning` when a layer is not there, would grow, or would not fit its neighbours. The network is of no use then.
    func apply(to network: any Module, directory: String) throws(ModelFileError) {
        if isEmpty { return }
        let modules = network.namedModules
        var problems: [String] = []
        for (path, shape) in shapes.sorted(by: { $0.key < $1.key }) {
            guard let layer = modules.first(where: { $0.path == path })?.module as? any ResizableLayer else {
                problems.append("shapes.\(path): no layer of the model has this name")
                continue
            }
            let full = layer.weightShape
            guard full.count == shape.count, zip(shape, full).allSatisfy({ $0 <= $1 }) else {
                problems.append("shapes.\(path): \(shape) does not fit into \(full)")
                continue
            }
            layer.resize(to: shape)
        }
        for (path, count) in heads.sorted(by: { $0.key < $1.key }) {
            guard let attention = modules.first(where: { $0.path == path })?.module as? any HeadCounting else {
                problems.append("heads.\(path): no attention of the model has this name")
                continue
            }
            attention.heads = count
        }
        if problems.isEmpty {
            problems = modules.compactMap { path, module in (module as? any InnerSizes)?.sizeProblem.map { "\(path): \($0)" } }
        }
        if !problems.isEmpty { throw .pruning(directory: directory, problems: problems) }
    }
}

/// A layer whose sizes pruning can change.
protocol ResizableLayer: Module {
    var weightShape: [Int] { get }
    /// Gives the layer zeros of another shape.
    func resize(to shape: [Int])
}

/// An attention whose heads pruning can take away.
public protocol HeadCounting: Module {
    var heads: Int { get set }
}

/// A part whose layers must fit each other.
protocol InnerSizes: Module {
    /// What does not fit; nil when all does.
    var sizeProblem: String? { get }
}

extension Linear: ResizableLayer {
    var weightShape: [Int] { [outputs, inputs] }

    func resize(to shape: [Int]) {
        weight = .dense(Parameter(.zeros(shape)))
        bias?.value = .zeros([shape[0]])
    }
}

extension Conv2d: ResizableLayer {
    var weightShape: [Int] { weight.shape }

    func resize(to shape: [Int]) {
        weight = .dense(Parameter(.zeros(shape)))
        bias?.value = .zeros([shape[0]])
    }
}

extension BatchNorm2d: ResizableLayer {
    var weightShape: [Int] { weight.shape }

    func resize(to shape: [Int]) {
        for parameter in [weight, bias, runningMean, runningVariance] { parameter.value = .zeros(shape) }
    }
}

extension SelfAttention: HeadCounting {}
