import LatheFiles

/// The families of models that can be opened: Lathe's own, and those that a program registers.
public enum ModelFamilies {
    private static let registered = Guarded<[any ModelFamily]>(builtIn)

    /// Lathe's own families.
    private static let builtIn: [any ModelFamily] =
        BertFamily.allCases.map { $0 as any ModelFamily } + [GPT2Family(), ResNetFamily(), PatchEncoderFamily()]

    /// Makes the models of a family known by its `model_type`. A family that has the `model_type` of one that is
    /// registered takes its place.
    public static func register(_ family: some ModelFamily) {
        registered.withLock { families in
            families.removeAll { $0.modelType == family.modelType }
            families.append(family)
        }
    }

    /// All families, Lathe's own first.
    public static var all: [any ModelFamily] { registered.withLock { $0 } }

    /// The family with such a `model_type`; `nil` if there is none.
    public static func family(_ modelType: String) -> (any ModelFamily)? { all.first { $0.modelType == modelType } }
}
