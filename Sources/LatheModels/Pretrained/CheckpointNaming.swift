/// How the tensors of an architecture's checkpoints differ from those of its module: one table, by which they are read and written.
struct CheckpointNaming {
    /// What leads to the model without head in a model with one: `bert.`. Checkpoints have it, or lack it.
    var basePrefix = ""
    /// Tensors that a file calls otherwise. Several names in a file are read, the first is written.
    var renamed: [(module: String, files: [String])] = []
    /// Ends of the names of weights that lie transposed in files, `[in, out]`.
    var transposed: [String] = []
    /// Ends of the names of tensors that are no weights: what a model computes anyway.
    var buffers: [String] = []
    /// Beginnings of the names of heads of other tasks, which may stay unread.
    var heads: [String] = []
    /// Ends of names from before 2019, and what they are called now.
    var formerEnds: [(former: String, current: String)] = []
    /// The weight of a head and the word embedding's, which are one in a model whose head is tied.
    var tied: (head: String, table: String)?
    /// Beginnings of the names of parameters that begin anew when a model is opened for another task.
    var freshHeads: [String] = []

    init(_ architecture: ModelArchitecture) {
        switch architecture.family {
        case .bert:
            basePrefix = "bert."
            buffers = ["embeddings.position_ids"]
            heads = ["cls.", "classifier.", "qa_outputs.", "bert.pooler.", "pooler."]
            formerEnds = [(".gamma", ".weight"), (".beta", ".bias")]
            renamed = [("cls.predictions.decoder.bias", ["cls.predictions.bias", "cls.predictions.decoder.bias"])]
            freshHeads = ["classifier.", "bert.pooler.", "pooler.", "cls.predictions."]
            tied = ("cls.predictions.decoder.weight", "bert.embeddings.word_embeddings.weight")
        case .roberta:
            basePrefix = "roberta."
            buffers = ["embeddings.position_ids"]
            heads = ["lm_head.", "classifier.", "qa_outputs.", "roberta.pooler.", "pooler."]
            formerEnds = [(".gamma", ".weight"), (".beta", ".bias")]
            renamed = [("lm_head.decoder.bias", ["lm_head.bias", "lm_head.decoder.bias"])]
            freshHeads = ["classifier.", "pooler.", "lm_head."]
            tied = ("lm_head.decoder.weight", "roberta.embeddings.word_embeddings.weight")
        case .distilbert:
            basePrefix = "distilbert."
            buffers = ["embeddings.position_ids"]
            heads = ["vocab_transform.", "vocab_layer_norm.", "vocab_projector.", "pre_classifier.", "classifier.", "qa_outputs."]
            freshHeads = ["pre_classifier.", "classifier.", "vocab_transform.", "vocab_layer_norm.", "vocab_projector."]
            tied = ("vocab_projector.weight", "distilbert.embeddings.word_embeddings.weight")
        case .gpt2:
            basePrefix = "transformer."
            buffers = [".attn.bias", ".attn.masked_bias"]
            heads = ["score.", "multiple_choice_head.", "classifier."]
            // Hugging Face's Conv1D.
            tied = ("lm_head.weight", "transformer.wte.weight")
            transposed = [".attn.c_attn.weight", ".attn.c_proj.weight", ".mlp.c_fc.weight", ".mlp.c_proj.weight"]
        case .resnet:
            buffers = [".num_batches_tracked"]
            freshHeads = ["fc."]
        case .patchEncoder:
            freshHeads = ["classifier."]
        }
    }

    // MARK: Reading

    /// The names that the tensor called `name` in a file may have in a module, the likeliest first.
    func moduleNames(of name: String) -> [String] {
        var name = name
        if let end = formerEnds.first(where: { name.hasSuffix($0.former) }) { name = name.dropLast(end.former.count) + end.current }
        let canonical = renamed.first { $0.files.contains(name) }?.module ?? name
        if basePrefix.isEmpty { return [canonical] }
        return [canonical, basePrefix + canonical] + (canonical.hasPrefix(basePrefix) ? [String(canonical.dropFirst(basePrefix.count))] : [])
    }

    /// The tensor of a file that is the one called `name` in a module; `nil` if there is none.
    func entry(of name: String, in checkpoint: Checkpoint) -> CheckpointEntry? {
        checkpoint[name] ?? checkpoint.entries.first { moduleNames(of: $0.name).contains(name) }
    }

    func isBuffer(_ name: String) -> Bool { buffers.contains { name.hasSuffix($0) } }
    func isHead(_ name: String) -> Bool { heads.contains { name.hasPrefix($0) } }
    func isFreshHead(_ name: String) -> Bool { freshHeads.contains { name.hasPrefix($0) } }
    func isTransposed(_ name: String) -> Bool { transposed.contains { name.hasSuffix($0) } }

    // MARK: Writing

    /// The name in a file of the tensor called `name` in a module.
    /// - Parameter isTied: whether the head computes with the word embedding. A head of its own has its bias where transformers reads it then.
    func fileName(of name: String, isTied: Bool = true) -> String {
        isTied ? renamed.first { $0.module == name }?.files[0] ?? name : name
    }
}
