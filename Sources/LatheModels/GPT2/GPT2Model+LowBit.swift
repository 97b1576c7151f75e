import LathePacking

extension GPT2Model: LowBitNetwork {
    /// Attention, feed-forward networks and the token embedding, with the output layer that shares its table.
    public var lowBitLayers: LowBitLayers {
        LowBitLayers(layers: ["attn.c_attn", "attn.c_proj", "mlp.c_fc", "mlp.c_proj"], embeddings: ["wte"])
    }
}

extension GPT2LMHeadModel: LowBitNetwork {
    public var lowBitLayers: LowBitLayers { transformer.lowBitLayers }
}
