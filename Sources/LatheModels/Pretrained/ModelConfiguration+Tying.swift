import LatheTensor

extension ModelConfiguration {
    /// Whether the head computes with the word embedding's table.
    var isTied: Bool {
        switch sizes {
        case .bert(let sizes): sizes.tiesEmbeddings
        case .gpt2(let sizes): sizes.tiesEmbeddings
        case .resnet, .patchEncoder: false
        }
    }

    /// Whether the model has a head that predicts words.
    private var predictsWords: Bool { architecture.head == .languageModel || architecture.head == .maskedLanguageModel }

    /// This configuration for the weights in `checkpoint`: a head that is stored beside the word embedding and differs from it stays a head of its own,
    /// whatever the file says, and a model without head has a pooler if there is one.
    func fitted(to checkpoint: Checkpoint) throws -> ModelConfiguration {
        var result = self
        if architecture.head == .base, case .bert(var sizes) = sizes {
            sizes.hasPooler = sizes.hasPooler && checkpoint.entries.contains { $0.name.hasPrefix("pooler.") || $0.name.contains(".pooler.") }
            result.sizes = .bert(sizes)
        }
        let naming = CheckpointNaming(architecture)
        guard predictsWords, isTied, let tied = naming.tied, let head = naming.entry(of: tied.head, in: checkpoint),
            let table = naming.entry(of: tied.table, in: checkpoint), try !checkpoint.hasEqualElements(head, table)
        else { return result }
        ModelNotes.report("\(checkpoint.path): \(head.name) differs from \(table.name), although tie_word_embeddings is not false; the head is kept as it is")
        return result.withHead(tied: false)
    }

    /// This configuration for a network whose head computes with the word embedding's table or has a weight of its own; unchanged where there is no such head.
    public func withHead(tied isTied: Bool) -> ModelConfiguration {
        guard predictsWords else { return self }
        var result = self
        switch sizes {
        case .bert(var sizes):
            sizes.tiesEmbeddings = isTied
            result.sizes = .bert(sizes)
        case .gpt2(var sizes):
            sizes.tiesEmbeddings = isTied
            result.sizes = .gpt2(sizes)
        case .resnet, .patchEncoder: break
        }
        return result
    }
}
