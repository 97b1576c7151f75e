import LatheNN

/// What compression does to the weights and inputs of a part of a network, switched on and off together.
struct LayerTransforms {
    private let weights: [any WeightTransform]
    private let inputs: [any ActivationTransform]

    /// The transforms in force in `module`.
    init(in module: any Module) {
        var weights: [any WeightTransform] = [], inputs: [any ActivationTransform] = []
        for (_, part) in module.namedModules {
            if let layer = part as? any CompressibleLayer { weights += layer.weightTransforms.filter { $0.isActive } }
            if let layer = part as? any ProductLayer {
                inputs += layer.activationTransforms.list.filter { $0.isActive }
            }
        }
        (self.weights, self.inputs) = (weights, inputs)
    }

    func switchAll(_ isOn: Bool) {
        weights.forEach { $0.isActive = isOn }
        inputs.forEach { $0.isActive = isOn }
    }
}
