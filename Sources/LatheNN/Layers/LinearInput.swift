import LatheTensor

/// The input of one or several layers. What they compute from it alike, they compute once and share: packed weights
/// prepare it (round, quantise), input transforms put another input in its place.
public final class LinearInput {
    /// `[…, in]`
    public let tensor: Tensor
    /// Its smallest and largest element.
    public private(set) lazy var extremes = tensor.extremes()
    private var prepared: [PackedMatrix.Arithmetic: PreparedInput] = [:]
    private var derived: [AnyHashable: LinearInput] = [:]

    public init(_ tensor: Tensor) {
        self.tensor = tensor
    }

    /// The input that `transform` makes of this one, made at the first call with this key and shared from then on, with
    /// its gradient. The key names the function and all that it depends on.
    public func derived(_ key: some Hashable, _ transform: (Tensor) -> Tensor) -> LinearInput {
        if let input = derived[key] { return input }
        let input = LinearInput(transform(tensor))
        derived[key] = input
        return input
    }

    /// The input for products in `arithmetic`, made at the first call.
    public func prepared(for arithmetic: PackedMatrix.Arithmetic) -> PreparedInput {
        if let input = prepared[arithmetic] { return input }
        let input = PreparedInput(tensor, for: arithmetic)
        prepared[arithmetic] = input
        return input
    }
}
