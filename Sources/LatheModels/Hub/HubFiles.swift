/// Which files of a repository a snapshot must have.
public enum HubFiles: Equatable, Sendable {
    /// What a model needs: `config.json`; the weights, in the file or files that ``Checkpoint`` prefers; and what there
    /// is of a tokenizer's files.
    case model
    /// The same, and all other files of the model but weights in other forms: see `CompanionFiles`.
    case modelWithCompanions
    /// These files, by their paths in the repository.
    case named([String])

    /// The configuration, which every model has.
    static let configuration = "config.json"
    /// Files that are taken where they exist.
    package static let optional = [
        "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "vocab.txt", "vocab.json", "merges.txt",
        "added_tokens.json", "generation_config.json",
    ]
}
