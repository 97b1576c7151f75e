import LathePacking

extension BertModel: LowBitNetwork {
    /// Attention, feed-forward networks and the token embedding; neither the pooler nor the head.
    public var lowBitLayers: LowBitLayers {
        let layers =
            configuration.family == .distilBert
            ? ["q_lin", "k_lin", "v_lin", "out_lin", "ffn.lin1", "ffn.lin2"]
            : ["attention.self", "attention.output.dense", "intermediate.dense", #"layer\.\d+\.output.dense"#]
        return LowBitLayers(layers: layers, embeddings: ["word_embeddings"])
    }
}

extension BertForSequenceClassification: LowBitNetwork {
    public var lowBitLayers: LowBitLayers { bert.lowBitLayers }
}

extension BertForMaskedLM: LowBitNetwork {
    public var lowBitLayers: LowBitLayers { bert.lowBitLayers }
}
