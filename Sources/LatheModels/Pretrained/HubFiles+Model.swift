import LatheCheckpoints
import LatheHub

extension HubFiles {
    /// The files that a model needs: `config.json`; the weights, in the file or files that `Checkpoint`
    /// prefers; and the tokenizer's files, as far as there are any.
    package static let model = HubFiles.selected(selection(isCompanion: nil))

    /// The same, and all other files of the model but weights in other forms: see `CompanionFiles`.
    package static let modelWithCompanions = HubFiles.selected(selection(isCompanion: CompanionFiles.isCompanion))

    /// Files that are taken where they exist.
    package static let optional = [
        "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "vocab.txt", "vocab.json", "merges.txt",
        "added_tokens.json", "generation_config.json",
    ]

    private static func selection(isCompanion: (@Sendable (String) -> Bool)?) -> HubSelection {
        HubSelection(
            configuration: ModelConfiguration.fileName, optional: optional, weights: Checkpoint.fileNames,
            parts: { try ShardIndex(path: $0).shards }, isCompanion: isCompanion)
    }
}

extension HubClient {
    /// Returns the directory of a model in the cache, downloaded if it is not there yet.
    /// - Parameters:
    ///   - reference: the model and its revision.
    ///   - report: receives progress and warnings.
    /// - Throws: `HubError`, as ``snapshot(of:files:report:)`` does.
    package func snapshot(
        of reference: HubReference, report: @escaping (HubEvent) -> Void = { _ in }
    ) throws(HubError) -> String {
        try snapshot(of: reference, files: .model, report: report)
    }
}
