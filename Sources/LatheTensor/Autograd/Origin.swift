import LatheKernels
import Synchronization

/// Which output of which recorded operation a tensor is.
struct Origin {
    let operation: RecordedOperation
    let output: Int
}

/// One step of the computation, kept until its gradient has been passed on.
///
/// Operations are numbered as they run, so descending numbers are an order in which every operation comes after all
/// that used its outputs.
final class RecordedOperation {
    /// Gets the gradients of the outputs (nil where none arrived) and returns those of the inputs, in the order of
    /// `inputs`.
    typealias Backward = ([Tensor?]) -> [Tensor?]

    private(set) var inputs: [Origin?]
    let number: Int
    /// The gradients that have arrived, one place an output.
    var gradients: [Tensor?]
    var backward: Backward?
    /// Whether this stands for a parameter and not for an operation.
    private let isLeaf: Bool
    /// The parameter that a leaf stands for, as long as it exists, and that its gradient goes to.
    weak var parameter: Parameter?

    private init(inputs: [Origin?], outputs: Int, backward: Backward?) {
        self.inputs = inputs
        self.backward = backward
        isLeaf = backward == nil
        gradients = Array(repeating: nil, count: outputs)
        number = RecordingOrder.next()
    }

    /// A leaf, whose `parameter` is still to be set.
    static func leaf() -> RecordedOperation { RecordedOperation(inputs: [], outputs: 1, backward: nil) }

    /// Frees the operations that only this one needs one after the other; as nested calls they would overflow the stack
    /// at the end of a long computation.
    deinit {
        var pending = dismantle()
        while var operation = pending.popLast() {
            if isKnownUniquelyReferenced(&operation) { pending += operation.dismantle() }
        }
    }

    /// Lets go of all that was kept and returns the operations behind. What `backward` kept goes first: the operations
    /// it holds are inputs, so none of them is freed by that.
    private func dismantle() -> [RecordedOperation] {
        backward = nil
        defer { inputs = [] }
        return inputs.compactMap { $0?.operation }
    }

    /// Whether an operation on these tensors has to keep what its backward pass needs.
    static func isRecording(_ inputs: [Tensor]) -> Bool {
        Execution.current.recordsGradients && inputs.contains(where: \.needsGradient)
    }

    /// Returns `outputs` with an origin when any of `inputs` has one and recording is on; otherwise as they are.
    static func record(_ inputs: [Tensor], outputs: [Tensor], backward: @escaping Backward) -> [Tensor] {
        guard isRecording(inputs) else { return outputs }
        let operation = RecordedOperation(inputs: inputs.map(\.origin), outputs: outputs.count, backward: backward)
        return outputs.enumerated().map { index, output in
            var output = output
            output.origin = Origin(operation: operation, output: index)
            return output
        }
    }

    /// As `record(_:outputs:backward:)`, for one output.
    static func record(_ inputs: [Tensor], output: Tensor, backward: @escaping (Tensor) -> [Tensor?]) -> Tensor {
        record(inputs, outputs: [output]) { [count = inputs.count] gradients in
            guard let gradient = gradients[0] else { return Array(repeating: nil, count: count) }
            return backward(gradient)
        }[0]
    }

    /// Gives the gradients that have arrived to the inputs, or to the parameter, and forgets them and the inputs.
    func passOn() {
        let arrived = gradients
        gradients = Array(repeating: nil, count: arrived.count)
        guard arrived.contains(where: { $0 != nil }) else { return }
        if isLeaf {
            parameter?.gradient.accumulate(arrived[0].unsafelyUnwrapped)
            return
        }
        guard let backward else { preconditionFailure("backward() ran twice over the same computation") }
        self.backward = nil
        for (input, gradient) in zip(inputs, backward(arrived)) {
            if let input, let gradient { input.operation.receive(gradient, at: input.output) }
        }
        inputs = []
    }

    /// Adds a gradient that arrived at an output.
    func receive(_ gradient: Tensor, at output: Int) {
        gradients[output].accumulate(gradient)
    }
}

extension Tensor? {
    /// Adds `other`, in place where nobody else sees the memory.
    mutating func accumulate(_ other: Tensor) {
        guard var sum = self else {
            self = other
            return
        }
        self = nil
        precondition(sum.shape == other.shape, "gradients of shape \(sum.shape) and \(other.shape) meet")
        if sum.isMemoryExclusive() {
            sum.addInPlace(other)
            self = sum
        } else {
            self = Tensor.binary(LATHE_ADD, sum, other)
        }
    }
}

private enum RecordingOrder {
    private static let counter = Atomic<Int>(0)

    static func next() -> Int {
        counter.wrappingAdd(1, ordering: .relaxed).newValue
    }
}
