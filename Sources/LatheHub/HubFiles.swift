/// The files of a repository that a snapshot must have.
package enum HubFiles: Sendable {
    /// The files of a model, chosen by rules.
    case selected(HubSelection)
    /// These files, by their paths in the repository.
    case named([String])
}

/// The rules by which the files of a model are chosen from those of its repository.
package struct HubSelection: Sendable {
    /// The configuration, which every model has.
    let configuration: String
    /// Files that are taken if the repository has them.
    let optional: [String]
    /// The files that can hold the weights, the preferred one first; one whose name ends with `.json` lists others.
    let weights: [String]
    /// Reads the list of weight files at a path.
    let parts: @Sendable (_ path: String) throws -> [String]
    /// Whether the file at a path in the repository is taken as well; `nil` if no others are.
    let isCompanion: (@Sendable (_ path: String) -> Bool)?

    /// - Parameters:
    ///   - configuration: the file that every model has.
    ///   - optional: files that are taken if the repository has them.
    ///   - weights: the files that can hold the weights, the preferred one first; one whose name ends with `.json`
    ///     lists others.
    ///   - parts: reads the list of weight files at a path.
    ///   - isCompanion: whether the file at a path in the repository is taken as well; `nil` if no others are.
    package init(
        configuration: String, optional: [String], weights: [String],
        parts: @escaping @Sendable (_ path: String) throws -> [String],
        isCompanion: (@Sendable (_ path: String) -> Bool)? = nil
    ) {
        (self.configuration, self.optional, self.weights) = (configuration, optional, weights)
        (self.parts, self.isCompanion) = (parts, isCompanion)
    }
}
