import LatheFiles
import LatheNN
import LathePacking

/// Transformer encoders over the patches of an image.
package struct PatchEncoderFamily: ModelFamily {
    package let modelType = "lathe_patch_encoder"
    package let usualHead = ModelHead.imageClassification
    package let presets = [ModelPreset.patchEncoder]

    package init() {}

    package var classes: KeyValuePairs<String, ModelHead> { ["PatchEncoder": .imageClassification] }

    package var checkpointNaming: CheckpointNaming {
        var naming = CheckpointNaming()
        naming.freshHeads = ["classifier."]
        return naming
    }

    package func sizes(_ fields: JSONFields, labelCount: Int) -> PatchEncoderConfiguration {
        PatchEncoderConfiguration(fields, labelCount: labelCount)
    }

    package func makeNetwork(_ sizes: PatchEncoderConfiguration, head: ModelHead) -> any Module { PatchEncoder(sizes) }
}

extension ModelPreset {
    /// A transformer encoder over the patches of a small image: 4 layers, hidden 128.
    package static let patchEncoder = ModelPreset(name: "patch-encoder", takesText: false) { options in
        var encoder = EncoderConfiguration(hiddenSize: 128, layerCount: 4, headCount: 4, intermediateSize: 512)
        (encoder.layerNormEpsilon, encoder.initializerRange) = (1e-6, 0.08)
        let sizes = PatchEncoderConfiguration(
            encoder: encoder, channels: options.imageChannels, imageSize: options.imageSize,
            patchSize: options.imageSize / 4,
            labelCount: options.labels.count)
        return ModelConfiguration(.init(PatchEncoderFamily(), .imageClassification), sizes, labels: options.labels)
    }
}

extension PatchEncoderConfiguration: ModelSizes {
    package var smallest: PatchEncoderConfiguration {
        var sizes = self
        sizes.encoder = encoder.smallest
        (sizes.imageSize, sizes.patchSize, sizes.labelCount) = (1, 1, 1)
        return sizes
    }

    package var commonRowCount: Int { encoder.commonRowCount }

    package func parameterCount(head: ModelHead) -> Int {
        let side = imageSize / patchSize, patch = channels * patchSize * patchSize
        return (patch + side * side + labelCount) * encoder.hiddenSize + encoder.parameterCount
    }

    package func with(layerCount: Int) -> PatchEncoderConfiguration? {
        var sizes = self
        sizes.encoder.layerCount = layerCount
        return sizes
    }
}

extension PatchEncoder: LowBitNetwork {
    /// Attention and feed-forward networks.
    package var lowBitLayers: LowBitLayers {
        LowBitLayers(layers: [
            "attention.self", "attention.output.dense", "intermediate.dense", #"layer\.\d+\.output.dense"#,
        ])
    }
}
