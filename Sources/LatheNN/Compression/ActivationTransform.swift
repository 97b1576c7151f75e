import LatheTensor

/// Something that happens to a layer's input before the layer computes with it: fake quantisation, or taking note of
/// its range.
public protocol ActivationTransform: AnyObject {
    /// Whether it is in force; a schedule switches it.
    var isActive: Bool { get set }
    /// What it keeps in checkpoints, by names below the layer's path.
    var storedParameters: [(name: String, parameter: Parameter)] { get }

    /// What the layer computes with in place of `input`.
    /// - Parameters:
    ///   - input: of the layer, as other layers may read it too.
    ///   - rowCount: how many equal runs of the input belong together: the tokens of a linear layer, the images of a
    ///     convolution.
    func callAsFunction(_ input: LinearInput, rowCount: Int) -> LinearInput
}

extension ActivationTransform {
    public var storedParameters: [(name: String, parameter: Parameter)] { [] }
}

/// The transforms of a layer's input, in the order in which they are applied.
public struct ActivationTransforms {
    public private(set) var list: [any ActivationTransform] = []

    public init() {}

    /// Adds a transform behind the others.
    public mutating func append(_ transform: any ActivationTransform) { list.append(transform) }

    /// Adds a transform before the others.
    mutating func prepend(_ transform: any ActivationTransform) { list.insert(transform, at: 0) }

    /// Drops the transforms that `isDropped` names.
    public mutating func removeAll(where isDropped: (any ActivationTransform) -> Bool) {
        list.removeAll(where: isDropped)
    }

    /// Applies the transforms in order.
    /// - Parameters:
    ///   - input: the input of the layer.
    ///   - rowCount: the equal runs of the input that belong together: the tokens of a linear layer, the images of a
    ///     convolution.
    public func callAsFunction(_ input: LinearInput, rowCount: Int) -> LinearInput {
        list.filter(\.isActive).reduce(input) { $1($0, rowCount: rowCount) }
    }
}

extension ActivationTransforms: ModuleMember {
    public func visit(at path: ModulePath, _ visitor: inout some ModuleVisitor) {
        for (name, parameter) in list.flatMap(\.storedParameters) { visitor.visit(parameter, at: path.appending(name)) }
    }
}
