import LatheTensor

/// A trainable weight and the transforms that stand between it and what its layer computes with.
public final class TransformedWeight {
    /// What training changes.
    public let parameter: Parameter
    /// In the order in which they are applied: by stage, within a stage as they were added.
    public private(set) var transforms: [any WeightTransform] = []

    public init(_ parameter: Parameter) {
        self.parameter = parameter
    }

    /// Adds a transform. Its stored parameters must have other names than those of the transforms that are here.
    public func add(_ transform: any WeightTransform) {
        let taken = Set(transforms.flatMap(\.storedParameters).map(\.name))
        for (name, _) in transform.storedParameters {
            precondition(!taken.contains(name), "a second transform keeps \(name)")
        }
        let place = transforms.firstIndex { $0.stage > transform.stage } ?? transforms.endIndex
        transforms.insert(transform, at: place)
    }

    /// Drops the transforms that satisfy a condition.
    func remove(where isRemoved: (any WeightTransform) -> Bool) { transforms.removeAll(where: isRemoved) }

    /// What the layer computes with now, for its bias; recorded for `backward()`.
    public func tensors(bias: Tensor? = nil) -> TransformedTensors {
        applied(to: TransformedTensors(weight: parameter.value, bias: bias))
    }

    /// The values that the weight and the bias keep when all transforms, active or not, are made permanent.
    public func baked(bias: Tensor? = nil) -> TransformedTensors {
        withInference {
            var tensors = TransformedTensors(weight: parameter.detached, bias: bias?.detached)
            for transform in transforms { transform.bake(into: &tensors) }
            return tensors
        }
    }

    /// The rows of this table that `ids` names, transformed: `[…, width]`. Where all transforms act on rows, only rows
    /// that are named are transformed.
    func gathered(_ ids: Tensor, paddingRow: Int?) -> Tensor {
        guard transforms.allSatisfy({ $0.actsOnRows || !$0.isActive }) else {
            return tensors().weight.gathered(ids, paddingRow: paddingRow)
        }
        let rows = parameter.gathered(ids.reshaped([ids.elementCount]), paddingRow: paddingRow)
        return applied(to: TransformedTensors(weight: rows)).weight.reshaped(ids.shape + [parameter.shape[1]])
    }

    private func applied(to tensors: TransformedTensors) -> TransformedTensors {
        var tensors = tensors
        for transform in transforms where transform.isActive { transform.apply(to: &tensors) }
        return tensors
    }
}

extension TransformedWeight: ModuleMember {
    public func visit(at path: ModulePath, _ visitor: inout some ModuleVisitor) {
        visitor.visit(parameter, at: path)
        for (name, parameter) in transforms.flatMap(\.storedParameters) {
            visitor.visit(parameter, at: path.beside(name))
        }
    }
}
