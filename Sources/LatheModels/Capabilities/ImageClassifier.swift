import LatheNN
import LatheTensor

/// A model that classifies images.
public protocol ImageClassifier: Module {
    /// Outputs for each image.
    var labelCount: Int { get }
    /// Channels of an image.
    var imageChannels: Int { get }
    /// The height and width of images; `nil` if any will do.
    var imageSize: Int? { get }
    /// The height and width of the images that the network is made for, where any will do.
    var usualImageSize: Int { get }
    /// Logits `[batch, labels]` for images `[batch, channels, height, width]`.
    func callAsFunction(_ images: Tensor) -> Tensor
}

extension ImageClassifier {
    public var usualImageSize: Int { imageSize ?? 32 }
}
