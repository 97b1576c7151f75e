import Lathe

/// An MLP-Mixer (Tolstikhin et al., arXiv:2105.01601) for images of 8×8 pixels: a network that Lathe does not know.
///
/// A patch of 2×2 pixels is a token. In each block, one small network mixes what the tokens have in a channel, and
/// another what a token has in its channels.
final class Mixer: Module, ImageClassifier {
    @Child("patches") var patches: Linear
    @Child("blocks") var blocks: [MixerBlock]
    @Child("norm") var norm: LayerNorm
    @Child("head") var head: Linear
    let labelCount = 10, imageChannels = 1
    let imageSize: Int? = 8

    init(width: Int = 128, depth: Int = 4) {
        patches = Linear(inputs: 4, outputs: width)
        blocks = (0..<depth).map { _ in MixerBlock(tokens: 16, width: width) }
        norm = LayerNorm(width: width)
        head = Linear(inputs: width, outputs: labelCount)
    }

    /// Logits `[batch, 10]` for images `[batch, 1, 8, 8]`.
    func callAsFunction(_ images: Tensor) -> Tensor {
        let tokens = images.reshaped([-1, 4, 2, 4, 2]).permuted([0, 1, 3, 2, 4]).reshaped([-1, 16, 4])
        return head(norm(blocks.reduce(patches(tokens)) { $1($0) }).mean(axis: 1))
    }
}

/// `[batch, tokens, width]` for the same.
final class MixerBlock: Module {
    @Child("token_norm") var tokenNorm: LayerNorm
    @Child("token_mixing") var tokenMixing: FeedForward
    @Child("channel_norm") var channelNorm: LayerNorm
    @Child("channel_mixing") var channelMixing: FeedForward

    init(tokens: Int, width: Int) {
        tokenNorm = LayerNorm(width: width)
        tokenMixing = FeedForward(width: tokens, inner: 4 * tokens)
        channelNorm = LayerNorm(width: width)
        channelMixing = FeedForward(width: width, inner: 4 * width)
    }

    func callAsFunction(_ input: Tensor) -> Tensor {
        let mixed = input + tokenMixing(tokenNorm(input).permuted([0, 2, 1])).permuted([0, 2, 1])
        return channelMixing(channelNorm(mixed), residual: mixed)
    }
}

/// Two linear layers with GELU between them.
final class FeedForward: Module {
    @Child("expansion") var expansion: Linear
    @Child("projection") var projection: Linear

    init(width: Int, inner: Int) {
        expansion = Linear(inputs: width, outputs: inner)
        projection = Linear(inputs: inner, outputs: width)
    }

    func callAsFunction(_ input: Tensor, residual: Tensor? = nil) -> Tensor {
        projection(expansion(input, activation: .gelu), residual: residual)
    }
}
