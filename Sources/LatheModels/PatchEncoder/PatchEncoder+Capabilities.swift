extension PatchEncoder: ImageTransformer {
    package var transformerLayers: [any TransformerLayer] { encoder.layers }
    package var hiddenSize: Int { configuration.encoder.hiddenSize }
}
