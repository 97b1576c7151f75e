import LatheModels
import LatheNN
import LatheTensor

/// BERT, RoBERTa and DistilBERT, with inputs and outputs as transformers and optimum name them.
extension GraphBuilder {
    static let textAxes: [GraphAxis] = [.named("batch_size"), .named("sequence_length")]

    /// - Throws: `ExportError`.
    func add(_ network: BertModel) throws {
        output(try hiddenStates(network), as: "last_hidden_state", Self.textAxes + [.size(network.configuration.encoder.hiddenSize)])
    }

    /// - Throws: `ExportError`.
    func add(_ network: BertForSequenceClassification) throws {
        let first = firstTokens(try hiddenStates(network.bert)), features: GraphValue
        if let pooler = network.bert.pooler {
            features = try linear(pooler, first, activation: .tanh)
        } else if let transform = network.transform {
            features = try linear(transform, first, activation: network.bert.configuration.family == .roberta ? .tanh : .relu)
        } else {
            features = first
        }
        output(try linear(network.classifier, features), as: "logits", [.named("batch_size"), .size(network.labelCount)])
    }

    /// - Throws: `ExportError`.
    func add(_ network: BertForMaskedLM) throws {
        let configuration = network.bert.configuration, activation = configuration.family == .roberta ? .gelu : configuration.encoder.activation
        let features = normalize(network.norm, try linear(network.transform, hiddenStates(network.bert), activation: activation))
        output(try linear(network.decoder, features), as: "logits", Self.textAxes + [.size(configuration.vocabularySize)])
    }

    /// `[batch, tokens, hidden]` behind the last layer; adds the inputs.
    private func hiddenStates(_ network: BertModel) throws -> GraphValue {
        let configuration = network.configuration, embeddings = network.embeddings
        let ids = input("input_ids", .int64, Self.textAxes), mask = input("attention_mask", .int64, Self.textAxes)
        var sum = embed(embeddings.words, ids, rank: 2)
        if configuration.family == .roberta {
            sum = add("Add", sum, embed(embeddings.positions, robertaPositions(ids, padding: configuration.paddingToken), rank: 2))
        } else {
            sum = add("Add", sum, embed(embeddings.positions, range(size(of: ids, axis: 1)), rank: 1))
        }
        if let tokenTypes = embeddings.tokenTypes {
            // RoBERTa has one type only, which is no input of it.
            let types = configuration.family == .bert ? input("token_type_ids", .int64, Self.textAxes) : constant([0])
            sum = add("Add", sum, embed(tokenTypes, types, rank: configuration.family == .bert ? 2 : 1))
        }
        return try encode(network.encoder, normalize(embeddings.norm, sum), mask: keyMask(mask), activation: configuration.encoder.activation)
    }

    /// Tokens counted from behind the padding token's id on; padding has that id itself.
    private func robertaPositions(_ ids: GraphValue, padding: Int) -> GraphValue {
        let id = constant(Tensor(int64: [padding], shape: []))
        let isToken = cast(add("Not", add("Equal", ids, id)), to: .int64)
        return add("Add", add("Mul", add("CumSum", isToken, constant(Tensor(int64: [1], shape: []))), isToken), id)
    }
}
