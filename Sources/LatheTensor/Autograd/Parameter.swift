/// A tensor that training changes.
public final class Parameter {
    /// The current value. Reading it inside a computation makes the computation's gradient reach this parameter.
    ///
    /// A value that still has its file's type is converted at each reading, until it changes.
    public var value: Tensor {
        get {
            guard isTrainable else { return detached }
            var value = detached
            value.origin = Origin(operation: leaf, output: 0)
            return value
        }
        set { stored = StoredTensor(newValue) }
    }

    /// The current value in the form that it was given: a file's, until the value changes.
    package var stored: StoredTensor {
        didSet {
            precondition(
                stored.dtype.isFloatingPoint || !isTrainable, "a trainable parameter holds floating-point numbers")
            grid = nil
            version += 1
        }
    }

    /// The number of times that the value was changed.
    package private(set) var version = 0

    /// The sum of the gradients since it was last set to nil; nil if none arrived, which is not the same as zero.
    public var gradient: Tensor?

    /// Whether gradients are computed for this parameter.
    public var isTrainable = true

    /// Where the values lie, if quantisation put them on a grid: what packing needs to find their codes again.
    /// Forgotten when the value changes.
    package private(set) var grid: ValueGrid?

    /// The value without any connection to the recorded computation.
    public var detached: Tensor { stored.values }

    /// The shape of the value.
    public var shape: [Int] { stored.shape }

    /// Whether operations read the value in the form that it has in a file: it would be converted otherwise, and
    /// nothing is recorded for `backward()`.
    package var isReadAsStored: Bool { stored.isConverted && !Execution.current.recordsGradients }

    /// Made at once: a network may be read for the first time on several threads.
    private let leaf = RecordedOperation.leaf()

    public convenience init(_ value: Tensor, isTrainable: Bool = true) {
        self.init(value, isTrainable: isTrainable, grid: nil)
    }

    package init(_ value: Tensor, isTrainable: Bool = true, grid: ValueGrid?) {
        stored = StoredTensor(value)
        self.isTrainable = isTrainable
        self.grid = grid
        leaf.parameter = self
    }

    /// Calls `body` with the elements of a float32 value, to change them in place. If others see the same memory, it is
    /// copied first.
    func withUnsafeMutableFloats(_ body: (UnsafeMutablePointer<Float>) -> Void) {
        var values = detached
        stored = StoredTensor(Tensor(uninitialized: [0]))
        if !values.isMemoryExclusive() { values = values.copy() }
        values.withPointer(body)
        stored = StoredTensor(values)
    }
}
