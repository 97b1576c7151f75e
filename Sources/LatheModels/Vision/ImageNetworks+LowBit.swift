import LatheRuntime

extension ResNetConfiguration {
    /// The layers that low-bit weights cover: all convolutions but the first.
    public var lowBitLayers: LowBitLayers { LowBitLayers(layers: [#"layer\d\.\d+\.conv"#, #"downsample\.0"#]) }
}

extension ResNet: LowBitNetwork {
    public var lowBitLayers: LowBitLayers { configuration.lowBitLayers }
}

extension PatchEncoderConfiguration {
    /// The layers that low-bit weights cover: attention and feed-forward networks.
    public var lowBitLayers: LowBitLayers {
        LowBitLayers(layers: ["attention.self", "attention.output.dense", "intermediate.dense", #"layer\.\d+\.output.dense"#])
    }
}

extension PatchEncoder: LowBitNetwork {
    public var lowBitLayers: LowBitLayers { configuration.lowBitLayers }
}
