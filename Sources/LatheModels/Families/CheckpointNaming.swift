import LatheCheckpoints

/// The differences between the tensors of a family's checkpoints and those of its networks: one table, by which they
/// are read and written.
public struct CheckpointNaming: Sendable {
    /// What leads to the model without head in a model with one: `bert.`. Checkpoints have it, or lack it.
    public var basePrefix = ""
    /// Tensors that a file calls otherwise. Several names in a file are read, the first is written.
    public var renamed: [(module: String, files: [String])] = []
    /// Ends of the names of weights that are stored transposed in files, `[in, out]`.
    public var transposed: [String] = []
    /// Ends of the names of tensors that are no weights: what a model computes anyway.
    public var buffers: [String] = []
    /// Beginnings of the names of heads of other tasks, which may stay unread.
    public var heads: [String] = []
    /// Ends of names from before 2019, and what they are called now.
    public var formerEnds: [(former: String, current: String)] = []
    /// The weight of a head and the word embedding's, which are one in a model whose head is tied.
    public var tied: (head: String, table: String)?
    /// Beginnings of the names of parameters that begin anew when a model is opened for another task.
    public var freshHeads: [String] = []

    /// A family whose checkpoints are as its networks: to be changed where they are not.
    public init() {}

    // MARK: Reading

    /// The names that the tensor called `name` in a file may have in a module, the likeliest first.
    package func moduleNames(of name: String) -> [String] {
        var name = name
        if let end = formerEnds.first(where: { name.hasSuffix($0.former) }) {
            name = name.dropLast(end.former.count) + end.current
        }
        let canonical = renamed.first { $0.files.contains(name) }?.module ?? name
        if basePrefix.isEmpty { return [canonical] }
        return [canonical, basePrefix + canonical]
            + (canonical.hasPrefix(basePrefix) ? [String(canonical.dropFirst(basePrefix.count))] : [])
    }

    /// The tensor of a file that is the one called `name` in a module; `nil` if there is none.
    func entry(of name: String, in checkpoint: Checkpoint) -> CheckpointEntry? {
        checkpoint[name] ?? checkpoint.entries.first { moduleNames(of: $0.name).contains(name) }
    }

    package func isBuffer(_ name: String) -> Bool { buffers.contains { name.hasSuffix($0) } }
    func isHead(_ name: String) -> Bool { heads.contains { name.hasPrefix($0) } }
    func isFreshHead(_ name: String) -> Bool { freshHeads.contains { name.hasPrefix($0) } }
    func isTransposed(_ name: String) -> Bool { transposed.contains { name.hasSuffix($0) } }

    // MARK: Writing

    /// The name in a file of the tensor called `name` in a module.
    /// - Parameter isTied: whether the head computes with the word embedding. A head of its own has its bias where
    ///   transformers reads it then.
    func fileName(of name: String, isTied: Bool = true) -> String {
        isTied ? renamed.first { $0.module == name }?.files[0] ?? name : name
    }
}
