import LatheTensor

/// Tensors with names, from which a network is loaded: a file, or a checkpoint whose names have been adapted.
public protocol TensorSource {
    /// What messages call it.
    var path: String { get }
    /// All tensors, in order.
    var names: [String] { get }
    /// The shape of the tensor called `name`, or nil.
    func shape(of name: String) -> [Int]?
    /// The tensor called `name`.
    func tensor(_ name: String) throws -> Tensor
}

extension SafetensorsFile: TensorSource {
    public func shape(of name: String) -> [Int]? { self[name]?.shape }
}
