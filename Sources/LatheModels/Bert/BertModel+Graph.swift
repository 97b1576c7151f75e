extension BertModel: GraphDescribable {
    public func describe(in graph: some NetworkGraph) throws {
        graph.output(
            try hiddenStates(in: graph), as: "last_hidden_state", width: configuration.encoder.hiddenSize,
            perToken: true)
    }

    /// `[batch, tokens, hidden]` behind the last layer; adds the inputs.
    fileprivate func hiddenStates<Graph: NetworkGraph>(in graph: Graph) throws -> Graph.Value {
        let ids = graph.tokenInput("input_ids"), mask = graph.tokenInput("attention_mask")
        var sum = graph.embed(embeddings.words, ids, rank: 2)
        if configuration.family == .roberta {
            sum = graph.sum(
                sum,
                graph.embed(embeddings.positions, graph.positions(of: ids, after: configuration.paddingToken), rank: 2))
        } else {
            sum = graph.sum(sum, graph.embed(embeddings.positions, graph.positions(of: ids), rank: 1))
        }
        if let tokenTypes = embeddings.tokenTypes {
            // RoBERTa has one type only, which is not an input of it.
            let isInput = configuration.family == .bert
            sum = graph.sum(
                sum,
                graph.embed(
                    tokenTypes, isInput ? graph.tokenInput("token_type_ids") : graph.numbers([0]), rank: isInput ? 2 : 1
                ))
        }
        return try encoder.describe(
            in: graph, graph.normalize(embeddings.norm, sum), mask: graph.attentionMask(mask),
            activation: configuration.encoder.activation)
    }
}

extension BertForSequenceClassification: GraphDescribable {
    public func describe(in graph: some NetworkGraph) throws {
        var features = graph.firstTokens(try bert.hiddenStates(in: graph))
        if let pooler = bert.pooler {
            features = try graph.linear(pooler, features, activation: .tanh)
        } else if let transform {
            features = try graph.linear(
                transform, features, activation: bert.configuration.family == .roberta ? .tanh : .relu)
        }
        graph.output(try graph.linear(classifier, features), as: "logits", width: labelCount, perToken: false)
    }
}

extension BertForMaskedLM: GraphDescribable {
    public func describe(in graph: some NetworkGraph) throws {
        let configuration = bert.configuration,
            activation = configuration.family == .roberta ? .gelu : configuration.encoder.activation
        let features = graph.normalize(
            norm, try graph.linear(transform, bert.hiddenStates(in: graph), activation: activation))
        graph.output(
            try graph.linear(decoder, features), as: "logits", width: configuration.vocabularySize, perToken: true)
    }
}
