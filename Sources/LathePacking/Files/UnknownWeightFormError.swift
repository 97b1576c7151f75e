import LatheFiles
import LatheNN

/// A packed weight of a type that files do not have: written as its numbers alone, it could not be read again.
public struct UnknownWeightFormError: DescribedError, Equatable {
    /// The path of the layer.
    public let layer: String
    /// The type of the weight.
    public let form: String

    public var description: String {
        "\(layer): files have no form for a \(form); save the model before its weights become that"
    }
}

extension Module {
    /// The layers whose packed weights have no form in files, and the types of these.
    public var unknownForms: [(layer: String, form: String)] {
        namedModules.compactMap { path, module in
            (PackableLayer(module)?.unknownForm).map { (path, $0) }
        }
    }
}

extension PackableLayer {
    /// The type of a packed weight that is neither codes that files have nor plain floats.
    fileprivate var unknownForm: String? {
        let weight: AnyObject, suffixes: [String]
        switch self {
        case .linear(let linear):
            guard case .packed(let packed) = linear.weight else { return nil }
            (weight, suffixes) = (packed, packed.storedTensors.map(\.suffix))
        case .convolution(let convolution):
            guard case .packed(let packed) = convolution.weight else { return nil }
            (weight, suffixes) = (packed, packed.storedTensors.map(\.suffix))
        case .embedding(let embedding):
            guard case .packed(let packed) = embedding.weight else { return nil }
            (weight, suffixes) = (packed, packed.storedTensors.map(\.suffix))
        }
        return weight is any StoredWeight || suffixes == [""] ? nil : "\(type(of: weight))"
    }
}
