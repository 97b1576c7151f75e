extension PatchEncoder: ImageTransformer {
    public var transformerLayers: [any TransformerLayer] { encoder.layers }
    public var hiddenSize: Int { configuration.encoder.hiddenSize }
}
