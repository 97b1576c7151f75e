import LatheTensor

/// Zeroes a random share of the elements in training and scales up the others; does nothing otherwise (Srivastava et
/// al., JMLR 2014).
///
/// The random numbers come from `RandomSource.current`.
public final class Dropout: Module {
    /// The share that is zeroed, in 0..<1.
    public var rate: Float

    public init(rate: Float) {
        precondition(rate >= 0 && rate < 1, "a dropout rate lies in 0..<1, got \(rate)")
        self.rate = rate
    }

    /// Whether anything is dropped now.
    public var isActive: Bool { Execution.current.isTraining && rate > 0 }

    public func callAsFunction(_ input: Tensor) -> Tensor {
        isActive ? input.dropout(rate) : input
    }
}
