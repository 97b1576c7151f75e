extension Tensor {
    /// Computes the gradient of this single number with respect to every parameter that it was computed from, and adds
    /// it to `Parameter.gradient`.
    ///
    /// What the forward pass kept is freed on the way, so this can be called once for each computation.
    public func backward() {
        precondition(elementCount == 1, "backward() starts from a single number, not from shape \(shape)")
        backward(from: .full(shape, 1))
    }

    /// As `backward()`, for a tensor of any shape whose own gradient is `gradient`.
    public func backward(from gradient: Tensor) {
        precondition(gradient.shape == shape, "a gradient of shape \(gradient.shape) for a tensor of shape \(shape)")
        guard let origin else {
            preconditionFailure(
                "backward() on a tensor that depends on no parameter, or was computed without gradients")
        }
        withoutGradients {
            origin.operation.receive(gradient.detached, at: origin.output)
            for operation in Self.operations(behind: origin.operation) { operation.passOn() }
        }
    }

    /// All operations that `last` depends on, itself included, newest first.
    private static func operations(behind last: RecordedOperation) -> [RecordedOperation] {
        var seen: Set<ObjectIdentifier> = [ObjectIdentifier(last)]
        var found = [last]
        var next = 0
        while next < found.count {
            for input in found[next].inputs.compactMap({ $0?.operation })
            where seen.insert(ObjectIdentifier(input)).inserted {
                found.append(input)
            }
            next += 1
        }
        return found.sorted { $0.number > $1.number }
    }
}
