import LatheFiles
import LatheNN

/// The sizes of layers that pruning made smaller than a network has them when it is made: fewer rows, columns,
/// channels, heads.
///
/// In a `config.json`, or in the metadata of a network's file:
///
///     "lathe_pruned": {
///       "shapes": {"bert.encoder.layer.0.intermediate.dense": [1536, 768], "bert.encoder.layer.0.output.dense": [768, 1536]},
///       "heads": {"bert.encoder.layer.0.attention.self": 6}
///     }
public struct PrunedShapes: Sendable, Hashable {
    /// The field of `config.json`, and the key of a file's metadata.
    public static let fieldName = "lathe_pruned"

    /// The shape of a layer's weight, by the layer's path.
    public var shapes: [String: [Int]] = [:]
    /// The number of heads of an attention, by its path.
    public var heads: [String: Int] = [:]

    public init() {}

    public var isEmpty: Bool { shapes.isEmpty && heads.isEmpty }

    // MARK: Files

    /// Reads the field, if it is there; what is wrong in it is reported to `fields`.
    public init(_ fields: JSONFields) {
        guard let value = fields[Self.fieldName] else { return }
        for member in value["shapes"]?.object ?? [] {
            let sizes = member.value.array?.compactMap(\.integer) ?? []
            if sizes.isEmpty || sizes.count != member.value.array?.count || !sizes.allSatisfy({ $0 > 0 }) {
                fields.report(
                    "\(Self.fieldName).shapes.\(member.key)", "expected the sizes of a weight, such as [1536, 768]")
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
    public var json: JSONValue {
        [
            "shapes": .object(
                shapes.sorted { $0.key < $1.key }.map { .init($0.key, .array($0.value.map(JSONValue.integer))) }),
            "heads": .object(heads.sorted { $0.key < $1.key }.map { .init($0.key, .integer($0.value)) }),
        ]
    }

    // MARK: Networks

    /// Makes the layers of `network`, which have the sizes that they were made with, as small as they are here. Their
    /// numbers become zeros, to be read from a file.
    /// - Returns: what does not fit, each with its place (a layer that is not there, would grow, or would not fit its
    ///   neighbours), and what makes the layers as they were before.
    public func apply(to network: any Module) -> (problems: [String], undo: () -> Void) {
        if isEmpty { return ([], {}) }
        let modules = network.namedModules
        var problems: [String] = [], undoing: [() -> Void] = []
        for (path, shape) in shapes.sorted(by: { $0.key < $1.key }) {
            guard let layer = modules.first(where: { $0.path == path })?.module as? any ShrinkableLayer else {
                problems.append("shapes.\(path): no layer of the model has this name")
                continue
            }
            let full = layer.weightShape
            guard full.count == shape.count, zip(shape, full).allSatisfy({ $0 <= $1 }) else {
                problems.append("shapes.\(path): \(shape) does not fit into \(full)")
                continue
            }
            if shape != full { undoing.append(layer.resize(to: shape)) }
        }
        for (path, count) in heads.sorted(by: { $0.key < $1.key }) {
            guard let attention = modules.first(where: { $0.path == path })?.module as? any HeadCounting else {
                problems.append("heads.\(path): no attention of the model has this name")
                continue
            }
            let before = attention.heads
            undoing.append { attention.heads = before }
            attention.heads = count
        }
        if problems.isEmpty {
            problems = modules.compactMap { path, module in
                (module as? any ShrinkableBlock)?.sizeProblem.map { "\(path): \($0)" }
            }
        }
        return (problems, { for undo in undoing.reversed() { undo() } })
    }
}
