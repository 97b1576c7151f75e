import LatheNN
import LatheTensor

extension Module {
    /// Whether all packed layers are of kinds that compressed-tensors has (no convolutions), and tables of a form in
    /// which transformers opens them (bytes).
    package var isPackedForPython: Bool {
        namedModules.allSatisfy { _, module in
            guard let layer = module as? any PackableLayer,
                layer.storedWeight != nil || layer.activationQuantizer != nil
            else { return true }
            return switch layer.kind {
            case .linear: true
            case .convolution: false
            case .embedding: layer.storedWeight?.scheme.format == PackedForm.integers.format
            }
        }
    }

    /// How the layers of this network that are packed, or quantise their inputs, lie in files.
    /// - Parameter includesActivations: whether layers with float weights count that quantise their inputs.
    public func layerSchemes(includesActivations: Bool) -> [(path: String, scheme: LayerScheme)] {
        namedModules.compactMap { path, module in
            guard let layer = module as? any PackableLayer else { return nil }
            let inputs = layer.activationQuantizer.map(ActivationScheme.init)
            if let stored = layer.storedWeight {
                var scheme = stored.scheme
                scheme.inputs = scheme.inputs ?? inputs
                return (path, scheme)
            }
            guard includesActivations, let inputs else { return nil }
            return (path, LayerScheme(format: PackedForm.dense, weight: nil, inputs: inputs))
        }
    }
}

extension Module {
    /// The paths of linear layers whose packed weight is the very table of an embedding, which files hold once.
    package var packedHeads: [String] {
        let layers = namedModules.compactMap { path, module in
            (module as? any PackableLayer).map { (path: path, layer: $0) }
        }
        let tables = layers.compactMap { _, layer in layer.product == nil ? layer.storedWeight?.codes : nil }
        return layers.filter { _, layer in
            guard let weight = layer.storedWeight, layer.product != nil,
                tables.contains(where: { $0.shape == weight.shape }), let codes = weight.codes
            else { return false }
            return tables.contains(codes)
        }.map(\.path)
    }
}
