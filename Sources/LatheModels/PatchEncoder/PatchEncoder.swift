import LatheNN
import LatheTensor

/// The sizes of a patch encoder.
package struct PatchEncoderConfiguration: Sendable, Hashable {
    package var encoder: EncoderConfiguration
    package var channels: Int
    /// Height and width of the images.
    package var imageSize: Int
    /// Height and width of a patch; divides the image's.
    package var patchSize: Int
    package var labelCount: Int

    package init(encoder: EncoderConfiguration, channels: Int = 1, imageSize: Int, patchSize: Int, labelCount: Int) {
        self.encoder = encoder
        self.channels = channels
        self.imageSize = imageSize
        self.patchSize = patchSize
        self.labelCount = labelCount
    }
}

/// A transformer encoder over the patches of an image, with a classifier on the mean of its tokens (after Dosovitskiy
/// et al., arXiv:2010.11929), built from BERT's encoder layers.
package final class PatchEncoder: Module, ImageClassifier {
    @Child("embeddings.patch_embeddings") package var patches: Linear
    @Child("embeddings.position_embeddings") package var positions: Embedding
    @Child("embeddings.LayerNorm") package var norm: LayerNorm
    @Child("encoder") package var encoder: Encoder
    @Child("classifier") package var classifier: Linear
    package let configuration: PatchEncoderConfiguration

    package var labelCount: Int { classifier.outputs }
    package var imageChannels: Int { configuration.channels }
    package var imageSize: Int? { configuration.imageSize }

    package init(_ configuration: PatchEncoderConfiguration) {
        let size = configuration.encoder, side = configuration.imageSize / configuration.patchSize
        precondition(
            side * configuration.patchSize == configuration.imageSize,
            "patches of \(configuration.patchSize) do not tile \(configuration.imageSize)")
        self.configuration = configuration
        patches = Linear(
            inputs: configuration.channels * configuration.patchSize * configuration.patchSize, outputs: size.hiddenSize
        )
        positions = Embedding(rows: side * side, width: size.hiddenSize)
        norm = LayerNorm(width: size.hiddenSize, epsilon: size.layerNormEpsilon)
        encoder = Encoder(size)
        classifier = Linear(inputs: size.hiddenSize, outputs: configuration.labelCount)
        initialize(.normal(deviation: size.initializerRange))
    }

    /// Logits `[batch, labels]` for images `[batch, channels, size, size]`.
    package func callAsFunction(_ images: Tensor) -> Tensor {
        classifier(encoder(embedded(images)).mean(axis: 1))
    }

    /// Logits `[batch, labels]`, and what the encoder computed on the way.
    package func callAsFunction(_ images: Tensor, capturing wanted: CapturedOutputs) -> (
        logits: Tensor, transformer: TransformerOutput
    ) {
        let output = encoder(embedded(images), layout: .full, capturing: wanted)
        return (classifier(output.hidden.mean(axis: 1)), output)
    }

    /// What the first layer gets, `[batch, patches, hidden]`.
    package func embedded(_ images: Tensor) -> Tensor {
        norm(tokens(of: images) + positions(Tensor((0..<Int32(positions.rows)).map { $0 })))
    }

    /// The embedded patches `[batch, patches, hidden]`, before positions are added.
    package func tokens(of images: Tensor) -> Tensor { patches(cut(images)) }

    /// `[batch, patches, channels * patch * patch]`
    private func cut(_ images: Tensor) -> Tensor {
        let (batch, channels, patch) = (images.shape[0], configuration.channels, configuration.patchSize)
        let side = configuration.imageSize / patch
        return images.reshaped([batch, channels, side, patch, side, patch])
            .permuted([0, 2, 4, 1, 3, 5])
            .reshaped([batch, side * side, channels * patch * patch])
    }
}
