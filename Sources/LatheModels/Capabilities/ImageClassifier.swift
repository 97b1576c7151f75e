import LatheNN
import LatheTensor

/// A model that says what an image shows.
public protocol ImageClassifier: Module {
    /// Outputs for each image.
    var labelCount: Int { get }
    /// Channels of an image.
    var imageChannels: Int { get }
    /// Height and width of an image; nil where any will do.
    var imageSize: Int? { get }
    /// Logits `[batch, labels]` for images `[batch, channels, height, width]`.
    func callAsFunction(_ images: Tensor) -> Tensor
}
