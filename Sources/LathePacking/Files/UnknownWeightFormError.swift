import LatheFiles
import LatheNN

/// A packed weight of a type that files do not have: written as its numbers alone, it could not be read again.
public struct UnknownWeightFormError: DescribedError, Equatable {
    /// The path of the layer.
    public let layer: String
    /// The type of the weight.
    public let form: String

    public init(layer: String, form: String) { (self.layer, self.form) = (layer, form) }

    public var description: String {
        "\(layer): neither files nor exports have a form for a \(form); save or export the model before its weights become that"
    }
}

extension Module {
    /// The layers whose packed weights have no form in files.
    package var unknownForms: [UnknownWeightFormError] {
        namedModules.compactMap { path, module in
            (module as? any CompressibleLayer).flatMap(\.unknownForm).map { .init(layer: path, form: $0) }
        }
    }
}

extension CompressibleLayer {
    /// The type of a packed weight that is neither codes that files have nor plain floats.
    fileprivate var unknownForm: String? {
        guard let packed = weight.packedWeight, !(packed is any StoredWeight),
            packed.storedTensors.map(\.suffix) != [""]
        else { return nil }
        return "\(type(of: packed))"
    }
}
