import LatheNN
import LatheTensor

extension Module {
    /// Packs, in place, every layer whose weight lies on a grid that quantisation put it on (`Parameter.grid`), where
    /// codes and scales give back every value as it is. A layer that quantises its inputs to 4 or 8 bits multiplies in
    /// integers from then on, others in floats. The network can then be used for inference only.
    ///
    /// A head whose codes are those of an embedding's table shares it.
    /// - Returns: the paths of the layers that were packed.
    @discardableResult
    public func packQuantizedWeights() -> [String] {
        let layers = namedModules.compactMap { path, module in
            (module as? any PackableLayer).map { (path: path, layer: $0) }
        }
        var packed: [String] = [], tables: [PackedTensor] = []
        // Tables first, for the heads that share them.
        for (path, layer) in layers {
            defer { MemoryPool.shared.trimLarge() }
            guard layer.product == nil, let tensor = layer.exactTensor(isForIntegers: true) else { continue }
            _ = layer.pack(.tensor(tensor), activations: nil, range: nil)
            tables.append(tensor)
            packed.append(path)
        }
        for (path, layer) in layers {
            if layer.product == nil { continue }
            defer { MemoryPool.shared.trimLarge() }
            let quantizer = layer.activationQuantizer, activations = quantizer.map(ActivationScheme.init)
            guard var tensor = layer.exactTensor(isForIntegers: activations != nil) else { continue }
            if tables.contains(where: { $0.shape == tensor.shape }), let bytes = layer.exactTensor(isForIntegers: true),
                tables.contains(bytes)
            {
                tensor = bytes
            }
            if layer.pack(.tensor(tensor), activations: activations, range: quantizer?.range), let quantizer {
                layer.retire(quantizer)
            }
            packed.append(path)
        }
        return packed
    }
}

extension PackableLayer {
    /// The weight's codes; nil where it lies on no grid, or beside it. Tables are as for integers: 8-bit rows lie as
    /// bytes, which Python's tools open.
    fileprivate func exactTensor(isForIntegers: Bool) -> PackedTensor? {
        weight.parameter.flatMap { parameter in
            parameter.grid.flatMap { PackedTensor(exactly: parameter.detached, on: $0, isForIntegers: isForIntegers) }
        }
    }

    /// Lets the weight round the inputs from now on. A static range stays, to be stored.
    fileprivate func retire(_ quantizer: ActivationQuantizer) {
        quantizer.isActive = false
        guard quantizer.calibration == .dynamic else { return }
        product?.activationTransforms.removeAll { $0 === quantizer }
    }
}
