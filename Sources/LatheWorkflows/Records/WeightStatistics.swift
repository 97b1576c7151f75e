import LatheNN
import LathePacking
import LatheTensor

/// The weight of a layer, dense or packed, as a survey looks at it.
struct WeightStatistics {
    enum Form {
        /// What the layer computes with.
        case dense(Tensor)
        /// What a file holds of it, and the values that it stands for.
        case packed([(suffix: String, tensor: Tensor)], values: () -> Tensor)
    }

    let form: Form

    /// The values that are read back from a file.
    /// - Parameter floats: the type in which everything that is not packed is stored.
    func values(storedIn floats: DType) -> Tensor {
        switch form {
        case .dense(let values): floats == .float32 ? values : values.cast(to: floats).cast(to: .float32)
        case .packed(_, let values): values()
        }
    }

    /// Bytes of everything that a file holds of it.
    func byteCount(_ floats: DType) -> Int { byteCount(floats) { _ in true } }

    /// The same without scales, zero points and sizes: what its numbers take, and where there are some the masks that
    /// place them.
    func codeByteCount(_ floats: DType) -> Int { byteCount(floats) { ["", "_packed", "_kept", "_mask"].contains($0) } }

    private func byteCount(_ floats: DType, _ counts: (_ suffix: String) -> Bool) -> Int {
        switch form {
        case .dense(let values): values.elementCount * floats.byteWidth
        case .packed(let stored, _):
            stored.filter { counts($0.suffix) }.reduce(0) { sum, part in
                sum
                    + (PackedForm.isKeptFloats(part.suffix, part.tensor.dtype)
                        ? part.tensor.elementCount * floats.byteWidth : part.tensor.byteCount)
            }
        }
    }
}

extension WeightStatistics {
    /// The weight that a layer computes with now.
    init(_ layer: any CompressibleLayer) {
        if let transformed = layer.weight.transformed {
            form = .dense(withInference { transformed.tensors().weight })
        } else if let parameter = layer.weight.parameter {
            form = .dense(parameter.detached)
        } else {
            guard let packed = layer.weight.packedWeight else {
                preconditionFailure("a weight of a \(type(of: layer)) that is neither dense nor packed")
            }
            form = .packed(packed.storedTensors) { packed.unpacked }
        }
    }
}

extension Module {
    /// The layers that have a weight of their own, in the order of the network.
    var layersWithWeights: [(path: String, layer: any CompressibleLayer)] {
        let heads = Set(packedHeads)
        var seen: Set<ObjectIdentifier> = []
        return namedModules.compactMap { path, module in
            guard let layer = module as? any CompressibleLayer, !heads.contains(path) else { return nil }
            if let parameter = layer.weight.parameter, !seen.insert(ObjectIdentifier(parameter)).inserted { return nil }
            return (path, layer)
        }
    }
}
