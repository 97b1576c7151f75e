/// A tensor that training changes.
public final class Parameter {
    /// The current value. Reading it inside a computation makes the computation's gradient reach this parameter.
    public var value: Tensor {
        get {
            guard isTrainable else { return stored }
            var value = stored
            value.origin = Origin(operation: leaf, output: 0)
            return value
        }
        set {
            precondition(newValue.dtype.isFloatingPoint || !isTrainable, "a trainable parameter holds floating-point numbers")
            stored = newValue.detached
            grid = nil
        }
    }

    /// The sum of the gradients since it was last set to nil; nil if none arrived, which is not the same as zero.
    public var gradient: Tensor?

    /// Whether gradients are computed for this parameter.
    public var isTrainable = true

    /// Where the values lie, if quantisation put them on a grid: what packing needs to find their codes again. Forgotten when the value changes.
    public private(set) var grid: ValueGrid?

    /// The value without any connection to the recorded computation.
    public var detached: Tensor { stored }

    /// The shape of the value.
    public var shape: [Int] { stored.shape }

    private var stored: Tensor
    /// Made at once: a network may be read for the first time on several threads.
    private let leaf = RecordedOperation.leaf()

    public init(_ value: Tensor, isTrainable: Bool = true, grid: ValueGrid? = nil) {
        stored = value.detached
        self.isTrainable = isTrainable
        self.grid = grid
        leaf.parameter = self
    }

    /// Calls `body` with the elements of a float32 value, to change them in place. If others see the same memory, it is copied first.
    func withUnsafeMutableFloats(_ body: (UnsafeMutablePointer<Float>) -> Void) {
        grid = nil
        if !stored.isMemoryExclusive() { stored = stored.copy() }
        body(stored.floats)
    }
}
