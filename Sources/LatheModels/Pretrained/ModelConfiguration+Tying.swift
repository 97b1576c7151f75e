import LatheCheckpoints
import LatheFiles

extension ModelConfiguration {
    /// This configuration for the weights in `checkpoint`: a head that is stored beside the token embedding and differs
    /// from it stays a head of its own, whatever the file says, and a model has the parts that there are weights for.
    func fitted(to checkpoint: Checkpoint) throws -> ModelConfiguration {
        var result = self
        result.sizes = sizes.fitted(to: checkpoint.entries.map(\.name), head: architecture.head)
        let naming = architecture.family.checkpointNaming
        guard architecture.head.predictsTokens, sizes.tiesEmbeddings, let tied = naming.tied,
            let head = naming.entry(of: tied.head, in: checkpoint),
            let table = naming.entry(of: tied.table, in: checkpoint), try !checkpoint.hasEqualElements(head, table)
        else { return result }
        ModelNotes.report(
            "\(checkpoint.path): \(head.name) differs from \(table.name), although tie_word_embeddings is not false; the head is kept as it is"
        )
        return result.withHead(tied: false)
    }

    /// This configuration for a network whose head computes with the token embedding's table or has a weight of its
    /// own; unchanged if there is no such head.
    public func withHead(tied isTied: Bool) -> ModelConfiguration {
        guard architecture.head.predictsTokens else { return self }
        var result = self
        result.sizes.tiesEmbeddings = isTied
        return result
    }
}
